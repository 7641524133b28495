"""The join by address: a record's place follows from its request's number and its position there.

What is joined is said in `join` and `labels`; this is the same for DuckDB in this process: ids are
compared once a request, and records meet labels in arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.addressed_labels import known_labels, told_labels
from monitor.coded import Filling
from monitor.engine import Engine, only_row
from monitor.labels import source_order
from monitor.placed_labels import PlacedLabels, Places, placed_labels, places_of
from monitor.record_arrays import Column, RecordArrays
from monitor.single_requests import SingleRequests

FEWEST_RECORDS = 1
"""Of a request, on average: also of one each, texts are compared once less than by the engine."""
_MOST_PLACES = 2**31 - 1
_BYTES = 120
"""Of a record and its label, while they are joined."""
_BYTES_OF_REQUEST = 200
"""Of its id, which leaves the engine once, and of what all its records share."""
_SAID = ("prediction", "prediction_value", "probability")
_VECTORS = ("probabilities", "classes")
_OF_REQUEST = ("request", "variant", "window", "record_count", "fold", "inference_time")
_ALIAS = ("request", "request_records", "request_time", "number")


@dataclass(frozen=True, slots=True)
class Addressed:
    """Records beside their labels, and the labels as `latest_of` has them.

    Of labels that have a record, one row stands for all of a moment that came with one file.
    """

    records: RecordArrays
    latest: ibis.Table


def serves(
    engine: Engine,
    kept: ibis.Table,
    counted: ibis.Table,
    labels: ibis.Table,
    fewest_records: int = FEWEST_RECORDS,
) -> bool:
    """Whether each record has one address, each label names a request, and all fit into memory."""
    if not engine.has_room(0):
        return False
    is_inside = (_.record_index >= 0) & (_.record_index < _.record_count)
    records, inside = only_row(counted.aggregate(n=_.count(), inside=is_inside.sum()))
    # As many places as were asked for, however few of them were read.
    requests, places = only_row(kept.aggregate(n=_.count(), places=_.record_count.sum()))
    places = places or 0
    return bool(
        places <= _MOST_PLACES
        and records >= requests * fewest_records
        and records == inside
        and engine.has_room(places * _BYTES + requests * _BYTES_OF_REQUEST)
        and not name_records(labels)
        and _are_different(_aliases(kept.mutate(number=ibis.literal(0, "int32"))))
    )


def name_records(labels: ibis.Table) -> bool:
    """Whether any label goes by the record id of the business."""
    return only_row(labels.aggregate(n=_.record_id.count())) != [0]


def _are_different(names: ibis.Table) -> bool:
    count, different = only_row(names.aggregate(n=_.count(), different=_.known_as.nunique()))
    return bool(count == different)


def by_address(
    engine: Engine, rows: ibis.Table, labels: ibis.Table, kept: ibis.Table
) -> Addressed | None:
    """Join `rows`, of requests that are `kept`, which have a window and a fold, with `labels`.

    None where two records claim one place, or texts are too many to be told of several windows.
    """
    number = ibis.row_number().over(order_by=["window", "variant"]).cast("int32")
    numbered = engine.materialised("numbered_requests", kept.mutate(number=number))
    requests = numbered.select("number", *_OF_REQUEST).order_by("number").to_pyarrow()
    requests = requests.combine_chunks()
    counts = requests["record_count"].to_numpy().astype(np.int64)
    first = (np.cumsum(counts) - counts).astype(np.int32)
    aliases = engine.materialised("request_aliases", _aliases(numbered))
    placed, latest = _labels(engine, labels, aliases, requests)
    said = rows.join(numbered.select("request", "number"), "request")
    captured = _captured(engine, said, _given(rows), first, int(counts.sum()))
    if captured is None:
        return None
    columns, is_captured, vectors = captured
    return _addressed(requests, is_captured, columns, placed, latest, vectors)


def of_single(engine: Engine, single: SingleRequests, labels: ibis.Table) -> Addressed | None:
    """The same of requests that have one record each, whose number is its place."""
    requests = single.requests
    aliases = engine.arrow("single_aliases", single.aliases())
    placed, latest = _labels(engine, labels, aliases, requests)
    return _addressed(requests, single.is_captured, single.columns, placed, latest)


def _labels(
    engine: Engine, labels: ibis.Table, aliases: ibis.Table, requests: pa.Table
) -> tuple[PlacedLabels, ibis.Table]:
    """The labels of the requests' records in arrays, and all for the join's health."""
    counts = requests["record_count"].to_numpy().astype(np.int64)
    first = (np.cumsum(counts) - counts).astype(np.int32)
    sources = source_order(engine, labels)
    told = told_labels(labels, aliases, sources)
    (most,) = only_row(labels.aggregate(n=_.count()))
    placed = placed_labels(engine, told, first, int(counts.sum()), most)
    return placed, known_labels(engine, told, most, placed, requests, sources)


def _addressed(
    requests: pa.Table,
    is_captured: NDArray[np.bool_],
    said: Mapping[str, Column],
    placed: PlacedLabels,
    latest: ibis.Table,
    vectors: pa.Table | None = None,
) -> Addressed | None:
    columns = {**placed.columns, **said}
    records = RecordArrays(
        requests, is_captured, columns, placed.copies, placed.conflicting, vectors
    )
    if not records.tells_all and len(records.windows) > 1:
        return None
    return Addressed(records, latest)


def _aliases(kept: ibis.Table) -> ibis.Table:
    """By what a label may name a request: its key, and its event id where the caller sent an id."""
    known = kept.mutate(request_records=_.record_count, request_time=_.inference_time)
    own = known.select(*_ALIAS, known_as=_.request)
    renamed = known.filter(_.inference_id.notnull(), _.event_id != _.request)
    return own.union(renamed.select(*_ALIAS, known_as=_.event_id))


def _given(rows: ibis.Table) -> list[str]:
    """What any response said: columns of nothing need not leave the engine."""
    names = (*_SAID, *_VECTORS)
    counts = only_row(rows.aggregate(**{name: rows[name].count() for name in names}))
    return [name for name, count in zip(names, counts, strict=True) if count]


def _captured(
    engine: Engine, said: ibis.Table, given: list[str], first: Places, places: int
) -> tuple[dict[str, Column], NDArray[np.bool_], pa.Table | None] | None:
    """What was said at each place, and where anything was; None where two records claim one."""
    kinds = said.schema().to_pyarrow()
    columns = {name: Filling(places, kinds.field(name).type) for name in _SAID}
    is_captured = np.zeros(places, dtype=np.bool_)
    vectors = [name for name in given if name in _VECTORS]
    kept: list[tuple[Places, pa.RecordBatch]] = []
    count = 0
    for batch in engine.batches(said.select("number", "record_index", *given)):
        place = places_of(batch, first, "record_index")
        is_captured[place] = True
        count += len(batch)
        for name in given:
            if name in columns:
                columns[name].put(place, batch[name])
        if vectors:
            kept.append((place, batch.select(vectors)))
    if count != int(np.count_nonzero(is_captured)):
        return None
    found: dict[str, Column] = {name: column.done() for name, column in columns.items()}
    return found, is_captured, _in_places(kept, places)


def _in_places(kept: list[tuple[Places, pa.RecordBatch]], places: int) -> pa.Table | None:
    """Rows of several batches, each at its place."""
    if not kept:
        return None
    rows = np.full(places, -1, dtype=np.int64)
    place = np.concatenate([place for place, _batch in kept])
    rows[place] = np.arange(len(place))
    table = pa.Table.from_batches([batch for _place, batch in kept])
    return table.take(pa.array(rows, mask=rows < 0))
