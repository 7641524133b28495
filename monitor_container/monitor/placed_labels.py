"""The latest label of each record's place: read batch by batch, several of one place put in order.

What `latest_of` says of several labels of one record holds here, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from monitor.coded import NONE, Coded, Filling, Numbers, as_coded
from monitor.engine import Engine

_BYTE = 1 << 8

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLabels:
    """What was said of the record at each place: the latest, how often, and whether the same."""

    rows: int
    """Labels that have a record, also those that were replaced."""
    columns: Mapping[str, Coded | Numbers]
    copies: NDArray[Any]
    conflicting: NDArray[np.bool_]
    file: NDArray[np.int32]
    """The number of the file that the latest label came with, where there is one."""


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Labels in the order in which they were read."""

    place: Places
    order: NDArray[np.int64]
    label: Coded
    value: Coded | Numbers
    texts: Sequence[pa.Array]
    """Of labels that are too many to be coded."""


def placed_labels(
    engine: Engine, told: ibis.Table, first: Places, places: int, most: int
) -> PlacedLabels:
    """The latest label of each place, by its file, then its line; of `most` labels or fewer."""
    rows = _read(engine, told, first, most)
    copies = np.bincount(rows.place, minlength=places)
    copies = copies.astype(np.uint8 if copies.max(initial=0) < _BYTE else np.int32)
    latest = np.full(places, -1, dtype=np.int32)
    latest[rows.place] = np.arange(len(rows.place), dtype=np.int32)
    conflicting = np.zeros(places, dtype=np.bool_)
    again = np.flatnonzero(copies[rows.place] > 1)
    # Of equal places the last assignment stands.
    again = again[np.argsort(rows.order[again], kind="stable")]
    latest[rows.place[again]] = again
    conflicting[rows.place[again[_differ(rows, again, latest[rows.place[again]])]]] = True
    has_none = latest < 0
    file = (rows.order >> 32).astype(np.int32)
    file = file[latest] if len(file) else np.zeros(places, dtype=np.int32)
    columns = {"label": rows.label, "label_value": rows.value}
    found = {name: _moved(column, latest, has_none) for name, column in columns.items()}
    return PlacedLabels(len(rows.place), found, copies, conflicting, file)


def _read(engine: Engine, told: ibis.Table, first: Places, most: int) -> _Rows:
    order = _.source_order * 2**32 + _.source_line
    columns = ("number", "position", "label", "label_value")
    rows = told.filter(_.is_placed).select(*columns, order=order)
    label = Filling(most, pa.string(), keeps_texts=True)
    value = Filling(most, pa.float64())
    place, orders = np.empty(most, dtype=np.int32), np.empty(most, dtype=np.int64)
    count = 0
    for batch in engine.batches(rows):
        where = slice(count, count + len(batch))
        place[where] = places_of(batch, first, "position")
        orders[where] = batch["order"].to_numpy()
        label.put(where, batch["label"])
        value.put(where, batch["label_value"])
        count = where.stop
    coded = as_coded(label.done(count))
    return _Rows(place[:count], orders[:count], coded, value.done(count), label.texts)


def _differ(rows: _Rows, some: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether the labels of some rows are other ones than those of others."""
    if rows.label.are_told:
        differ: NDArray[np.bool_] = rows.label.codes[some] != rows.label.codes[others]
        return differ
    texts = pa.chunked_array(rows.texts, pa.string())
    differs = pc.not_equal(texts.take(pa.array(some)), texts.take(pa.array(others)))
    found: NDArray[np.bool_] = differs.to_numpy()
    return found.astype(np.bool_)


def _moved(column: Coded | Numbers, latest: Places, has_none: NDArray[np.bool_]) -> Coded | Numbers:
    """Each place's own, of the rows' columns."""
    if isinstance(column, Coded):
        codes = column.codes if len(column.codes) else np.full(1, NONE, dtype=np.int8)
        codes = codes[latest]
        codes[has_none] = NONE
        return replace(column, codes=codes)
    numbers = column[latest]
    numbers[has_none] = np.nan
    return numbers


def places_of(rows: pa.RecordBatch, first: Places, index: str) -> Places:
    """Addresses of rows that know their request's number and their position there."""
    place: Places = first[rows["number"].to_numpy()]
    place += rows[index].to_numpy()
    return place
