"""Predictions beside their labels: which records are evaluated, and how healthy the join is.

Everything is an Ibis expression over two tables, so that DuckDB and Spark run the same. The key is
(request, record index); the request is the inference id if the caller sent one, else the event id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import ibis
import pyarrow as pa
from ibis import _

from inference_records.schema import SET_ASIDE, as_stored
from monitor import addressed
from monitor.array_counts import said_in_arrays
from monitor.engine import Engine
from monitor.health import AS_OF_FILES, Arrivals, health_counts, said_by_cell
from monitor.keys import request_of, seconds, window_of
from monitor.labels import latest_labels
from monitor.metrics import FOLDS
from monitor.record_arrays import RecordArrays
from monitor.requests import requests_of
from monitor.windows import Window

# Multiplicative hashing in whole numbers, so that every engine puts a record into the same fold.
_SECONDS_FACTOR, _PRIME = 2_654_435_761, 4_294_967_291
_ID_FACTOR, _ID_ENDS = 31_337, 4
_HORIZON = timedelta(days=7)
_VARIANT = pa.field("variant", pa.string())
_NOTHING_SET_ASIDE = as_stored(SET_ASIDE).append(_VARIANT).empty_table()

EVALUATED = (
    "variant", "window", "request", "record_index", "record_count", "fold", "label",
    "label_value", "prediction", "prediction_value", "probability", "probabilities", "classes",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Joined:
    """The records of some windows beside their labels, and the counts that tell how that went."""

    health: pa.Table
    traffic: Mapping[int, int]
    """Requests of all windows that have some by their number, also beyond the span."""
    latest: ibis.Table
    """The latest label of each record, with the time at which it came."""
    rows: Callable[[], ibis.Table]
    """Every counted record of the windows, evaluated or not."""
    arrays: RecordArrays | None = None
    """The same in this process, where they fit."""
    most_values: int | None = None
    """The engine's: so many distinct numbers may be asked of it."""

    @property
    def matched(self) -> ibis.Table:
        """Every counted record of the windows, evaluated or not."""
        return self.rows()

    @property
    def evaluated(self) -> ibis.Table:
        """The records that have a label."""
        return self.rows().filter(_.label.notnull()).drop("copies", "conflicting")

    def of_one_variant(self, name: str) -> Joined:
        """The same, all variants as one; but for the counts."""
        arrays = None if self.arrays is None else self.arrays.of_one_variant(name)
        one = ibis.literal(name)
        return replace(self, rows=lambda: self.rows().mutate(variant=one), arrays=arrays)


def join(
    engine: Engine,
    predictions: ibis.Table,
    labels: ibis.Table,
    span: Window,
    period: timedelta,
    set_aside: ibis.Table | None = None,
    arrivals: Arrivals = AS_OF_FILES,
    *,
    horizon: timedelta = _HORIZON,
    only: Collection[int] | None = None,
    fewest_records: int = addressed.FEWEST_RECORDS,
) -> Joined:
    """Join all predictions of a span of windows, or only of some, with the latest label of each.

    `predictions` may hold more than the span: a label is an orphan only if no request that is
    known here has its id, and an inference id used again within the horizon belongs to its latest
    event. Of the same range should be what was `set_aside`; without it nothing was. By address
    where it fits and requests have so many records or more, on average: the same, faster.
    """
    requests = requests_of(engine, predictions, horizon)
    kept = requests.filter(~_.is_repeat)
    counted = _without_repeats(predictions, requests)
    counted = counted.mutate(request=request_of(counted))
    rows = counted.filter(_.inference_time >= span.start, _.inference_time < span.end)
    window = window_of(_.inference_time, span, period)
    if only is not None:
        rows = rows.filter(window.isin(sorted(only)))
    found_there = None
    if addressed.serves(engine, kept, counted, labels, fewest_records):
        placed = kept.mutate(window=window, fold=_fold())
        found_there = addressed.by_address(engine, rows, labels, placed)
    if found_there is None:
        rows = rows.mutate(window=window, fold=_fold())
        latest = latest_labels(engine, labels, kept, counted)
        latest = engine.materialised("latest_labels", latest)
        matched = engine.materialised("matched", _matched(rows, latest))
        arrays, said = None, said_by_cell(matched)
    else:
        arrays, latest = found_there.records, found_there.latest
        said = ibis.memtable(said_in_arrays(arrays))
    found = set_aside if set_aside is not None else ibis.memtable(_NOTHING_SET_ASIDE)
    # Few rows, which are looked at several times: their files once.
    aside = engine.materialised("set_aside_rows", found)
    health = health_counts(said, requests, latest, aside, span, period, arrivals)
    return Joined(
        health.to_pyarrow(),
        _traffic(requests, aside, span, period),
        latest,
        (lambda: matched) if arrays is None else lambda: engine.arrow("matched", arrays.table()),
        arrays,
        engine.most_values,
    )


def _traffic(
    requests: ibis.Table, set_aside: ibis.Table, span: Window, period: timedelta
) -> dict[int, int]:
    """Requests by number of window; a line that could not be read is one, too."""
    every = requests.select("inference_time").union(set_aside.select("inference_time"))
    counts = every.group_by(window=window_of(_.inference_time, span, period)).aggregate(n=_.count())
    return {row["window"]: row["n"] for row in counts.to_pyarrow().to_pylist()}


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


def _without_repeats(predictions: ibis.Table, requests: ibis.Table) -> ibis.Table:
    repeats = requests.filter(_.is_repeat)
    if repeats.count().to_pyarrow().as_py() == 0:
        return predictions
    return predictions.anti_join(repeats, ["variant", "source_key", "source_line"])
