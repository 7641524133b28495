"""The pictures of a window's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from monitor.constraints import Status
from monitor.pages.curves import Curve
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
from monitor.pages.payload_places import ENOUGH, Places
from monitor.pages.residuals import ResidualView
from monitor.pages.sentences import noted
from monitor.wording import plain, share

_WORST, _BEST = -4.0, 2.0
_ROW = 26
_NAME = 24
MOST_DRAWN = 24
_COLOUR = {Status.VIOLATION: BAD, Status.OK: NOW}


def metrics_plot(rows: Sequence[Row]) -> Markup | None:
    """Every constrained metric on one scale: the baseline at 0, the limit at -1."""
    drawn = [item for row in rows if (item := _scaled(row)) is not None][:MOST_DRAWN]
    if not drawn:
        return None
    y = {"field": "name", "type": "nominal", "sort": None,
         "axis": {"title": None, "labelLimit": 190, "labelFontSize": 12, "domain": False}}  # fmt: skip
    x = axis("at", None, values=[-1, 0], labelExpr="datum.value == 0 ? 'baseline' : 'limit'",
             scale={"domain": [_WORST, _BEST], "zero": False}, labelFontSize=12)  # fmt: skip
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


def curve_plot(curve: Curve) -> Markup:
    """A curve over the baseline's."""
    unit = {"domain": [0, 1]}
    x = axis("x", curve.across, scale=unit, values=[0, 0.5, 1])
    y = axis("y", curve.up, scale=unit, values=[0, 0.5, 1])
    order: dict[str, Any] = {"field": "n", "type": "quantitative"}
    layers = []
    if curve.diagonal:
        ends = [{"x": 0, "y": 0, "n": 0}, {"x": 1, "y": 1, "n": 1}]
        layers.append(mark("line", FAINT, ends, x=x, y=y, _strokeWidth=1))
    dots = curve.name == "calibration"
    for colour, points, dash in ((BEFORE, curve.baseline, [5, 3]), (NOW, curve.window, [1, 0])):
        values = [{"x": a, "y": b, "n": n} for n, (a, b) in enumerate(points)]
        layers.append(mark("line", colour, values, x=x, y=y, order=order, _strokeDash=dash))
        if dots:
            layers.append(mark("point", colour, values, x=x, y=y, _filled=True, _size=24))
    beside = "with the baseline's beside it" if curve.baseline else "without a baseline"
    told = f"{curve.title}: {curve.up} against {curve.across}, {beside}"
    return draw(layered(layers, 240, 200), told)


def places_plot(where: Places, large: bool) -> Markup:
    """Share of errors in each bin, and that of all."""
    values = [
        {"name": b.name, "rate": b.rate, "few": b.records < ENOUGH, "before": b.before}
        for b in where.bins
    ]
    x = {"field": "name", "type": "ordinal", "sort": None,
         "axis": {"title": where.across, "labelAngle": -40, "labelOverlap": True}}  # fmt: skip
    what = "share of large errors" if large else "share of wrong records"
    y = axis("rate", what, format="~%", scale={"zero": True})
    old = [v for v in values if v["before"] is not None]
    layers = [
        mark("bar", NOW, [v for v in values if not v["few"]], x=x, y=y, _cornerRadiusEnd=2),
        mark("bar", NOW, [v for v in values if v["few"]], x=x, y=y, _opacity=0.4),
        mark("rule", INK, [{"rate": where.rate}], y=y, _strokeDash=[2, 3]),
        mark("tick", BEFORE, old, x=x, y={**y, "field": "before"}, _thickness=3),
    ]
    told = ", ".join(f"{v['name']}: {share(float(str(v['rate'])))}" for v in values)
    return draw(layered(layers), f"{where.title}: {told}; of all {share(where.rate)}")


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


def residual_plots(view: ResidualView) -> list[tuple[str, Markup]]:
    """The histogram over the baseline's, and the spread by what was predicted."""
    return [
        ("How far off the predictions are", _histogram(view)),
        ("How far off, by what was predicted", _bands(view)),
    ]


def _histogram(view: ResidualView) -> Markup:
    """Per unit of the label, so that bins of different widths can be compared."""
    x = axis("from", "label minus prediction")
    y = axis("share", None, scale={"zero": True}, labels=False, grid=False)
    layers = []
    for bins, kind, colour, opacity in (
        (view.histogram, "bar", NOW, 0.75), (view.baseline, "line", BEFORE, 1),
    ):  # fmt: skip
        values = [
            {"from": a, "to": b, "mid": (a + b) / 2, "share": part / (b - a)}
            for a, b, part in bins
            if b > a
        ]
        if kind == "bar":
            ends = {"x": {**x, "bin": {"binned": True}}, "x2": {"field": "to"}}
            layers.append(mark("bar", colour, values, y=y, **ends, _opacity=opacity))
        else:
            layers.append(
                mark("line", colour, values, x={**x, "field": "mid"}, y=y, _interpolate="step")
            )
    layers.append(mark("rule", INK, [{"from": 0}], x=x, _strokeDash=[2, 3]))
    return draw(layered(layers), "Histogram of label minus prediction, the baseline's as a line")


def _bands(view: ResidualView) -> Markup:
    values = [{"at": b.at, "low": b.low, "middle": b.middle, "high": b.high} for b in view.bands]
    x = axis("at", "prediction")
    y = axis("low", "label minus prediction")
    layers = [
        mark("rule", INK, [{"low": 0}], y=y, _strokeDash=[2, 3]),
        mark("area", NOW, values, x=x, y=y, y2={"field": "high"}, _opacity=0.25),
        mark("line", NOW, values, x=x, y={**y, "field": "middle"}),
    ]
    named = "Median of label minus prediction by prediction, and what four of five lie between"
    return draw(layered(layers), named)
