"""Results as tables for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import orjson
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from monitor.constraints import Status
from monitor.inspection import Inspection
from monitor.metrics import ProblemType
from monitor.quality import Quality

_SHOWN = {
    ProblemType.BINARY_CLASSIFICATION: ("accuracy", "recall", "precision", "f1", "auc"),
    ProblemType.MULTICLASS_CLASSIFICATION: ("accuracy", "macro_f1", "log_loss"),
    ProblemType.REGRESSION: ("mae", "rmse", "r2"),
}
_STYLES = {Status.OK: "green", Status.VIOLATION: "bold red", Status.NOT_EVALUATED: "yellow"}
_WIDTH = 100
_RECORD_COLUMNS = (
    "record_id", "record", "prediction", "probability", "probabilities", "classes", "label",
)  # fmt: skip
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def summary_table(qualities: Sequence[Quality]) -> Table:
    """Endpoint, window, records, coverage, main metrics and verdict; a row a window."""
    types = {quality.reading.problem_type for quality in qualities}
    metrics = [name for kind in types for name in _SHOWN[kind]]
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("endpoint")
    table.add_column("window (UTC)", no_wrap=True)
    for name in ("records", "coverage", *dict.fromkeys(metrics)):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("verdict")
    for quality in qualities:
        values = [_number(quality, name) for name in dict.fromkeys(metrics)]
        table.add_row(
            f"{quality.endpoint} {quality.variant}".strip() or "validation data",
            f"{quality.window.start:%Y-%m-%d %H:%M}" if quality.endpoint else "",
            f"{quality.health.counts['records'] or quality.judged:,}",
            "" if quality.health.coverage is None else f"{quality.health.coverage:.1%}",
            *values,
            _verdict(quality),
        )
    return table


def _number(quality: Quality, name: str) -> str:
    found = quality.values.get(name)
    return "" if found is None else "-" if found.value is None else f"{found.value:.4g}"


def _verdict(quality: Quality) -> Text:
    if not quality.endpoint:
        return Text(f"{len(quality.constraints)} constraints suggested")
    text = str(quality.status)
    if quality.violations:
        text += ": " + ", ".join(item.constraint.metric for item in quality.violations)
    elif quality.reason:
        text += f": {quality.reason}"
    return Text(text, style=_STYLES[quality.status])


def inspection_tables(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """What `inspect` prints, from the most to the least important."""
    yield Text(
        f"{found.name}: {found.kind}, {found.count:,} records, {found.rejected_count:,} rejected"
    )
    for side, forms in found.forms.items():
        told = ", ".join(f"{form} ({count:,} requests)" for form, count in forms.items())
        yield Text(f"{side}: {told or 'nothing that can be read'}")
    for columns in found.columns:
        yield Text("columns: " + ", ".join(f"{role} = {name}" for role, name in columns.items()))
    for note in found.notes:
        yield Text(f"note: {note}", style="yellow")
    if found.suggested:
        yield Text(f"settled by monitor.json: {orjson.dumps(found.suggested).decode()}")
    if found.records.num_rows:
        yield Text("")
        yield _records(found, limit)
    if found.rejected:
        yield Text("")
        yield _rejected(found.rejected[:limit])


def _records(found: Inspection, limit: int) -> Table:
    """The first records: key, what was said of them, and the line."""
    rows = found.records.slice(0, limit).to_pylist()
    for row in rows:
        row["request"] = row.get("inference_id") or row.get("event_id")
        row["record"] = row["record_index"]
        row["line"] = row["source_line"]
    known = {name for row in rows for name, value in row.items() if value is not None}
    names = [
        "request",
        *_RECORD_COLUMNS,
        *sorted(n for n in known if n.startswith("feature_")),
        "line",
    ]
    return _table([name for name in names if name in known], rows)


def _rejected(rows: Sequence[dict[str, object]]) -> Table:
    return _table(["line", "record_index", "records", "reason", "message"], rows)


def _table(names: Sequence[str], rows: Sequence[dict[str, object]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_short(row[name])) for name in names))
    return table


def _short(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_short, value)) + "]"
    text = str(value)
    if _UUID.fullmatch(text):
        return text[:8] + "…"
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"
