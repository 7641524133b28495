"""Prepared rows -> what finds them again: of each id a short digest, with its file, line and time.

A digest that two ids share makes a run read a file too many, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pyarrow as pa
from ibis import _

from inference_records.partitions import GROUND_TRUTH, PREDICTIONS, SET_ASIDE
from inference_records.schema import TIME

EVENT, REQUEST, RECORD, LABEL, LABEL_OF_RECORD, ASIDE, ASIDE_REQUEST = range(7)
CAPTURED = (EVENT, REQUEST, RECORD)
LABELLED = (LABEL, LABEL_OF_RECORD)
LINES = (EVENT, ASIDE)
"""Kinds of which there is one row for each captured line."""

ID_ROWS = pa.schema(
    [
        pa.field("file", pa.int32()),
        pa.field("line", pa.int32()),
        pa.field("kind", pa.int8()),
        pa.field("id", pa.uint64()),
        pa.field("time", TIME),
    ]
)
COLUMNS: Mapping[str, tuple[str, ...]] = {
    PREDICTIONS: ("event_id", "inference_id", "record_id", "inference_time", "source_line"),
    GROUND_TRUTH: ("inference_id", "record_id", "arrived_at"),
    SET_ASIDE: ("event_id", "inference_id", "inference_time", "source_line"),
}
"""What has to be read of a file of each dataset."""

# An id of a request, and an id of the business, may be the same text.
_OF_REQUEST, _OF_RECORD = "request ", "record "


@ibis.udf.scalar.builtin(name="md5_number_lower", signature=(("string",), "uint64"))
def _digest(text):  # type: ignore[no-untyped-def]
    """The same on every machine and in every release, as what is kept in files must be."""


def id_rows(dataset: str, rows: ibis.Table) -> ibis.Table:
    """Of rows of one dataset, each with the number of its file."""
    if dataset == PREDICTIONS:
        found = _of_predictions(rows)
    elif dataset == GROUND_TRUTH:
        found = _of_labels(rows)
    else:
        found = _of_set_aside(rows)
    return found.order_by("file", "line", "kind", "id")


def _of_predictions(rows: ibis.Table) -> ibis.Table:
    of_lines = rows.drop("record_id").distinct()
    return ibis.union(
        _rows(of_lines, EVENT, _OF_REQUEST, "event_id"),
        _rows(of_lines.filter(_.inference_id.notnull()), REQUEST, _OF_REQUEST, "inference_id"),
        _rows(
            rows.filter(_.record_id.notnull()).distinct(), RECORD, _OF_RECORD, "record_id"
        ).distinct(),
    )


def _of_labels(rows: ibis.Table) -> ibis.Table:
    rows = rows.mutate(source_line=ibis.null("int32"), inference_time=_.arrived_at)
    parts = (
        _rows(rows.filter(rows[name].notnull()), kind, of, name)
        for kind, of, name in (
            (LABEL, _OF_REQUEST, "inference_id"),
            (LABEL_OF_RECORD, _OF_RECORD, "record_id"),
        )
    )
    return ibis.union(*parts, distinct=True)


def _of_set_aside(rows: ibis.Table) -> ibis.Table:
    """A line that tells no request is one all the same: its time counts."""
    return ibis.union(
        _rows(rows, ASIDE, _OF_REQUEST, "event_id"),
        _rows(rows.filter(_.inference_id.notnull()), ASIDE_REQUEST, _OF_REQUEST, "inference_id"),
    )


def _rows(rows: ibis.Table, kind: int, of: str, name: str) -> ibis.Table:
    digest: Any = _digest(ibis.literal(of) + rows[name])
    return rows.select(
        file=_.file.cast("int32"),
        line=_.source_line.cast("int32"),
        kind=ibis.literal(kind).cast("int8"),
        id=digest,
        time=_.inference_time,
    )
