"""The pictures of an endpoint's page: one metric of one variant over time.

Marks of one kind are one path of a line that is nothing but ends: a year costs hundreds of bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from markupsafe import Markup

from monitor.pages.look import (
    BAD,
    BEFORE,
    INK,
    NOW,
    PAPER,
    WAITING,
    axis,
    draw,
    layered,
    mark,
)
from monitor.pages.sentences import noted
from monitor.pages.time_axis import milliseconds, time_axis
from monitor.pages.trend_rows import Reference, TrendRow, Value
from monitor.pages.trend_view import TrendView
from monitor.wording import moment, plain

_MANY = 72
_WIDTH, _HEIGHT = 300, 120
# The same about each picture, whatever its labels: pictures side by side have one height.
_EDGES: dict[str, Any] = {
    "autosize": "none", "padding": {"left": 44, "top": 8, "right": 18, "bottom": 34}
}  # fmt: skip


def metric_plot(view: TrendView, metric: str, variant: str) -> Markup | None:
    """A metric with its interval over the baseline's band, and a mark at each verdict."""
    rows = [row for row in view.of(variant) if metric in row.values]
    if not rows or view.span is None:
        return None
    reference = view.references.get((metric, variant), Reference())
    x = time_axis(view.span)
    y = axis("v", None, tickCount=3, format="~s" if _is_large(rows, metric) else "",
             scale={"zero": False, "domain": _domain(view, metric), "nice": True})  # fmt: skip
    values = [_point(row, row.values[metric]) for row in rows]
    layers = [
        *_reference(reference, y),
        mark("area", NOW, [v for v in values if v["low"] is not None], x=x,
             y={**y, "field": "low"}, y2={"field": "high"}, _opacity=0.22),
        mark("line", NOW, values, x=x, y=y, _strokeWidth=1.6),
        *_marks(rows, x, y, metric),
    ]  # fmt: skip
    return draw(layered(layers, _WIDTH, _HEIGHT, **_EDGES), _told(metric, rows, reference))


def share_plot(
    view: TrendView, variant: str, value: Callable[[TrendRow], float | None], title: str, form: str
) -> Markup | None:
    """Coverage, or the delay of the labels."""
    rows = [(row, found) for row in view.of(variant) if (found := value(row)) is not None]
    if not rows or view.span is None:
        return None
    x = time_axis(view.span)
    domain = {"domain": [0, 1]} if form == "~%" else {"zero": True}
    y = axis("v", None, tickCount=3, format=form, scale=domain)
    values = [{"t": milliseconds(row.middle), "v": found} for row, found in rows]
    layers = [
        mark("line", NOW, values, x=x, y=y, _strokeWidth=1.6),
        _dots(((row, found) for row, found in rows), x, y, NOW, 4),
    ]
    lowest, highest = min(v for _row, v in rows), max(v for _row, v in rows)
    told = f"{title}, from {noted(lowest)} to {noted(highest)}"
    return draw(layered(layers, _WIDTH, _HEIGHT, **_EDGES), told)


def _point(row: TrendRow, value: Value) -> dict[str, Any]:
    return {"t": milliseconds(row.middle), "v": value.value, "low": value.low, "high": value.high}


def _reference(reference: Reference, y: dict[str, Any]) -> list[Any]:
    layers = []
    if reference.band is not None:
        low, high = reference.band
        layers.append(
            mark("rect", BEFORE, [{"v": low, "high": high}], y=y, y2={"field": "high"},
                 _opacity=0.22)
        )  # fmt: skip
    if reference.baseline is not None:
        layers.append(mark("rule", BEFORE, [{"v": reference.baseline}], y=y, _strokeWidth=1.2))
    if reference.limit is not None:
        dashes = {"_strokeDash": [4, 3], "_strokeWidth": 1.2}
        layers.append(mark("rule", BAD, [{"v": reference.limit}], y=y, **dashes))
    return layers


def _marks(
    rows: Sequence[TrendRow], x: dict[str, Any], y: dict[str, Any], metric: str
) -> list[Any]:
    """Squares violate, discs are fine; what is hollow is provisional; restated have a foot."""

    def some(kinds: tuple[str, ...]) -> list[tuple[TrendRow, float]]:
        return [(row, row.values[metric].value) for row in rows if row.values[metric].kind in kinds]

    hollow = [(row, row.values[metric].value) for row in rows if row.provisional]
    restated = [row for row in rows if row.restated]
    # Marks of very many windows would hide the line that they lie on.
    size = 1.0 if len(rows) <= _MANY else 0.5
    layers = [
        _dots(some(("ok", "")), x, y, NOW, 5 * size),
        _dots(some(("open", "waiting")), x, y, WAITING, 7 * size),
        _dots(some(("bad",)), x, y, BAD, 8 * size, cap="square"),
        _dots(hollow, x, y, PAPER, 3.5 * size),
    ]
    if restated:
        feet = [
            {"t": milliseconds(row.middle), "v": at if n < 2 else None, "n": 3 * k + n}
            for k, row in enumerate(restated)
            for n, at in ((0, _HEIGHT), (1, _HEIGHT - 7), (2, 0))
        ]
        order = {"field": "n", "type": "quantitative"}
        foot = {"field": "v", "type": "quantitative", "scale": None, "axis": None}
        layers.append(mark("line", INK, feet, x=x, y=foot, order=order, _strokeWidth=1.5))
    return layers


def _dots(
    points: Iterable[tuple[TrendRow, float]],
    x: dict[str, Any],
    y: dict[str, Any],
    colour: str,
    size: float,
    cap: str = "round",
) -> Any:
    """Points as one path: each is a line without length, whose ends are drawn."""
    values = [
        {"t": milliseconds(row.middle), "v": value if n < 1 else None, "n": 2 * k + n}
        for k, (row, value) in enumerate(points)
        for n in (0, 1)
    ]
    order = {"field": "n", "type": "quantitative"}
    return mark("line", colour, values, x=x, y=y, order=order, _strokeWidth=size, _strokeCap=cap)


def _domain(view: TrendView, metric: str) -> list[float]:
    """One scale for all variants, so that they can be compared side by side."""
    ends: list[float] = []
    for row in view.rows:
        if (value := row.values.get(metric)) is not None:
            ends += [value.value, *(v for v in (value.low, value.high) if v is not None)]
    for (name, _variant), reference in view.references.items():
        if name == metric:
            known = (reference.baseline, reference.limit, *(reference.band or ()))
            ends += [value for value in known if value is not None]
    low, high = min(ends), max(ends)
    room = 0.05 * (high - low) or abs(high) * 0.05 or 1.0
    return [low - room, high + room]


def _is_large(rows: Sequence[TrendRow], metric: str) -> bool:
    return max(abs(row.values[metric].value) for row in rows) >= 10_000


def _told(metric: str, rows: Sequence[TrendRow], reference: Reference) -> str:
    last = rows[-1]
    bad = sum(row.values[metric].kind == "bad" for row in rows)
    each = [row.values[metric].value for row in rows]
    beside = ""
    if reference.baseline is not None:
        beside = f", the baseline has {noted(reference.baseline)}"
    return (
        f"{plain(metric, 60)} over {len(rows)} windows: "
        f"{noted(each[-1])} at {moment(last.span.start)}, "
        f"from {noted(min(each))} to {noted(max(each))}{beside}; {bad} failed"
    )
