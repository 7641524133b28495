"""Predictions beside their labels: which records are evaluated, and how healthy the join is.

Everything is an Ibis expression over two tables, so that DuckDB and Spark run the same. The key is
(request, record index); the request is the inference id if the caller sent one, else the event id.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import ibis
import pyarrow as pa
from ibis import _
from ibis.backends.duckdb import Backend

from inference_records.schema import SET_ASIDE, as_stored
from monitor.health import AS_OF_FILES, Arrivals, health_counts
from monitor.keys import request_of, seconds, window_of
from monitor.labels import latest_labels
from monitor.metrics import FOLDS
from monitor.windows import Window

# Multiplicative hashing in whole numbers, so that every engine puts a record into the same fold.
_SECONDS_FACTOR, _PRIME = 2_654_435_761, 4_294_967_291
_ID_FACTOR, _ID_ENDS = 31_337, 4
_VARIANT = pa.field("variant", pa.string())
_NOTHING_SET_ASIDE = as_stored(SET_ASIDE).append(_VARIANT).empty_table()

EVALUATED = (
    "variant", "window", "request", "record_index", "record_count", "fold", "label",
    "label_value", "prediction", "prediction_value", "probability", "probabilities", "classes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Joined:
    """The evaluated records, one row each, and the counts that tell how the join went."""

    evaluated: ibis.Table
    health: pa.Table


def join(
    backend: Backend,
    predictions: ibis.Table,
    labels: ibis.Table,
    span: Window,
    period: timedelta,
    set_aside: ibis.Table | None = None,
    arrivals: Arrivals = AS_OF_FILES,
) -> Joined:
    """Join all predictions of a span of windows with the latest label of each.

    `predictions` may hold more than the span: a label is an orphan only if no request that is
    known here has its id, and an inference id used again belongs to its latest event. Of the same
    range should be what was `set_aside`; without it nothing was.
    """
    requests = backend.create_table("requests", _requests(predictions), temp=True)
    kept = requests.filter(_.rank == 0)
    counted = _without_repeats(predictions, requests)
    counted = counted.mutate(request=request_of(counted))
    latest = backend.create_table(
        "latest_labels", latest_labels(backend, labels, kept, counted), temp=True
    )
    rows = counted.filter(_.inference_time >= span.start, _.inference_time < span.end)
    rows = rows.mutate(window=window_of(_.inference_time, span, period), fold=_fold())
    matched = backend.create_table("matched", _matched(rows, latest), temp=True)
    aside = set_aside if set_aside is not None else ibis.memtable(_NOTHING_SET_ASIDE)
    health = health_counts(matched, requests, latest, aside, span, period, arrivals)
    return Joined(matched.filter(_.label.notnull()).select(*EVALUATED), health.to_pyarrow())


def _matched(rows: ibis.Table, latest: ibis.Table) -> ibis.Table:
    """Every prediction of the span once, with its label and what else was said, or nulls."""
    said = ("label", "label_value", "copies", "conflicting")
    matched = rows.left_join(
        latest.select("request", "record_index", *said),
        ["request", "record_index"],
        rname="{name}_right",
    )
    return matched.select(*EVALUATED, "copies", "conflicting")


def _fold() -> Any:
    """Of a whole request: its records may be right or wrong together."""
    mixed = seconds(_.inference_time) * _SECONDS_FACTOR % _PRIME
    mixed = (mixed + _.request.length().cast("int64") * _SECONDS_FACTOR) % _PRIME
    # Requests of one second differ in their ids, most often at one of the ends.
    for end in (_.request.left(_ID_ENDS), _.request.right(_ID_ENDS)):
        for place in range(_ID_ENDS):
            character = end.substr(place, 1).ascii_str().cast("int64")
            mixed = (mixed * _ID_FACTOR + character) * _ID_FACTOR % _PRIME
    return (mixed % FOLDS).cast("int8")


def _requests(predictions: ibis.Table) -> ibis.Table:
    """Every captured request once; rank 0 is the one that counts for its id."""
    columns = (
        "variant", "event_id", "inference_id", "inference_time", "record_count", "source_key",
        "source_line",
    )  # fmt: skip
    distinct = predictions.select(*columns).distinct()
    latest_first = [
        ibis.desc("inference_time"), ibis.desc("event_id"), "source_key", "source_line",
    ]  # fmt: skip
    of_request = ibis.window(group_by=["variant", "request"], order_by=latest_first)
    return distinct.mutate(request=request_of(distinct)).mutate(
        rank=ibis.row_number().over(of_request), kept_event=_.event_id.first().over(of_request)
    )


def _without_repeats(predictions: ibis.Table, requests: ibis.Table) -> ibis.Table:
    repeats = requests.filter(_.rank > 0)
    if repeats.count().to_pyarrow().as_py() == 0:
        return predictions
    return predictions.anti_join(repeats, ["variant", "source_key", "source_line"])
