"""docs/metrics.md, from the docstrings of the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generator.markdown import code, table
from monitor.metrics import Metric, ProblemType, registered

_CHECKED = """\
Checked against scikit-learn by the unit tests, and against Evidently and NannyML by `make oracles`:
what both have is equal to 1e-9 (`auc` to 1e-6). Where one of them means something else by the same
name, as for the `mape` of labels that are zero, `tests/oracles/definitions.py` says what."""
_DIRECTIONS = {True: "higher", False: "lower", None: ""}


def document() -> str:
    """The whole of docs/metrics.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Made by `make docs` from the docstrings of `monitor_container/monitor/metrics/`."
    yield "`suggested`: `baseline` suggests a constraint, as SageMaker's baseline job does."
    yield ""
    yield _CHECKED
    for problem_type in ProblemType:
        yield f"\n## {problem_type}\n"
        heads = ("metric", "better", "suggested", "what it is")
        yield table(heads, map(_row, registered(problem_type)))
        yield "\nBeside the numbers:\n"
        for detail in registered(problem_type, details=True):
            yield f"- `{detail.name}`: {detail.description}"


def _row(metric: Metric) -> tuple[str, str, str, str]:
    suggested = "yes" if metric.suggested else ""
    return code(metric.name), _DIRECTIONS[metric.higher_is_better], suggested, metric.description
