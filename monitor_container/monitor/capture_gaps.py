"""Whether a window without requests is a gap in the capture, or just a quiet time.

Knows how many requests each window had, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

BUSY = 10
"""Requests of a usual window: where ten are expected, none is chance once in 20,000 windows."""
_REACH = 24
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def is_capture_gap(start: datetime, requests: Mapping[datetime, int], period: timedelta) -> bool:
    """Whether nothing was captured in a window, though there was traffic before and after it.

    `requests` has the windows that are known by their start, with those requests, too, that could
    not be read; a window that it does not have is not known. From the last traffic, at most 24
    windows before, up to this window each window must have been busy a day before, and a week
    before if that is known: nights, weekends and jobs that run once a day leave no gaps.
    """
    if requests.get(start) != 0 or not any(n for at, n in requests.items() if at > start):
        return False
    for passed in range(_REACH + 1):
        window = start - passed * period
        found = requests.get(window)
        if found:
            return True
        if found is None or not _usually_busy(window, requests, period):
            return False
    return False


def _usually_busy(window: datetime, requests: Mapping[datetime, int], period: timedelta) -> bool:
    """With its neighbours: a job, or the start of a working day, may be some minutes late."""
    around = (window - _DAY + near * period for near in (-1, 0, 1))
    day_before = all(requests.get(start, 0) >= BUSY for start in around)
    return day_before and requests.get(window - _WEEK, BUSY) >= BUSY
