"""Which windows are due. Windows are counted from the epoch, so a day's begin at midnight UTC."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from monitor.windows import BadTime, Window, covering, iso, windows

MOST_CAUGHT_UP = 24
MOST_BACK_FILLED = 10_000
_SECOND = timedelta(seconds=1)


def newest_due(now: datetime, period: timedelta, delay: timedelta) -> Window:
    """The newest window that ended at least `delay` ago."""
    running = covering(now - delay, now - delay, period)
    return Window(running.start - period, running.start)


def earlier(newest: Window) -> list[Window]:
    """The windows before one that can still be caught up, oldest first."""
    period = newest.end - newest.start
    return [
        Window(newest.start - number * period, newest.end - number * period)
        for number in range(MOST_CAUGHT_UP, 0, -1)
    ]


def missed(
    candidates: Iterable[Window],
    reported: Collection[Window],
    is_known: bool,
    latest_end: datetime,
) -> list[Window]:
    """Those that ought to have a report and have none, in order.

    A known endpoint's windows count from the first report among them, or all where an outage was
    longer. A window that ended after `latest_end` may still be being judged.
    """
    if not is_known:
        return []
    first = min(reported, default=None)
    return [
        window
        for window in candidates
        if window not in reported and (first is None or window > first) and window.end <= latest_end
    ]


def back_fill(start: datetime, end: datetime, period: timedelta) -> list[Window]:
    """Every window that a range touches, oldest first; raises `BadTime`."""
    if start >= end:
        raise BadTime(f"the range {iso(start)}/{iso(end)} ends before it begins")
    span = covering(start, end - _SECOND, period)
    if (count := (span.end - span.start) // period) > MOST_BACK_FILLED:
        raise BadTime(f"{span} has {count:,} windows; ask for at most {MOST_BACK_FILLED:,} at once")
    return list(windows(span.start, span.end, period))
