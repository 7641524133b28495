"""The join by address: a record's place follows from its request's number and its position there.

What is joined is said in `join` and `labels`; this is the same for DuckDB in this process, where
requests have many records: ids are compared once a request, and records meet labels in arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from ibis.backends.duckdb import Backend
from numpy.typing import NDArray

from monitor.engine import arrow_table, has_room, streamed
from monitor.labels import latest_of, source_order

FEWEST_RECORDS = 4
"""Of a request, on average: numbers of as many requests as records would save nothing."""
_BYTES = 120
"""Of a record and its label, while they are joined."""
_BYTE = 1 << 8
_SAMPLE, _MOST_CODES = 1 << 14, 100
_SAID = ("prediction", "prediction_value", "probability", "probabilities", "classes")
_FEW_VALUES = ("variant", "window", "record_count", "fold")
_OF_REQUEST = ("request", *_FEW_VALUES)
_ALIAS = ("request", "request_records", "request_time", "number")

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Addressed:
    """Records beside their labels, and the labels as `latest_of` has them.

    Of labels that have a record, one row stands for all of a request that came with one file.
    """

    matched: ibis.Table
    latest: ibis.Table


@dataclass(frozen=True, slots=True)
class _Labels:
    """Labels that have a record: the latest row of each place, and what else was said of it."""

    rows: pa.Table
    latest: Places
    copies: NDArray[Any]
    conflicting: NDArray[np.bool_]


def serves(
    backend: Backend,
    kept: ibis.Table,
    counted: ibis.Table,
    labels: ibis.Table,
    fewest_records: int = FEWEST_RECORDS,
) -> bool:
    """Whether each record has one address, each label names a request, and all fit into memory."""
    names = _aliases(kept.mutate(number=ibis.literal(0, "int32")))
    count, different = _row(names.aggregate(n=_.count(), different=_.known_as.nunique()))
    if count != different or _row(labels.aggregate(n=_.record_id.count())) != [0]:
        return False
    is_inside = (_.record_index >= 0) & (_.record_index < _.record_count)
    records, inside = _row(counted.aggregate(n=_.count(), inside=is_inside.sum()))
    (requests,) = _row(kept.aggregate(n=_.count()))
    return bool(
        records >= requests * fewest_records
        and records == inside
        and has_room(backend, records * _BYTES)
    )


def by_address(
    backend: Backend, rows: ibis.Table, labels: ibis.Table, kept: ibis.Table
) -> Addressed:
    """Join `rows`, of requests that are `kept`, which have a window and a fold, with `labels`."""
    numbered = kept.mutate(number=ibis.row_number().cast("int32"))
    numbered = backend.create_table("numbered_requests", numbered, temp=True)
    requests = numbered.select("number", *_OF_REQUEST).order_by("number").to_pyarrow()
    requests = requests.combine_chunks()
    counts = requests["record_count"].to_numpy().astype(np.int64)
    first = (np.cumsum(counts) - counts).astype(np.int32)
    aliases = backend.create_table("request_aliases", _aliases(numbered), temp=True)
    told = _told(backend, labels, aliases)
    placed = _placed(backend, told, first, int(counts.sum()))
    latest = _known(backend, told, placed, numbered)
    placed = replace(placed, rows=placed.rows.select(["label", "label_value"]))
    told_of = _given(rows)
    said = rows.join(numbered.select("request", "number"), "request")
    said = said.select("number", "record_index", *told_of)
    matched = arrow_table(backend, "matched", _matched(backend, said, requests, first, placed))
    nothing = {name: ibis.null(rows.schema()[name]) for name in _SAID if name not in told_of}
    return Addressed(matched.mutate(**nothing, **_constants(requests)), latest)


def _row(table: ibis.Table) -> list[Any]:
    return list(table.to_pyarrow().to_pylist()[0].values())


def _aliases(kept: ibis.Table) -> ibis.Table:
    """By what a label may name a request: its key, and its event id where the caller sent an id."""
    known = kept.mutate(request_records=_.record_count, request_time=_.inference_time)
    own = known.select(*_ALIAS, known_as=_.request)
    renamed = known.filter(_.inference_id.notnull(), _.event_id != _.request)
    return own.union(renamed.select(*_ALIAS, known_as=_.event_id))


def _told(backend: Backend, labels: ibis.Table, aliases: ibis.Table) -> ibis.Table:
    """Labels with the request that they name, and the place of their record, if there is one."""
    found = labels.left_join(aliases, labels.inference_id == aliases.known_as)
    found = found.join(source_order(backend, labels), ["source_key", "arrived_at"])
    only = ibis.ifelse(_.request_records == 1, 0, None)
    index = ibis.coalesce(found.record_index, only).cast("int32")
    is_placed = (_.position >= 0) & (_.position < _.request_records)
    return found.mutate(position=index).mutate(is_placed=ibis.coalesce(is_placed, False))


def _placed(backend: Backend, told: ibis.Table, first: Places, places: int) -> _Labels:
    order = _.source_order * 2**32 + _.source_line
    columns = ("number", "position", "label", "label_value")
    rows = streamed(backend, told.filter(_.is_placed).select(*columns, order=order))
    place = _places(rows, first, "position")
    rows = rows.drop_columns(["position"])
    copies = np.bincount(place, minlength=places)
    copies = copies.astype(np.uint8 if copies.max(initial=0) < _BYTE else np.int32)
    latest = np.full(places, -1, dtype=np.int32)
    latest[place] = np.arange(len(place), dtype=np.int32)
    conflicting = np.zeros(places, dtype=np.bool_)
    again = np.flatnonzero(copies[place] > 1)
    if len(again):
        some = rows.select(["label", "order"]).take(pa.array(again))
        # Of equal places the last assignment stands.
        again = again[np.argsort(some["order"].to_numpy(), kind="stable")]
        latest[place[again]] = again
        label = rows["label"].combine_chunks()
        differs = pc.not_equal(label.take(pa.array(latest[place[again]])), label.take(again))
        conflicting[place[again][differs.to_numpy(zero_copy_only=False)]] = True
    return _Labels(rows, latest, copies, conflicting)


def _places(rows: pa.Table, first: Places, index: str) -> Places:
    place: Places = first[rows["number"].to_numpy()]
    place += rows[index].to_numpy()
    return place


def _given(rows: ibis.Table) -> list[str]:
    """What any response said: columns of nothing need not leave the engine."""
    counts = _row(rows.aggregate(**{name: rows[name].count() for name in _SAID}))
    return [name for name, count in zip(_SAID, counts, strict=True) if count]


def _matched(
    backend: Backend, said: ibis.Table, requests: pa.Table, first: Places, labels: _Labels
) -> pa.Table:
    """Records with their labels; what the request tells is kept once a request."""
    rows = streamed(backend, said)
    place = _places(rows, first, "record_index")
    latest = labels.latest[place]
    is_labelled = latest >= 0
    of = pa.array(latest, mask=~is_labelled)
    number = rows["number"].combine_chunks()
    columns = {name: rows[name] for name in ("number", "record_index")}
    columns |= {name: _short(rows[name]) for name in said.columns if name in _SAID}
    columns["request"] = pa.DictionaryArray.from_arrays(
        number, requests["request"].combine_chunks()
    )
    constants = _constants(requests)
    for name in _FEW_VALUES:
        if name not in constants:
            columns[name] = _repeated(requests[name], number.to_numpy())
    for name in ("label", "label_value"):
        columns[name] = _short(labels.rows[name]).combine_chunks().take(of)
    columns["copies"] = pa.array(labels.copies[place], mask=~is_labelled)
    columns["conflicting"] = pa.array(labels.conflicting[place], mask=~is_labelled)
    return pa.table(columns)


def _short(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Classes as codes of a byte; other values as they are."""
    kind = values.type
    if pa.types.is_list(kind) or len(values.slice(0, _SAMPLE).unique()) > _MOST_CODES:
        return values
    encoded = values.dictionary_encode().unify_dictionaries()
    if not encoded.num_chunks or len(encoded.chunk(0).dictionary) > _MOST_CODES:
        return values
    return encoded.cast(pa.dictionary(pa.int8(), kind))


