"""Predictions beside their labels: which records are evaluated, and how healthy the join is.

Everything is an Ibis expression over two tables, so that DuckDB and Spark run the same. The key is
(request, record index); the request is the inference id if the caller sent one, else the event id.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import ibis
import pyarrow as pa
from ibis import _

from inference_records.schema import SET_ASIDE, as_stored
from monitor import addressed
from monitor.array_counts import said_in_arrays
from monitor.engine import Engine
from monitor.folds import fold
from monitor.health import AS_OF_FILES, Arrivals, health_counts, said_by_cell
from monitor.keys import request_of, window_of
from monitor.labels import latest_labels
from monitor.record_arrays import RecordArrays
from monitor.requests import requests_of, traffic
from monitor.single_requests import single_requests
from monitor.windows import Window

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
    asked = _Asked(engine, predictions, labels, span, period, horizon, only)
    known = _of_single(asked) if fewest_records <= addressed.FEWEST_RECORDS else None
    known = known or _of_several(asked, fewest_records)
    found = set_aside if set_aside is not None else ibis.memtable(_NOTHING_SET_ASIDE)
    # Few rows, which are looked at several times: their files once.
    aside = engine.materialised("set_aside_rows", found)
    health = health_counts(known.said, known.requests, known.latest, aside, span, period, arrivals)
    return Joined(
        health.to_pyarrow(),
        traffic(known.requests, aside, span, period),
        known.latest,
        known.rows,
        known.arrays,
        engine.most_values,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is joined."""

    engine: Engine
    predictions: ibis.Table
    labels: ibis.Table
    span: Window
    period: timedelta
    horizon: timedelta
    only: Collection[int] | None


@dataclass(frozen=True, slots=True)
class _Known:
    """What came of it; one row of `requests` stands for `requests` of them."""

    requests: ibis.Table
    latest: ibis.Table
    said: ibis.Table
    rows: Callable[[], ibis.Table]
    arrays: RecordArrays | None = None


def _of_single(asked: _Asked) -> _Known | None:
    """The join of requests that have one record each, by address; None where it is not so."""
    engine = asked.engine
    if not engine.has_room(0) or addressed.name_records(asked.labels):
        return None
    single = single_requests(engine, asked.predictions, asked.span, asked.period, asked.only)
    if single is None:
        return None
    found = addressed.of_single(engine, single, asked.labels)
    moments = engine.arrow("request_moments", single.moments())
    return None if found is None else _in_arrays(engine, found, moments)


def _of_several(asked: _Asked, fewest_records: int) -> _Known:
    """The join of any requests, by address where it serves."""
    engine, span = asked.engine, asked.span
    requests = requests_of(engine, asked.predictions, asked.horizon)
    kept = requests.filter(~_.is_repeat)
    counted = _without_repeats(asked.predictions, requests)
    counted = counted.mutate(request=request_of(counted))
    rows = counted.filter(_.inference_time >= span.start, _.inference_time < span.end)
    window = window_of(_.inference_time, span, asked.period)
    if asked.only is not None:
        rows = rows.filter(window.isin(sorted(asked.only)))
    if addressed.serves(engine, kept, counted, asked.labels, fewest_records):
        placed = kept.mutate(window=window, fold=fold())
        found = addressed.by_address(engine, rows, asked.labels, placed)
        if found is not None:
            return _in_arrays(engine, found, requests)
    rows = rows.mutate(window=window, fold=fold())
    latest = latest_labels(engine, asked.labels, kept, counted)
    latest = engine.materialised("latest_labels", latest)
    matched = engine.materialised("matched", _matched(rows, latest))
    return _Known(requests, latest, said_by_cell(matched), lambda: matched)


def _in_arrays(engine: Engine, found: addressed.Addressed, requests: ibis.Table) -> _Known:
    records = found.records
    said = ibis.memtable(said_in_arrays(records))
    return _Known(
        requests, found.latest, said, lambda: engine.arrow("matched", records.table()), records
    )


def _matched(rows: ibis.Table, latest: ibis.Table) -> ibis.Table:
    """Every prediction of the span once, with its label and what else was said, or nulls."""
    said = ("label", "label_value", "copies", "conflicting")
    matched = rows.left_join(
        latest.select("request", "record_index", *said),
        ["request", "record_index"],
        rname="{name}_right",
    )
    return matched.select(*EVALUATED, "copies", "conflicting")


def _without_repeats(predictions: ibis.Table, requests: ibis.Table) -> ibis.Table:
    repeats = requests.filter(_.is_repeat)
    if repeats.count().to_pyarrow().as_py() == 0:
        return predictions
    return predictions.anti_join(repeats, ["variant", "source_key", "source_line"])
