"""The keys of the join: which request a row belongs to, and in which window it lies."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import ibis

from monitor.windows import Window


def request_of(table: ibis.Table) -> ibis.Value:
    """The inference id if the caller sent one, else the event id."""
    return ibis.coalesce(table.inference_id, table.event_id)


def window_of(time: Any, span: Window, period: timedelta) -> Any:
    """The number of the window in the span, from 0."""
    since_start = seconds(time) - int(span.start.timestamp())
    return (since_start // int(period.total_seconds())).cast("int64")


def seconds(time: Any) -> Any:
    """Whole seconds since the epoch."""
    return time.epoch_seconds().cast("float64").floor().cast("int64")