def _constants(requests: pa.Table) -> dict[str, ibis.Value]:
    """What all requests share, most often their variant and window: no column is grouped by it."""
    distinct = {name: requests[name].unique() for name in _FEW_VALUES}
    return {
        name: ibis.literal(values[0].as_py(), str(values.type))
        for name, values in distinct.items()
        if len(values) == 1
    }


def _repeated(values: pa.ChunkedArray, number: Places) -> pa.DictionaryArray:
    """What each request has, for each record: few different values, and short codes of them."""
    encoded = values.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    shortest = np.int8 if len(encoded.dictionary) <= _MOST_CODES else np.int32
    return pa.DictionaryArray.from_arrays(codes.astype(shortest)[number], encoded.dictionary)


def _known(backend: Backend, told: ibis.Table, placed: _Labels, numbered: ibis.Table) -> ibis.Table:
    """The labels for the join's health: few rows for those that have a record, others as told."""
    held = placed.latest[placed.latest >= 0]
    table = pa.table(
        {
            "number": placed.rows["number"].combine_chunks().take(held),
            "source_order": placed.rows["order"].to_numpy()[held] >> 32,
        }
    )
    counts = table.group_by(["number", "source_order"]).aggregate([([], "count_all")])
    summary = arrow_table(backend, "placed_labels", counts).join(numbered, "number")
    known = summary.join(backend.table("label_sources"), "source_order").select(
        "request",
        "arrived_at",
        record_index=ibis.literal(0, "int32"),
        names_endpoint=ibis.literal(True),
        request_records=_.record_count,
        request_time=_.inference_time,
        labels=_.count_all,
    )
    others = told.filter(~_.is_placed)
    others = others.mutate(
        request=ibis.coalesce(_.request, _.inference_id), record_index=_.position
    )
    return known.union(latest_of(others).select(*known.columns))
