"""Requests of one record each: a record is its request, so that nothing is joined but its labels.

Read once, in any order; for DuckDB in this process. What `requests_of` and `_fold` say holds here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.coded import Coded, Filling, as_coded, together
from monitor.engine import Engine, only_row
from monitor.folds import folds_of
from monitor.keys import request_of
from monitor.record_arrays import Column
from monitor.windows import Window

_BYTES = 260
"""Of a request with its id, its record and its label, while they are joined."""
_SAID = ("prediction", "prediction_value", "probability")
_VECTORS = ("probabilities", "classes")
_SECOND = 1_000_000
_TIME = pa.timestamp("us", "UTC")


@dataclass(frozen=True, slots=True, eq=False)
class SingleRequests:
    """Requests by window and variant, and what the response to each said."""

    requests: pa.Table
    """As `RecordArrays` has them, with their `event_id` and `inference_time`."""
    is_captured: NDArray[np.bool_]
    """Whether a request is of the windows."""
    columns: dict[str, Column]

    def moments(self) -> pa.Table:
        """How many of each variant and time there are, in the form of `requests_of`.

        None has another's event id, so that a number will do for those of a moment.
        """
        by = ["variant", "inference_time"]
        found = self.requests.select(by).group_by(by).aggregate([([], "count_all")])
        count = len(found)
        return pa.table(
            {
                "variant": found["variant"].cast(pa.string()),
                "inference_time": found["inference_time"],
                "requests": found["count_all"],
                "event_id": pa.array(np.arange(count)).cast(pa.string()),
                "replaced_by": pa.nulls(count, pa.string()),
                "is_repeat": pa.array(np.zeros(count, np.bool_)),
            }
        )

    def aliases(self) -> pa.Table:
        """By what a label may name a request: its key, and its event id where that is another."""
        own = pa.table(
            {
                "request": self.requests["request"],
                "request_records": self.requests["record_count"],
                "request_time": self.requests["inference_time"],
                "number": np.arange(len(self.requests), dtype=np.int32),
            }
        )
        named = own.append_column("known_as", own["request"])
        events = self.requests["event_id"]
        if events.null_count == len(events):
            return named
        renamed = own.append_column("known_as", events).filter(events.is_valid())
        return pa.concat_tables([named, renamed])


def single_requests(
    engine: Engine,
    predictions: ibis.Table,
    span: Window,
    period: timedelta,
    only: Collection[int] | None,
) -> SingleRequests | None:
    """The requests, where each has one record and none has another's id; else None."""
    single = predictions.aggregate(n=_.count(), single=(_.record_count == 1).sum())
    count, of_one = only_row(single)
    if not count or count != of_one or not engine.has_room(count * _BYTES):
        return None
    names = (*_SAID, *_VECTORS)
    given = {name: predictions[name].count() for name in names}
    first, *said = only_row(predictions.aggregate(first=(_.record_index == 0).sum(), **given))
    counts = dict(zip(names, said, strict=True))
    if count != first or any(counts[name] for name in _VECTORS):
        return None
    rows = _Rows(count, [name for name in _SAID if counts[name]])
    for batch in engine.batches(_asked(engine, predictions, rows.given)):
        if not rows.add(batch):
            return None
    return rows.in_order(span, period, only) if rows.are_different() else None


def _asked(engine: Engine, predictions: ibis.Table, given: list[str]) -> ibis.Table:
    captured = predictions.mutate(request=request_of(predictions))
    other = ibis.ifelse(_.event_id != _.request, _.event_id, None)
    return captured.select(
        "variant",
        "request",
        *given,
        event_id=other,
        time=_.inference_time,
        key=engine.hashed(captured.request),
        event_key=engine.hashed(captured.event_id),
    )


class _Rows:
    """Rows as they are read."""

    def __init__(self, count: int, given: list[str]) -> None:
        self.given = given
        self._count = 0
        self._columns = {
            name: Filling(count, pa.string() if name == "prediction" else pa.float64())
            for name in _SAID
        }
        self._variant = Filling(count, pa.string())
        self._keys: NDArray[np.uint64] = np.empty(count, np.uint64)
        self._other_keys: list[NDArray[np.uint64]] = []
        self._time, self._fold = np.empty(count, np.int64), np.empty(count, np.int8)
        self._requests: list[pa.Array] = []
        self._events: list[pa.Array] = []

    def add(self, batch: pa.RecordBatch) -> bool:
        """Whether the rows of a batch can be kept so."""
        where = slice(self._count, self._count + len(batch))
        time = batch["time"].cast(pa.int64()).to_numpy()
        fold = folds_of(time // _SECOND, batch["request"])
        if fold is None:
            return False
        self._time[where], self._fold[where] = time, fold
        self._variant.put(where, batch["variant"])
        self._keys[where] = batch["key"].to_numpy()
        is_other = batch["event_id"].is_valid().to_numpy(zero_copy_only=False)
        self._other_keys.append(batch["event_key"].to_numpy()[is_other])
        self._requests.append(batch["request"])
        self._events.append(batch["event_id"])
        for name in self.given:
            self._columns[name].put(where, batch[name])
        self._count = where.stop
        return True

    def are_different(self) -> bool:
        """Whether no id is another's, too; in doubt not."""
        keys = np.sort(np.concatenate([self._keys, *self._other_keys]))
        return not bool((keys[1:] == keys[:-1]).any())

    def in_order(
        self, span: Window, period: timedelta, only: Collection[int] | None
    ) -> SingleRequests:
        """The rows by window and variant."""
        second = self._time // _SECOND
        window = (second - int(span.start.timestamp())) // int(period.total_seconds())
        start, end = (int(time.timestamp() * _SECOND) for time in (span.start, span.end))
        is_captured = (self._time >= start) & (self._time < end)
        if only is not None:
            is_captured &= np.isin(window, sorted(only))
        variant = as_coded(self._variant.done())
        table = {
            "request": pa.chunked_array(self._requests, pa.string()),
            "event_id": pa.chunked_array(self._events, pa.string()),
            "variant": variant.as_arrow(),
            "window": pa.array(window),
            "fold": pa.array(self._fold),
            "record_count": pa.array(np.ones(len(window), np.int32)),
            "inference_time": pa.array(self._time).cast(_TIME),
        }
        columns = {name: column.done() for name, column in self._columns.items()}
        return _sorted(pa.table(table), is_captured, columns, window, variant)


def _sorted(
    requests: pa.Table,
    is_captured: NDArray[np.bool_],
    columns: dict[str, Column],
    window: NDArray[np.int64],
    variant: Coded,
) -> SingleRequests:
    if (window != window[0]).any() or (variant.codes != variant.codes[0]).any():
        order = np.lexsort((variant.codes, window))
        requests, is_captured = requests.take(pa.array(order)), is_captured[order]
        columns = {name: together(column, order) for name, column in columns.items()}
    return SingleRequests(requests, is_captured, columns)
