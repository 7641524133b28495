"""The join by address: a record's place follows from its request's number and its position there.

What is joined is said in `join` and `labels`; this is the same for DuckDB in this process, where
requests have many records: ids are compared once a request, and records meet labels in arrays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import ibis
import numpy as np
import pyarrow as pa
from ibis import _

from monitor.addressed_labels import (
    PlacedLabels,
    Places,
    known_labels,
    only_row,
    placed_labels,
    places_of,
    told_labels,
)
from monitor.engine import Engine
from monitor.labels import source_order

FEWEST_RECORDS = 1
"""Of a request, on average: also of one each, texts are compared once less than by the engine."""
_BYTES = 120
"""Of a record and its label, while they are joined."""
_BYTES_OF_REQUEST = 200
"""Of its id, which leaves the engine once, and of what all its records share."""
_SAMPLE, _MOST_CODES = 1 << 14, 100
_SAID = ("prediction", "prediction_value", "probability", "probabilities", "classes")
_FEW_VALUES = ("variant", "window", "record_count", "fold")
_OF_REQUEST = ("request", *_FEW_VALUES)
_ALIAS = ("request", "request_records", "request_time", "number")


@dataclass(frozen=True, slots=True)
class Addressed:
    """Records beside their labels, and the labels as `latest_of` has them.

    Of labels that have a record, one row stands for all of a moment that came with one file.
    """

    matched: ibis.Table
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
    (requests,) = only_row(kept.aggregate(n=_.count()))
    return bool(
        records >= requests * fewest_records
        and records == inside
        and engine.has_room(records * _BYTES + requests * _BYTES_OF_REQUEST)
        and only_row(labels.aggregate(n=_.record_id.count())) == [0]
        and _are_different(_aliases(kept.mutate(number=ibis.literal(0, "int32"))))
    )


def _are_different(names: ibis.Table) -> bool:
    count, different = only_row(names.aggregate(n=_.count(), different=_.known_as.nunique()))
    return bool(count == different)


def by_address(engine: Engine, rows: ibis.Table, labels: ibis.Table, kept: ibis.Table) -> Addressed:
    """Join `rows`, of requests that are `kept`, which have a window and a fold, with `labels`."""
    numbered = kept.mutate(number=ibis.row_number().cast("int32"))
    numbered = engine.materialised("numbered_requests", numbered)
    columns = ("number", "inference_time", *_OF_REQUEST)
    requests = numbered.select(*columns).order_by("number").to_pyarrow()
    requests = requests.combine_chunks()
    counts = requests["record_count"].to_numpy().astype(np.int64)
    first = (np.cumsum(counts) - counts).astype(np.int32)
    aliases = engine.materialised("request_aliases", _aliases(numbered))
    sources = source_order(engine, labels)
    told = told_labels(labels, aliases, sources)
    placed = placed_labels(engine, told, first, int(counts.sum()))
    latest = known_labels(engine, told, labels, placed, requests, sources)
    placed = replace(placed, rows=placed.rows.select(["label", "label_value"]))
    told_of = _given(rows)
    said = rows.join(numbered.select("request", "number"), "request")
    said = said.select("number", "record_index", *told_of)
    matched = engine.arrow("matched", _matched(engine, said, requests, first, placed))
    nothing = {name: ibis.null(rows.schema()[name]) for name in _SAID if name not in told_of}
    return Addressed(matched.mutate(**nothing, **_constants(requests)), latest)


def _aliases(kept: ibis.Table) -> ibis.Table:
    """By what a label may name a request: its key, and its event id where the caller sent an id."""
    known = kept.mutate(request_records=_.record_count, request_time=_.inference_time)
    own = known.select(*_ALIAS, known_as=_.request)
    renamed = known.filter(_.inference_id.notnull(), _.event_id != _.request)
    return own.union(renamed.select(*_ALIAS, known_as=_.event_id))


def _given(rows: ibis.Table) -> list[str]:
    """What any response said: columns of nothing need not leave the engine."""
    counts = only_row(rows.aggregate(**{name: rows[name].count() for name in _SAID}))
    return [name for name, count in zip(_SAID, counts, strict=True) if count]


def _matched(
    engine: Engine, said: ibis.Table, requests: pa.Table, first: Places, labels: PlacedLabels
) -> pa.Table:
    """Records with their labels; what the request tells is kept once a request."""
    rows = engine.streamed(said)
    place = places_of(rows, first, "record_index")
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
