"""How pictures look: one visual language, drawn by Vega-Lite without a browser or a network.

Colours are the page's own variables, so that one picture serves light, dark and paper.
"""

from __future__ import annotations

import re
from typing import Any

import vl_convert
from markupsafe import Markup, escape

NOW, BEFORE, BAD, WAITING = "var(--now)", "var(--before)", "var(--bad)", "var(--waiting)"
INK, FAINT, PAPER = "var(--ink)", "var(--faint)", "var(--paper)"
WIDTH, HEIGHT = 300, 200
_VEGA_LITE = "6.4"
_LONG_DECIMALS = re.compile(r"-?\d+\.\d{3,}(?![\d])")
# The picture is one image to who cannot see it: its parts are none, and need no names.
_PARTS = re.compile(r' (?:role="graphics-[a-z]+"|aria-roledescription="[^"]*")')
# A line without length is a mark by its ends, which paper does not show: it is given some.
_POINT = re.compile(r"(M-?[\d.]+,-?[\d.]+)Z")
_CONFIG: dict[str, Any] = {
    "aria": False,
    # Measured by the font that comes with the library, so that every machine draws the same.
    "font": "Liberation Sans",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "labelFontSize": 11,
        "titleFontSize": 11, "gridColor": FAINT, "domain": False, "ticks": False,
        "labelPadding": 6, "titlePadding": 8, "tickCount": 4,
    },
    "legend": {"disable": True},
    "line": {"strokeWidth": 1.8},
}  # fmt: skip
Layer = dict[str, Any]


def draw(spec: dict[str, Any], told: str) -> Markup:
    """The picture as SVG within the page; `told` is what it is for who cannot see it."""
    whole = {"background": None, "padding": 2, **spec, "config": _CONFIG}
    svg = vl_convert.vegalite_to_svg(whole, vl_version=_VEGA_LITE)
    svg = _POINT.sub(r"\1h.01", _PARTS.sub("", _LONG_DECIMALS.sub(_short, svg)))
    head, _, rest = svg.partition(">")
    head = re.sub(r' xmlns(:xlink)?="[^"]*"| version="1.1"', "", head)
    return Markup(f'{head} role="img" aria-label="{escape(told)}">{rest}')  # noqa: S704


def _short(found: re.Match[str]) -> str:
    return f"{float(found[0]):.2f}".rstrip("0").rstrip(".")


def layered(layers: list[Layer], width: int = WIDTH, height: int = HEIGHT, **more: Any) -> Layer:
    """Layers over each other."""
    return {"width": width, "height": height, "layer": layers, **more}


def mark(kind: str, color: str, values: list[dict[str, Any]], **encoding: Any) -> Layer:
    """One layer: its own data, a colour, and what is where; keys with `_` are of the mark."""
    own = {name[1:]: encoding.pop(name) for name in list(encoding) if name.startswith("_")}
    return {
        "data": {"values": values},
        "mark": {"type": kind, "color": color, **own},
        "encoding": encoding,
    }


def axis(field: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """A quantity along a way."""
    scale = more.pop("scale", {"zero": False})
    return {
        "field": field, "type": "quantitative", "scale": scale,
        "axis": {"title": title, **more},
    }  # fmt: skip
