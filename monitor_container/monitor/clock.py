"""Which windows are due. Windows are counted from the epoch, so a day's begin at midnight UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

from monitor.windows import BadTime, Window, covering, iso, windows

MOST_BACK_FILLED = 10_000
_SECOND = timedelta(seconds=1)


def newest_due(now: datetime, period: timedelta, delay: timedelta) -> Window:
    """The newest window that ended at least `delay` ago."""
    running = covering(now - delay, now - delay, period)
    return Window(running.start - period, running.start)


def back_fill(start: datetime, end: datetime, period: timedelta) -> list[Window]:
    """Every window that a range touches, oldest first; raises `BadTime`."""
    if start >= end:
        raise BadTime(f"the range {iso(start)}/{iso(end)} ends before it begins")
    span = covering(start, end - _SECOND, period)
    if (count := (span.end - span.start) // period) > MOST_BACK_FILLED:
        raise BadTime(f"{span} has {count:,} windows; ask for at most {MOST_BACK_FILLED:,} at once")
    return list(windows(span.start, span.end, period))
