"""Times, periods and windows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitor.windows import (
    BadTime,
    Window,
    covering,
    iso,
    parse_period,
    parse_time,
    window_at,
    windows,
)

from .rows import HOUR, NINE, at


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T09:00:00Z",
        "2026-11-20T09: 00: 00Z",
        "2026-11-20T09:00:00",
        "2026-11-20T09:00",
        "2026-11-20T09:00:00.000Z",
        "2026-11-20T10:00:00+01:00",
    ],
)
def test_times_are_read_as_utc(text: str) -> None:
    found = parse_time(text)
    assert found == NINE
    assert found.tzinfo is UTC


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-11-20T09:00:00.5Z"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(BadTime, match="is no"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("1h", HOUR),
        ("15min", timedelta(minutes=15)),
        ("1d", timedelta(days=1)),
        ("PT1H", HOUR),
        ("90s", timedelta(seconds=90)),
    ],
)
def test_periods_are_read(text: str, period: timedelta) -> None:
    assert parse_period(text) == period


@pytest.mark.parametrize("text", ["", "soon", "0h", "-1h", "5ms", "NaT", "1e30d"])
def test_what_is_no_period_is_told(text: str) -> None:
    with pytest.raises(BadTime, match="is no period"):
        parse_period(text)


def test_windows_follow_each_other_and_the_last_may_be_shorter() -> None:
    found = list(windows(NINE, at(150), HOUR))
    assert [str(window) for window in found] == [
        "2026-11-20T09:00:00Z/2026-11-20T10:00:00Z",
        "2026-11-20T10:00:00Z/2026-11-20T11:00:00Z",
        "2026-11-20T11:00:00Z/2026-11-20T11:30:00Z",
    ]
    assert list(windows(NINE, NINE, HOUR)) == []


def test_a_range_is_covered_by_whole_periods() -> None:
    assert covering(at(0), at(59.99), HOUR) == Window(NINE, at(60))
    assert covering(at(0), at(60), HOUR) == Window(NINE, at(120))
    assert covering(at(7), at(7), timedelta(minutes=5)) == Window(at(5), at(10))


def test_times_are_written_in_utc_as_sagemaker_does() -> None:
    assert iso(datetime.fromisoformat("2026-11-20T10:00:00+01:00")) == "2026-11-20T09:00:00Z"


def test_a_window_is_found_by_its_number() -> None:
    span = Window(NINE, at(150))
    found = list(windows(span.start, span.end, HOUR))
    assert [window_at(span, HOUR, number) for number in range(3)] == found
