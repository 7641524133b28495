"""Whether a window without requests is a gap in the capture, or just a quiet time.

Knows how many requests each window had, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from monitor.windows import Window

BUSY = 10
"""Requests of a usual window: where ten are expected, none is chance once in 20,000 windows."""
_REACH = 24
_HOUR = timedelta(hours=1)
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)


def is_capture_gap(start: datetime, requests: Mapping[datetime, int], period: timedelta) -> bool:
    """Whether nothing was captured in a window, though there was traffic before and after it.

    `requests` has the windows that are known by their start, with those requests, too, that could
    not be read; a window that it does not have is not known. From the last traffic, at most 24
    windows before, up to this window each window must have been busy a day before, and a week
    before if that is known: nights, weekends and jobs that run once a day leave no gaps. On the
    first day both neighbours must be busy.
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
    if requests.get(window - _DAY) is None:
        # On the first day only the neighbours can tell.
        return min(requests.get(window + near * period, 0) for near in (-1, 1)) >= BUSY
    around = (window - _DAY + near * period for near in (-1, 0, 1))
    day_before = all(requests.get(start, 0) >= BUSY for start in around)
    return day_before and requests.get(window - _WEEK, BUSY) >= BUSY


def gaps_in(traffic: Mapping[int, int], span: Window, period: timedelta) -> set[int]:
    """Numbers of the windows that are gaps, of requests by number, in or beyond a span.

    What lies before the first request is not known. Windows shorter than an hour are too short to
    miss anything in.
    """
    if not traffic or period < _HOUR:
        return set()
    first, last = min(traffic), max(traffic)
    start = {number: span.start + number * period for number in range(first, last + 1)}
    requests = {start[number]: traffic.get(number, 0) for number in start}
    # An event of a wrong clock may lie decades away.
    near = {number + passed for number in traffic for passed in range(1, _REACH + 1)}
    return {
        number
        for number in near.difference(traffic)
        if number in start and is_capture_gap(start[number], requests, period)
    }


def around(new: Collection[int], known: Collection[int], period: timedelta) -> set[int]:
    """Empty windows that may have become gaps, or none, by requests in new windows."""
    if period < _HOUR or not known:
        return set()
    first, last = min(known), max(known)
    reach = {
        number + passed
        for number in new
        for ago in (0, _DAY // period, _WEEK // period)
        for passed in range(ago - _REACH, ago + _REACH + 1)
    }
    return {number for number in reach - set(known) if first < number < last}
