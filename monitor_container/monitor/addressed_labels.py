"""Labels of a join by address: which place each names, and what the join's health asks of them."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.engine import Engine
from monitor.labels import latest_of
from monitor.placed_labels import PlacedLabels

_MOST_COUNTERS = 1 << 22


def told_labels(labels: ibis.Table, aliases: ibis.Table, sources: ibis.Table) -> ibis.Table:
    """Labels with the request that they name, and the place of their record, if there is one."""
    found = labels.left_join(aliases, labels.inference_id == aliases.known_as)
    found = found.join(sources, ["source_key", "arrived_at"])
    only = ibis.ifelse(_.request_records == 1, 0, None)
    index = ibis.coalesce(found.record_index, only).cast("int32")
    is_placed = (_.position >= 0) & (_.position < _.request_records)
    return found.mutate(position=index).mutate(is_placed=ibis.coalesce(is_placed, False))


def known_labels(
    engine: Engine,
    told: ibis.Table,
    labels: int,
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
    if placed.rows == labels:
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
    times = requests["inference_time"].combine_chunks().dictionary_encode()
    moment = np.repeat(times.indices.to_numpy(), requests["record_count"].to_numpy())
    held = placed.copies > 0
    files = int(placed.file.max(initial=0)) + 1
    key, labels = _counted(
        moment[held] * np.int64(files) + placed.file[held], len(times.dictionary) * files
    )
    return pa.table(
        {
            "request_time": times.dictionary.take(pa.array(key // files)),
            "source_order": key % files,
            "labels": labels,
        }
    )


def _counted(keys: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Different keys, which are below a size, and how often each occurs."""
    if size > _MOST_COUNTERS:
        found, counts = np.unique(keys, return_counts=True)
        return found, counts.astype(np.int64)
    every = np.bincount(keys, minlength=size)
    found = np.flatnonzero(every)
    return found, every[found]
