"""Numbers and times as people read them, and text in lines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import wrap

_WIDTH = 77
_LARGE = 10_000
_LARGEST = 1e15
_UNITS = (
    ("day", timedelta(days=1)),
    ("hour", timedelta(hours=1)),
    ("minute", timedelta(minutes=1)),
    ("second", timedelta(seconds=1)),
)


def number(value: float) -> str:
    """Four digits that count, thousands with commas."""
    return f"{value:,.0f}" if _LARGE <= abs(value) < _LARGEST else f"{value:.4g}"


def numbers(value: float, threshold: float) -> tuple[str, str]:
    """Both, with as many digits as it takes to tell them apart."""
    if number(value) != number(threshold) or value == threshold:
        return number(value), number(threshold)
    for digits in range(5, 17):
        shown = f"{value:.{digits}g}", f"{threshold:.{digits}g}"
        if shown[0] != shown[1]:
            return shown
    return repr(value), repr(threshold)


def count(many: int, of: str) -> str:
    """`1 record`, `1,200 records`."""
    return f"{many:,} {of}{'' if many == 1 else 's'}"


def share(part: float) -> str:
    """A percentage that is 0 or 100 only if it is exactly that."""
    if 0 < part < 0.01:
        return "less than 1 %"
    if 0.99 < part < 1:
        return "more than 99 %"
    return f"{100 * part:.0f} %"


def duration(time: timedelta) -> str:
    """The two largest units of it: `2 days 5 hours`."""
    told = []
    for name, unit in _UNITS:
        many, time = divmod(time, unit)
        if many:
            told.append(count(many, name))
    return " ".join(told[:2]) or "no time"


def brief(time: timedelta) -> str:
    """The same where there is little room: `2 d 5 h`."""
    told = duration(time)
    for name, unit in (("day", "d"), ("hour", "h"), ("minute", "min"), ("second", "s")):
        told = told.replace(f"{name}s", unit).replace(name, unit)
    return told


def moment(time: datetime) -> str:
    """A time in UTC: `2026-11-20 09:00 UTC`."""
    return f"{_day_and_time(time)} UTC"


def span(start: datetime, end: datetime) -> str:
    """A window in UTC, the day told once if it is one."""
    same = start.astimezone(UTC).date() == end.astimezone(UTC).date()
    last = _time(end) if same else _day_and_time(end)
    return f"{_day_and_time(start)} to {last} UTC"


def _day_and_time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d} {_time(time)}"


def _time(time: datetime) -> str:
    shown = time.astimezone(UTC)
    return f"{shown:%H:%M:%S}" if shown.second else f"{shown:%H:%M}"


def plain(name: str, most: int) -> str:
    """A name on one line, and cut where it is too long for one."""
    shown = "".join(character if character.isprintable() else "?" for character in name)
    return shown if len(shown) <= most else f"{shown[: most - 3]}..."


def lines(text: str, first: str = "", following: str = "") -> str:
    """A text in lines of an e-mail's width."""
    shown = wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=following, break_on_hyphens=False
    )
    return "\n".join(shown)
