"""Labels of a join by address: the latest of each record's place, and those that have no record.

They are written to arrays; what `latest_of` says of several labels of one record holds here, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis import _
from numpy.typing import NDArray

from monitor.engine import Engine
from monitor.labels import latest_of

_BYTE = 1 << 8

Places = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PlacedLabels:
    """Labels that have a record: the latest row of each place, and what else was said of it."""

    rows: pa.Table
    latest: Places
    copies: NDArray[Any]
    conflicting: NDArray[np.bool_]


def told_labels(labels: ibis.Table, aliases: ibis.Table, sources: ibis.Table) -> ibis.Table:
    """Labels with the request that they name, and the place of their record, if there is one."""
    found = labels.left_join(aliases, labels.inference_id == aliases.known_as)
    found = found.join(sources, ["source_key", "arrived_at"])
    only = ibis.ifelse(_.request_records == 1, 0, None)
    index = ibis.coalesce(found.record_index, only).cast("int32")
    is_placed = (_.position >= 0) & (_.position < _.request_records)
    return found.mutate(position=index).mutate(is_placed=ibis.coalesce(is_placed, False))


def placed_labels(engine: Engine, told: ibis.Table, first: Places, places: int) -> PlacedLabels:
    """The latest label of each place, by its file, then its line."""
    order = _.source_order * 2**32 + _.source_line
    columns = ("number", "position", "label", "label_value")
    rows = engine.streamed(told.filter(_.is_placed).select(*columns, order=order))
    place = places_of(rows, first, "position")
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
    return PlacedLabels(rows, latest, copies, conflicting)


def places_of(rows: pa.Table, first: Places, index: str) -> Places:
    """Addresses of rows that know their request\'s number and their position there."""
    place: Places = first[rows["number"].to_numpy()]
    place += rows[index].to_numpy()
    return place


def known_labels(
    engine: Engine,
    told: ibis.Table,
    labels: ibis.Table,
    placed: PlacedLabels,
    requests: pa.Table,
    sources: ibis.Table,
) -> ibis.Table:
    """The labels for the join's health: few rows for those that have a record, others as told."""
    counts = engine.arrow("placed_labels", _by_moment(placed, requests))
    known = counts.join(sources, "source_order").select(
        "arrived_at",
        "request_time",
        "labels",
        request=ibis.null("string"),
        record_index=ibis.literal(0, "int32"),
        names_endpoint=ibis.literal(True),
        request_records=ibis.literal(1, "int32"),
    )
    if len(placed.rows) == only_row(labels.aggregate(n=_.count()))[0]:
        return known
    others = told.filter(~_.is_placed)
    others = others.mutate(
        request=ibis.coalesce(_.request, _.inference_id), record_index=_.position
    )
    latest = latest_of(others).select(*known.columns).cast({"request_records": "int32"})
    # Looked at several times, and few; to find them, all labels are joined.
    return known.union(engine.materialised("other_labels", latest))


def _by_moment(placed: PlacedLabels, requests: pa.Table) -> pa.Table:
    """Labels that count, by the time of their request and the file that they came with."""
    held = placed.latest[placed.latest >= 0]
    times = requests["inference_time"].combine_chunks().dictionary_encode()
    moment = times.indices.to_numpy()[placed.rows["number"].to_numpy()[held]]
    order = placed.rows["order"].to_numpy()[held] >> 32
    files = int(order.max(initial=0)) + 1
    counts = pa.table({"key": moment * np.int64(files) + order}).group_by("key")
    found = counts.aggregate([([], "count_all")])
    key = found["key"].to_numpy()
    return pa.table(
        {
            "request_time": times.dictionary.take(pa.array(key // files)),
            "source_order": key % files,
            "labels": found["count_all"],
        }
    )


def only_row(table: ibis.Table) -> list[Any]:
    """The values of a table of one row."""
    return list(table.to_pyarrow().to_pylist()[0].values())
