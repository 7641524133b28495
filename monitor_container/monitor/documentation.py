"""The parts of docs/ that are made from the code: `python -m monitor.documentation docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from inference_records.configuration import json_schema
from monitor.metrics import Metric, ProblemType, registered
from monitor.reports import to_json

_DIRECTIONS = {True: "higher", False: "lower", None: ""}


def documents() -> dict[str, bytes]:
    """File name to content."""
    return {
        "metrics.md": "\n".join(_metrics()).encode() + b"\n",
        "monitor.schema.json": to_json(json_schema()),
    }


def _metrics() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield "Made by `make docs` from the docstrings of `monitor_container/monitor/metrics/`."
    yield "`suggested`: `baseline` suggests a constraint, as SageMaker's baseline job does."
    for problem_type in ProblemType:
        yield f"\n## {problem_type}\n"
        yield "| metric | better | suggested | what it is |"
        yield "|---|---|---|---|"
        yield from map(_row, registered(problem_type))
        yield "\nBeside the numbers:\n"
        for detail in registered(problem_type, details=True):
            yield f"- `{detail.name}`: {detail.description}"


def _row(metric: Metric) -> str:
    better = _DIRECTIONS[metric.higher_is_better]
    description = metric.description.replace("|", "\\|")
    return f"| `{metric.name}` | {better} | {'yes' if metric.suggested else ''} | {description} |"


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for name, content in documents().items():
        (folder / name).write_bytes(content)
