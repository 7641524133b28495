"""How a file is understood, for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import orjson
from rich.console import RenderableType
from rich.text import Text

from monitor.fitted_table import Column, fitted, fitted_table
from monitor.inspection import Inspection

_WIDTH = 400
_RECORD_COLUMNS = (
    "record_id", "record", "prediction", "probability", "probabilities", "classes", "label",
)  # fmt: skip
# More would be a wall of numbers, however wide the terminal is.
_COLUMNS = 8
_NAMES = 24
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def inspection_tables(
    found: Inspection, limit: int, width: int | None = None
) -> Iterator[RenderableType]:
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
        yield from _records(found, limit, width)
    if found.rejected:
        yield Text("")
        yield _rejected(found.rejected[:limit], width)


def _records(found: Inspection, limit: int, width: int | None) -> Iterator[RenderableType]:
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
    columns = [_column(name, rows) for name in own]
    columns += [_column(name, rows, rank) for rank, name in enumerate(features[:room], start=2)]
    columns.append(_column("line", rows, 1))
    _kept, narrow = fitted(columns, width)
    yield fitted_table(columns, width)
    if more := [name for name in narrow if name != "line"] + features[room:]:
        yield Text(f"… and {len(more)} more columns: {_listed(more)}")


def _listed(names: Sequence[str]) -> str:
    """Names, of very many the first."""
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f", … and {more} more" if more > 0 else "")


def _rejected(rows: Sequence[dict[str, object]], width: int | None) -> RenderableType:
    columns = [
        _column("line", rows),
        _column("record_indices", rows, 2),
        _column("records", rows, 1),
        _column("reason", rows),
        _column("message", rows),
    ]
    return fitted_table(columns, width)


def _column(name: str, rows: Sequence[dict[str, object]], rank: int = 0) -> Column:
    return Column(name, [Text(_short(row[name])) for row in rows], rank, folds=True)


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
