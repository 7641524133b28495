"""Windows without requests: gaps in the capture, and quiet times, which are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from monitor.capture_gaps import BUSY, is_capture_gap

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Rhythm = Callable[[datetime], int]


def always(_hour: datetime) -> int:
    return 100


def in_office_hours(hour: datetime) -> int:
    return 100 if 8 <= hour.hour < 18 else 0


def on_weekdays(hour: datetime) -> int:
    return 100 if hour.weekday() < 5 else 0


def once_a_day(hour: datetime) -> int:
    # Now at the end of one hour, now at the beginning of the next.
    return 100 if hour.hour == 2 + hour.day % 2 else 0


def now_and_then(hour: datetime) -> int:
    return hour.toordinal() * 31 % 3 + hour.hour % 2


def traffic(rhythm: Rhythm, days: int, *lost: datetime) -> dict[datetime, int]:
    """Requests of each hour from a Monday on, but of some hours that were not captured."""
    hours = [MONDAY + number * HOUR for number in range(24 * days)]
    return {hour: 0 if hour in lost else rhythm(hour) for hour in hours}


def gaps(requests: Mapping[datetime, int], period: timedelta = HOUR) -> list[datetime]:
    return [start for start in requests if is_capture_gap(start, requests, period)]


@pytest.mark.parametrize("rhythm", [always, in_office_hours, once_a_day, now_and_then])
def test_steady_rhythms_have_no_gaps(rhythm: Rhythm) -> None:
    assert gaps(traffic(rhythm, 21)) == []


def test_only_the_first_weekend_of_an_endpoint_looks_like_a_gap() -> None:
    found = gaps(traffic(on_weekdays, 21))
    assert {hour.date() for hour in found} == {(MONDAY + 5 * DAY).date()}


@pytest.mark.parametrize("rhythm", [always, in_office_hours, on_weekdays])
@pytest.mark.parametrize("hours", [1, 3])
def test_lost_hours_of_a_busy_time_are_gaps(rhythm: Rhythm, hours: int) -> None:
    lost = [MONDAY + 10 * DAY + (10 + number) * HOUR for number in range(hours)]
    found = gaps(traffic(rhythm, 14, *lost))
    assert [hour for hour in found if hour.weekday() < 5] == lost


def test_the_first_and_last_hour_of_a_working_day_may_be_quiet() -> None:
    lost = [MONDAY + 8 * DAY + hour * HOUR for hour in (8, 16, 17)]
    assert gaps(traffic(in_office_hours, 10, *lost)) == [lost[1]]


def test_hours_without_traffic_behind_them_are_no_gap_yet() -> None:
    requests = traffic(always, 3)
    last = max(requests)
    assert not is_capture_gap(last, requests | {last: 0}, HOUR)
    assert is_capture_gap(last, requests | {last: 0, last + HOUR: 1}, HOUR)


def test_after_a_day_without_traffic_nothing_is_usual_any_more() -> None:
    lost = [MONDAY + 2 * DAY + number * HOUR for number in range(30)]
    assert gaps(traffic(always, 7, *lost)) == lost[:23]


def test_where_little_is_usual_nothing_may_be_chance() -> None:
    hour = MONDAY + 36 * HOUR
    few = traffic(lambda _hour: BUSY - 1, 3, hour)
    enough = traffic(lambda _hour: BUSY, 3, hour)
    assert (gaps(few), gaps(enough)) == ([], [hour])


def test_of_an_unknown_day_before_only_the_neighbours_can_tell() -> None:
    assert gaps(traffic(always, 2, MONDAY + 5 * HOUR)) == [MONDAY + 5 * HOUR]
    quiet = {MONDAY: BUSY - 1, MONDAY + HOUR: 0, MONDAY + 2 * HOUR: 100}
    assert not is_capture_gap(MONDAY + HOUR, quiet, HOUR)
    assert not is_capture_gap(MONDAY, {}, HOUR)


def test_a_window_that_is_not_known_is_no_empty_one() -> None:
    requests = traffic(always, 3)
    missing = MONDAY + 36 * HOUR
    del requests[missing]
    assert not is_capture_gap(missing, requests, HOUR)


def test_windows_of_minutes_are_compared_with_the_day_before_too() -> None:
    minute = timedelta(minutes=1)
    requests = {MONDAY + number * minute: 20 for number in range(2_000)}
    lost = MONDAY + 1_600 * minute
    assert gaps(requests | {lost: 0}, minute) == [lost]
