"""The page of one window of one variant, or of all together: at most 300 kB, whatever it is of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from monitor.baseline import Baseline
from monitor.label_delays import LabelDelay
from monitor.ledger_rows import Version
from monitor.pages.error_plots import curve_plot, places_plot, residual_plots
from monitor.pages.page import LARGEST, html
from monitor.pages.window_plots import metrics_plot, moved_plot
from monitor.pages.window_view import MOST_INPUTS, WindowView, window_view
from monitor.quality import ALL_VARIANTS, Quality
from monitor.wording import brief

REPORT_FILE = "report.html"
MOST_VERSIONS = 10


@dataclass(frozen=True, slots=True)
class Around:
    """What lies about a page: relative ways, which presigned links do not follow."""

    to_index: str = ""
    """Up to the folder that has the endpoint's index; empty: there is none."""
    to_json: bool = True


def window_page(
    version: Version,
    quality: Quality,
    baseline: Baseline,
    history: Sequence[Version] = (),
    around: Around = Around(),
) -> bytes:
    """The page; pictures go before it grows too large, numbers stay."""
    return drawn(version, quality, baseline, history)(around)


def drawn(
    version: Version, quality: Quality, baseline: Baseline, history: Sequence[Version] = ()
) -> Callable[[Around], bytes]:
    """The page for wherever it is to lie: it is drawn once, which takes the time."""
    view = window_view(version, quality, baseline, history)
    return partial(_fitting, view, _pictures(view))


def _fitting(view: WindowView, pictures: dict[str, Any], around: Around) -> bytes:
    page = _page(view, pictures, around)
    for part in ("curves", "moved", "places", "residuals"):
        if len(page) <= LARGEST:
            break
        page = _page(view, pictures := {**pictures, part: []}, around)
    return page


def _page(view: WindowView, pictures: dict[str, Any], around: Around) -> bytes:
    quality = view.quality
    values = {
        "view": view,
        "pictures": pictures,
        "variant": "all together" if quality.variant == ALL_VARIANTS else quality.variant,
        "to_index": around.to_index,
        "to_json": around.to_json,
        "delay": _delay(quality.delay),
        "most_inputs": MOST_INPUTS,
        "history": list(_history(view)),
    }
    return html("window.html", values)


def _pictures(view: WindowView) -> dict[str, Any]:
    return {
        "metrics": metrics_plot(view.rows),
        "curves": [(curve, curve_plot(curve)) for curve in view.curves],
        "residuals": residual_plots(view.residuals) if view.residuals is not None else [],
        "places": [(where, places_plot(where, view.is_regression)) for where in view.places],
        "moved": [(moved, moved_plot(moved)) for moved in view.moved],
    }


def _delay(delay: LabelDelay | None) -> dict[str, str] | None:
    if delay is None:
        return None
    return {
        name: brief(timedelta(seconds=value))
        for name, value in (("half", delay.half), ("most", delay.most))
    }


def _history(view: WindowView) -> list[tuple[Version, Quality]]:
    """Each earlier version with what it said of this variant, the newest first."""
    found = []
    for version in sorted(view.history, key=lambda v: -v.number)[:MOST_VERSIONS]:
        own = next((q for q in version.qualities if q.variant == view.quality.variant), None)
        if own is not None and version.number != view.version.number:
            found.append((version, own))
    return found
