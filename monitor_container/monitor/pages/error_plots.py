"""Pictures of what goes wrong in a window: curves, residuals, places in the payload."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from monitor.pages.curves import Curve
from monitor.pages.look import BEFORE, FAINT, INK, NOW, axis, draw, layered, mark
from monitor.pages.payload_places import ENOUGH, Places
from monitor.pages.residuals import ResidualView
from monitor.wording import share


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
