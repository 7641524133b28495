"""Which windows are due, and which a range touches: nothing twice, nothing left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.clock import MOST_BACK_FILLED, back_fill, newest_due
from monitor.windows import BadTime, Window
from tests.unit.template.resolving import TEMPLATE

from .rows import HOUR, NINE, at

MINUTE = timedelta(minutes=1)
MINUTES = [int(value) for value in TEMPLATE["Parameters"]["WindowMinutes"]["AllowedValues"]]
DELAYS = [int(value) for value in TEMPLATE["Parameters"]["EvaluationDelayMinutes"]["AllowedValues"]]

periods = st.sampled_from(MINUTES).map(lambda minutes: minutes * MINUTE)
delays = st.sampled_from(DELAYS).map(lambda minutes: minutes * MINUTE)
times = st.integers(1_000_000_000_000, 4_000_000_000_000).map(
    lambda milliseconds: datetime.fromtimestamp(milliseconds / 1000, UTC)
)


@settings(deadline=None)
@given(times, periods, delays)
def test_the_newest_window_has_ended_the_delay_ago_and_the_next_has_not(
    now: datetime, period: timedelta, delay: timedelta
) -> None:
    found = newest_due(now, period, delay)
    assert found.end - found.start == period
    assert found.end <= now - delay < found.end + period


@settings(deadline=None)
@given(times, periods)
def test_windows_are_counted_from_midnight(now: datetime, period: timedelta) -> None:
    found = newest_due(now, period, timedelta(0))
    midnight = found.start.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (found.start - midnight) % period == timedelta(0)


@settings(deadline=None)
@given(times, periods, delays, st.integers(0, 59))
def test_windows_of_consecutive_ticks_tile_time(
    now: datetime, period: timedelta, delay: timedelta, late: int
) -> None:
    """Whatever second of the minute the clock strikes in."""
    strikes = [now + number * period for number in range(5)]
    exact = [newest_due(strike, period, delay) for strike in strikes]
    assert all(first.end == second.start for first, second in pairwise(exact))
    begun = exact[0].end + delay
    one = newest_due(begun + timedelta(seconds=late), period, delay)
    assert one == exact[0]


@settings(deadline=None)
@given(times, st.timedeltas(timedelta(seconds=1), timedelta(days=3)), periods)
def test_a_back_fill_has_each_window_that_its_range_touches_once(
    start: datetime, length: timedelta, period: timedelta
) -> None:
    start, length = start.replace(microsecond=0), timedelta(seconds=int(length.total_seconds()))
    end = start + length
    found = back_fill(start, end, period)
    assert found[0].start <= start < found[0].end
    assert found[-1].start < end <= found[-1].end
    assert all(window.end - window.start == period for window in found)
    assert all(first.end == second.start for first, second in pairwise(found))


def test_a_back_fill_of_whole_windows_has_just_these() -> None:
    assert back_fill(NINE, at(120), HOUR) == [Window(NINE, at(60)), Window(at(60), at(120))]


@pytest.mark.parametrize("minutes", [0, -1])
def test_a_reversed_range_is_refused(minutes: int) -> None:
    with pytest.raises(BadTime, match="ends before it begins"):
        back_fill(NINE, at(minutes), HOUR)


def test_a_wrong_year_does_not_start_ten_thousand_jobs() -> None:
    assert len(back_fill(NINE, NINE + MOST_BACK_FILLED * HOUR, HOUR)) == MOST_BACK_FILLED
    with pytest.raises(BadTime, match="has 10,001 windows; ask for at most 10,000 at once"):
        back_fill(NINE, NINE + (MOST_BACK_FILLED + 1) * HOUR, HOUR)
