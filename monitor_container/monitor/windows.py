"""Windows of inference time: half open, in UTC, all of one length."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd


class BadTime(ValueError):
    """A time or period that cannot be understood."""


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """`start <= inference time < end`."""

    start: datetime
    end: datetime

    def __str__(self) -> str:
        return f"{iso(self.start)}/{iso(self.end)}"


def iso(time: datetime) -> str:
    """A time as SageMaker writes it: `2026-11-20T09:00:00Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time(text: str) -> datetime:
    """An ISO 8601 time in whole seconds, UTC unless it says otherwise; blanks are forgiven."""
    # A blank between date and time is part of it; others are forgiven, as SageMaker's own are.
    for attempt in (text.strip(), "".join(text.split())):
        with suppress(ValueError):
            time = datetime.fromisoformat(attempt)
            break
    else:
        raise BadTime(f"{text!r} is no ISO 8601 time such as 2026-11-20T09:00:00Z")
    if time.microsecond:
        raise BadTime(f"{text!r} is no whole second")
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def parse_period(text: str) -> timedelta:
    """A length of time such as `1h`, `15min`, `1d` or `PT1H`; at least a second."""
    try:
        # pandas is about to give up its own `d` for days.
        period = pd.Timedelta(re.sub(r"(\d\s*)d(?![a-z])", r"\1D", text))
    except ValueError as error:
        raise BadTime(f"{text!r} is no period such as 1h, 15min or 1d") from error
    if pd.isna(period) or period < pd.Timedelta(seconds=1):
        raise BadTime(f"{text!r} is no period of at least one second")
    return timedelta(seconds=int(period.total_seconds()))


def windows(start: datetime, end: datetime, period: timedelta) -> Iterator[Window]:
    """The windows of a half-open range, counted from its start; the last may be shorter."""
    while start < end:
        yield Window(start, min(start + period, end))
        start += period


def window_at(span: Window, period: timedelta, number: int) -> Window:
    """The window of a range that has a number, counted from 0."""
    start = span.start + number * period
    return Window(start, min(start + period, span.end))


def covering(first: datetime, last: datetime, period: timedelta) -> Window:
    """The smallest range of whole periods, counted from the epoch, that holds both times."""
    seconds = int(period.total_seconds())
    start = int(first.timestamp()) // seconds * seconds
    end = (int(last.timestamp()) // seconds + 1) * seconds
    return Window(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
