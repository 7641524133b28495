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
    ProblemType.BINARY_CLASSIFICATION: ("accuracy", "f1", "auc"),
    ProblemType.MULTICLASS_CLASSIFICATION: ("accuracy", "macro_f1", "log_loss"),
    ProblemType.REGRESSION: ("mae", "r2", "rmse"),
}
_STYLES = {
    Status.OK: "green",
    Status.VIOLATION: "bold red",
    Status.NOT_ENOUGH_EVIDENCE: "cyan",
    Status.NOT_EVALUATED: "yellow",
}
_WIDTH = 400
_TOGETHER = 2
_ENDPOINT_WIDTH = 24
_RECORD_COLUMNS = (
    "record_id", "record", "prediction", "probability", "probabilities", "classes", "label",
)  # fmt: skip
# More would be a character wide each.
_COLUMNS = 8
_NAMES = 24
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def summary_table(qualities: Sequence[Quality]) -> Table:
    """Endpoint, window, records, coverage, main metrics and verdict; a row a window.

    Where the problem types differ, two metrics share a column, so that a row fits a terminal.
    """
    metrics = {name: None for quality in qualities for name in _shown(quality)}
    mixed = len({quality.reading.problem_type for quality in qualities}) > 1
    several = len({quality.variant for quality in qualities}) > 1
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    longest = max((len(quality.endpoint) for quality in qualities), default=0)
    table.add_column("endpoint", min_width=min(longest, _ENDPOINT_WIDTH), overflow="fold")
    table.add_column("window (UTC)", no_wrap=True)
    for name in ("records", "coverage"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("metrics",) if mixed else metrics:
        table.add_column(name, justify="left" if mixed else "right", no_wrap=not mixed)
    table.add_column("verdict", min_width=max(map(len, Status)), overflow="fold")
    for quality in qualities:
        variant = f" {quality.variant}" if several else ""
        values = [_metrics(quality)] if mixed else [_number(quality, name) for name in metrics]
        table.add_row(
            f"{quality.endpoint}{variant}".strip() or "validation data",
            f"{quality.window.start:%m-%d %H:%M}" if quality.endpoint else "",
            f"{quality.health.counts['records'] or quality.judged:,}",
            "" if quality.health.coverage is None else f"{quality.health.coverage:.1%}",
            *values,
            _verdict(quality),
        )
    return table


def _shown(quality: Quality) -> Sequence[str]:
    return _SHOWN[quality.reading.problem_type]


def _metrics(quality: Quality) -> str:
    """The main metrics side by side, each with its name."""
    shown = _shown(quality)[:_TOGETHER]
    return "  ".join(f"{name} {_number(quality, name):<5}" for name in shown).rstrip()


def _number(quality: Quality, name: str) -> str:
    found = quality.values.get(name)
    if found is None:
        return ""
    return "-" if found.value is None else _short_number(found.value)


def _short_number(value: float) -> str:
    """Three decimals, fewer of a large number: what fits a column and says enough."""
    size = abs(value)
    return f"{value:.3f}" if size < 10 else f"{value:.1f}" if size < 10_000 else f"{value:.3g}"


def _verdict(quality: Quality) -> Text:
    """The status; of a violation, how many of the constraints; of no verdict, why there is none."""
    if not quality.endpoint:
        return Text(f"{len(quality.constraints)} constraints suggested")
    text = str(quality.status)
    if quality.status in (Status.VIOLATION, Status.NOT_ENOUGH_EVIDENCE):
        of_it = [item for item in quality.checks if item.status is quality.status]
        text += f" {len(of_it)}/{len(quality.checks)}"
    elif quality.status is Status.NOT_EVALUATED and quality.reason:
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
    if found.request_columns:
        yield Text(f"request columns: {_listed(found.request_columns)}")
    for columns in found.columns:
        yield Text("columns: " + ", ".join(f"{role} = {name}" for role, name in columns.items()))
    for note in found.notes:
        yield Text(f"note: {note}", style="yellow")
    if found.suggested:
        yield Text(f"settled by monitor.json: {orjson.dumps(found.suggested).decode()}")
    if found.records.num_rows:
        yield Text("")
        yield from _records(found, limit)
    if found.rejected:
        yield Text("")
        yield _rejected(found.rejected[:limit])


def _records(found: Inspection, limit: int) -> Iterator[RenderableType]:
    """The first records: key, what was said of them, the line, and features while there is room."""
    rows = found.records.slice(0, limit).to_pylist()
    for row in rows:
        row["request"] = row.get("inference_id") or row.get("event_id")
        row["record"] = row["record_index"]
        row["line"] = row["source_line"]
    known = {name for row in rows for name, value in row.items() if value is not None}
    own = [name for name in ("request", *_RECORD_COLUMNS) if name in known]
    features = sorted(name for name in known if name.startswith("feature_"))
    room = max(0, _COLUMNS - len(own) - 1)
    yield _table([*own, *features[:room], "line"], rows)
    if more := features[room:]:
        yield Text(f"… and {len(more)} more columns: {_listed(more)}")


def _listed(names: Sequence[str]) -> str:
    """Names, of very many the first."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f", … and {more} more" if more > 0 else "")


def _rejected(rows: Sequence[dict[str, object]]) -> Table:
    return _table(["line", "record_indices", "records", "reason", "message"], rows)


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
