"""Time along a picture: round times in UTC, few enough for a phone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from monitor.pages.look import FAINT, axis
from monitor.windows import Window

_LONG = timedelta(days=3)
_MOST_TICKS = 4
_STEPS = [
    *(minutes * 60 for minutes in (1, 5, 15, 30)),
    *(hours * 3_600 for hours in (1, 2, 3, 6, 12)),
    *(days * 86_400 for days in (1, 2, 7, 14, 28, 91, 182, 364, 3_640)),
]


def time_axis(span: Window) -> dict[str, Any]:
    """The axis of a range of time, in UTC."""
    ticks = _ticks(span)
    label = "utcFormat(datum.value, '%b %d')"
    if span.end - span.start <= _LONG:
        label = f"[utcFormat(datum.value, '%H:%M'), {label}]"
    found = axis(
        "t", None, values=[milliseconds(tick) for tick in ticks], labelExpr=label, grid=False,
        ticks=True, tickColor=FAINT, labelFlush=False,
        scale={"type": "utc", "domain": [milliseconds(span.start), milliseconds(span.end)]},
    )  # fmt: skip
    return {**found, "type": "temporal"}


def _ticks(span: Window) -> list[datetime]:
    """Round times, no more than fit on a phone."""
    first, last = int(span.start.timestamp()), int(span.end.timestamp())
    for step in _STEPS:
        ticks = range(-(-first // step) * step, last + 1, step)
        if len(ticks) <= _MOST_TICKS:
            return [datetime.fromtimestamp(tick, UTC) for tick in ticks]
    return [span.start, span.end]


def milliseconds(time: datetime) -> int:
    """A time as Vega and browsers count it."""
    return int(time.timestamp() * 1_000)
