"""Columns of ids, positions and labels -> labels in canonical form, and the rows that are none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import (
    Column,
    as_array,
    canonical_labels,
    identifiers,
    numbers,
    positions,
)
from inference_records.label_columns import LabelColumns
from inference_records.rejections import BadRecord, Rejected, rejected, written
from inference_records.schema import LABELS, as_stored

_OWN = ("inference_id", "record_id", "record_index", "label", "label_value", "source_line")
_SCHEMA = pa.schema([as_stored(LABELS).field(name) for name in _OWN])


class LabelChunk(NamedTuple):
    """Labels without the columns that the object itself tells, and what was set aside."""

    table: pa.Table
    rejections: list[Rejected]


NO_LABELS = _SCHEMA.empty_table()


def label_table(
    values: Mapping[str, Column], columns: LabelColumns, line_numbers: pa.Array
) -> LabelChunk:
    """One row a label; a row without id or label, or with a position that is none, is set aside."""
    count = len(line_numbers)
    inference_id = _identifiers(values, columns.inference_id, count)
    if columns.event_id is not None and columns.event_id != columns.inference_id:
        inference_id = pc.coalesce(inference_id, _identifiers(values, columns.event_id, count))
    record_id = _identifiers(values, columns.record_id, count)
    given = as_array(values[columns.record_index]) if columns.record_index else pa.nulls(count)
    index = positions(given)
    label = canonical_labels(values[columns.label])
    table = pa.table(
        {
            "inference_id": inference_id,
            "record_id": record_id,
            "record_index": index,
            "label": label,
            "label_value": numbers(label),
            "source_line": line_numbers,
        },
        schema=_SCHEMA,
    )
    no_id = pc.and_(pc.is_null(inference_id), pc.is_null(record_id))
    bad_position = pc.and_(_present(given), pc.is_null(index))
    reason = pc.case_when(
        pc.make_struct(no_id, bad_position, pc.is_null(label)),
        "no_id",
        "bad_position",
        "no_label",
    )
    if reason.null_count == count:
        return LabelChunk(table, [])
    bad = pc.is_valid(reason)
    place = columns.record_index
    rejections = _rejections(values, place, line_numbers.filter(bad), reason.filter(bad), bad)
    return LabelChunk(table.filter(pc.is_null(reason)), rejections)


_MESSAGES = {
    "no_id": "the row has no inference id and no record id",
    "bad_position": "the record's position is no whole number from 0",
    "no_label": "the label is missing or is neither text nor a finite number",
}


def _present(array: pa.Array) -> pa.Array:
    """Whether a value was given at all; text of nothing was not."""
    if pa.types.is_string(array.type):
        return pc.fill_null(pc.not_equal(pc.utf8_trim_whitespace(array), ""), False)
    return pc.is_valid(array)


def _identifiers(values: Mapping[str, Column], name: str | None, count: int) -> pa.Array:
    return pa.nulls(count, pa.string()) if name is None else identifiers(values[name])


def _rejections(
    values: Mapping[str, Column],
    place: str | None,
    lines: pa.Array,
    reasons: pa.Array,
    bad: pa.Array,
) -> list[Rejected]:
    """One for all labels of a line that share a fault; only SageMaker's lines hold several."""
    places = pc.indices_nonzero(bad)
    originals = {name: _picked(column, places) for name, column in values.items()}
    rows = zip(*originals.values(), strict=True)
    found: dict[tuple[int, str], list[tuple[object, ...]]] = {}
    for line, reason, row in zip(lines.to_pylist(), reasons.to_pylist(), rows, strict=True):
        found.setdefault((line, reason), []).append(row)
    return [
        rejected(
            line,
            BadRecord(reason, _MESSAGES[reason], len(group)),
            written(dict(zip(originals, group[0], strict=True))),
            _indices(group, list(originals).index(place)) if place and len(group) > 1 else None,
        )
        for (line, reason), group in found.items()
    ]


def _indices(rows: list[tuple[object, ...]], place: int) -> list[int]:
    return [index for row in rows if isinstance(index := row[place], int)]


def _picked(column: Column, places: pa.Array) -> list[object]:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return list(column.take(places).to_pylist())
    return [column[place] for place in places.to_pylist()]
