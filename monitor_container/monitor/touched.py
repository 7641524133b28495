"""New files -> the windows that they touch, and no others.

A file of requests touches the windows of its requests and of others with the same id; a file of
labels those of the requests that it speaks of. Both touch the windows in which such labels came.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import ibis
from ibis import _

from monitor.capture_gaps import around
from monitor.keys import window_of
from monitor.record_ids import KEY, ids_in_labels, ids_in_requests
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class Tables:
    """What is known of an endpoint in the range, and what of it is new."""

    predictions: ibis.Table
    labels: ibis.Table
    new_predictions: ibis.Table
    new_labels: ibis.Table
    new_set_aside: ibis.Table


def touched(tables: Tables, span: Window, period: timedelta) -> set[Window]:
    """The windows from the start of a span on that something new may change."""
    known, new = ids_in_requests(tables.predictions), ids_in_requests(tables.new_predictions)
    told, newly_told = ids_in_labels(tables.labels), ids_in_labels(tables.new_labels)
    ids = new.select(*KEY).union(newly_told.select(*KEY), distinct=True)
    times = ibis.union(
        known.semi_join(ids, KEY).select("time"),
        # Labels count where they came, too; said again, they move.
        told.semi_join(ids, KEY).select("time"),
        tables.new_set_aside.select(time=_.inference_time),
    )
    captured = _numbers(new, span, period)
    neighbours = around(captured, _numbers(known, span, period), period) if captured else set()
    numbers = _numbers(times, span, period) | captured | neighbours
    # Also windows that are not over yet: nobody will look at these files again.
    return {
        Window(start := span.start + number * period, start + period)
        for number in numbers
        if number >= 0
    }


def _numbers(rows: ibis.Table, span: Window, period: timedelta) -> set[int]:
    numbers = rows.select(window=window_of(_.time, span, period)).distinct()
    return set(numbers.to_pyarrow()["window"].to_pylist())
