"""Pictures of a window beside its baseline: its metrics, and how its predictions moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor.constraints import Status
from monitor.pages.look import (
    BAD,
    BEFORE,
    FAINT,
    INK,
    NOW,
    WAITING,
    WIDTH,
    axis,
    draw,
    layered,
    mark,
)
from monitor.pages.measured import WIDTH as INTERVAL
from monitor.pages.measured import Row
from monitor.pages.moved import Moved
from monitor.pages.sentences import noted
from monitor.wording import plain, share

_WORST, _BEST = -3.0, 1.5
_ROW = 26
_NAME = 24
MOST_DRAWN = 24
_COLOUR = {Status.VIOLATION: BAD, Status.OK: NOW}


def metrics_plot(rows: Sequence[Row]) -> Markup | None:
    """Every constrained metric on one scale: the baseline at 0, the limit at -1."""
    drawn = [item for row in rows if (item := _scaled(row)) is not None][:MOST_DRAWN]
    if not drawn:
        return None
    names = {"title": None, "labelLimit": 190, "labelFontSize": 12, "labelPadding": 12}
    y = {"field": "name", "type": "nominal", "sort": None, "axis": names}
    x = axis("at", None, values=[-1, 0], labelExpr="datum.value == 0 ? 'baseline' : 'limit'",
             scale={"domain": [_WORST, _BEST], "zero": False}, labelFontSize=12,
             orient="top", labelAlign={"condition": {"test": "datum.value == 0", "value": "left"},
                                       "value": "right"})  # fmt: skip
    band = [{"from": _WORST, "to": -1}]
    layers = [
        mark("rect", BAD, band, x={**axis("from"), **x, "field": "from"}, x2={"field": "to"},
             _opacity=0.08),
        mark("rule", FAINT, [{"at": -1}, {"at": 0}], x=x, _strokeWidth=1),
        mark("rule", BEFORE, [d for d in drawn if d["blow"] is not None],
             x={**x, "field": "blow"}, x2={"field": "bhigh"}, y=y, _strokeWidth=8, _opacity=0.35),
        mark("rule", INK, [d for d in drawn if d["low"] is not None],
             x={**x, "field": "low"}, x2={"field": "high"}, y=y, _strokeWidth=1.6),
        *_dots(drawn, x, y),
    ]  # fmt: skip
    told = "; ".join(f"{d['name']}: {d['told']}" for d in drawn)
    spec = layered(layers, width=230, height=_ROW * len(drawn))
    return draw(spec, f"Metrics against baseline and limit. {told}")


def _dots(drawn: list[dict[str, Any]], x: dict[str, Any], y: dict[str, Any]) -> list[Any]:
    """Violations are squares, what is beyond the picture an arrow: shape tells, too."""
    shapes = {"bad": ("square", BAD), "ok": ("circle", NOW), "open": ("diamond", WAITING)}
    found = []
    for kind, (shape, colour) in shapes.items():
        for beyond in (False, True):
            some = [d for d in drawn if d["kind"] == kind and d["beyond"] is beyond]
            if some:
                own = "triangle-left" if beyond else shape
                found.append(
                    mark("point", colour, some, x=x, y=y, _shape=own, _filled=True, _opacity=1,
                         _size=110 if beyond else 80)
                )  # fmt: skip
    return found


def _scaled(row: Row) -> dict[str, Any] | None:
    if row.value is None or (at := row.scaled(row.value)) is None:
        return None
    ends: Sequence[float | None] = (None, None)
    if row.interval is not None:
        ends = sorted(_within(row.scaled(end) or 0.0) for end in row.interval)
    before: Sequence[float | None] = (None, None)
    if row.baseline is not None and row.baseline_error is not None:
        far = INTERVAL * row.baseline_error
        before = sorted(_within(row.scaled(row.baseline + side * far) or 0.0) for side in (-1, 1))
    kind = {Status.VIOLATION: "bad", Status.OK: "ok"}.get(row.status or Status.OK, "open")
    shown = f"{noted(row.value)}, baseline {noted(row.baseline)}, limit {noted(row.limit)}"
    return {
        "name": plain(row.name, _NAME), "at": _within(at), "beyond": at < _WORST, "kind": kind,
        "low": ends[0], "high": ends[1], "blow": before[0], "bhigh": before[1],
        "told": f"{shown}, {row.status}",
    }  # fmt: skip


def _within(value: float) -> float:
    return max(_WORST, min(_BEST, value))


def moved_plot(moved: Moved) -> Markup:
    """Shares now, as bars, and in the baseline, as marks over them."""
    values = [{"name": b.name, "now": b.now, "before": b.before} for b in moved.bars]
    place = {"field": "name", "type": "ordinal", "sort": None,
             "axis": {"title": None, "labelLimit": 120}}  # fmt: skip
    size = axis("now", "share of the predictions", format="~%", scale={"zero": True})
    layers = [
        mark("bar", NOW, values, y=place, x=size, _cornerRadiusEnd=2, _height={"band": 0.6}),
        mark("tick", BEFORE, values, y=place, x={**size, "field": "before"}, _thickness=3,
             _height={"band": 0.95}),
    ]  # fmt: skip
    told = "; ".join(
        f"{b.name}: {share(b.now)}, in the baseline {share(b.before)}" for b in moved.bars
    )
    return draw(layered(layers, WIDTH, 20 * len(values)), f"{moved.title}. {told}")
