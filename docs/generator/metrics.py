"""docs/metrics.md, from the docstrings of the metrics."""

from __future__ import annotations

from collections.abc import Iterator

from docs.generator.markdown import code, table
from monitor.metrics import MINIMUM_RECORDS, Metric, ProblemType, registered
from monitor.metrics.influence import MOST_STEPS

_CHECKED = """\
Checked against scikit-learn by the unit tests, and against Evidently and NannyML by `make oracles`:
what both have is equal to 1e-9 (`auc` to 1e-6). Where one of them means something else by the same
name, as for the `mape` of labels that are zero, `tests/oracles/definitions.py` says what."""
_ERRORS = f"""\
## Standard errors

Records of one request may be right or wrong together: they share a caller, a moment, a batch.
Each metric's standard error is therefore clustered by request. A record's influence is how far
one more record like it would move the metric; influences are added up within each request, and
with `S` the sum of a request and `G` the number of requests that say anything about the metric
(of recall: those with a positive), the error is `sqrt(sum of S^2 * G / (G - 1))`. With one
record a request that is the textbook's formula; of F-scores, RMSE or R2 it is the delta method,
of `auc` DeLong's (with the correction of the rarer class for both, which is never less).

- A metric of labels, class probabilities or numbers needs no gradient: it is found by small
  steps up and down of the counts and sums. `@metric(..., gradient=function)` gives one; a metric
  of `score_counts` needs it. A metric of one's own that sees rows, a sum that grows with the
  records, and more than {MOST_STEPS} filled cells without a gradient have none: their error
  comes of the five folds of requests (a grouped jackknife with at most 4 degrees of freedom,
  from {MINIMUM_RECORDS} records on).
- The median's influence takes its density, which is that between the quantiles 0.4 and 0.6;
  where those are equal, its error is not known.
- Fewer than two requests have no error. Where all are right (or all wrong) it is 0, which says
  that no request differs, not that the model cannot err.
- Requests are few sooner than records are: use Student's t with `requests - 1` degrees of
  freedom.
- A calibration error is at least what noise makes it; its error is that of its fluctuation.
- Influences are rounded to 30 bits of the largest, and added as whole numbers: no order of the
  rows changes a bit.

`design_effect` is the clustered variance over that of independent records: by so much the
records of a request repeat each other. `effective_records` is how many independent records would
say as much."""
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
    yield ""
    yield _ERRORS
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
