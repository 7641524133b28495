"""The page of an endpoint: at most 300 kB, however long its history is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from monitor.ledger_rows import Version
from monitor.pages.page import LARGEST, html
from monitor.pages.trend_plots import metric_plot, share_plot
from monitor.pages.trend_rows import TrendRow
from monitor.pages.trend_view import DETAILED, TrendView, trend_view
from monitor.wording import brief

INDEX_FILE = "index.html"
_FEWEST = 6
_MOST_OTHERS = 168
_HOUR = 3_600


def trend_page(
    endpoint: str,
    versions: Iterable[Version],
    link: Callable[[TrendRow], str | None],
    others: Sequence[str] = (),
) -> bytes:
    """The page; of a window that `link` knows no page of, the row has no link.

    `others` are ways to pages of windows of which no version is at hand, the newest first.
    """
    every, most = list(versions), DETAILED
    page = _page(trend_view(endpoint, every, most), link, others)
    while len(page) > LARGEST and most > _FEWEST:
        most //= 2
        page = _page(trend_view(endpoint, every, most), link, others)
    return page


def _page(view: TrendView, link: Callable[[TrendRow], str | None], others: Sequence[str]) -> bytes:
    latest = view.latest
    values = {
        "view": view,
        "latest": latest,
        "latest_link": None if latest is None else link(latest),
        "charts": list(_charts(view)),
        "rows": [(row, link(row), _delay(row)) for row in reversed(view.rows)],
        "others": [(way, _named(way)) for way in others[:_MOST_OTHERS]],
        "more_others": max(len(others) - _MOST_OTHERS, 0),
        "milliseconds": lambda time: int(_seconds(time) * 1_000),
    }
    return html("trend.html", values, "trend.js")


def _named(way: str) -> str:
    """When a window began, by the folders of its page."""
    year, month, day, hour, *rest = way.split("/")[:-1]
    return f"{year}-{month}-{day} {':'.join([hour, *(rest or ['00'])])}"


def _seconds(time: datetime) -> float:
    return time.timestamp()


def _delay(row: TrendRow) -> str | None:
    return None if row.delay is None else brief(timedelta(seconds=row.delay))


def _charts(view: TrendView) -> Iterable[tuple[str, str, str, Any]]:
    """Name of the column that it shows, title, variant and picture."""
    for metric in view.metrics:
        for variant in view.variants:
            if (picture := metric_plot(view, metric, variant)) is not None:
                yield metric, metric, variant, picture
    others: tuple[tuple[str, str, Callable[[TrendRow], float | None], str], ...] = (
        ("coverage", "Share of records with a label", lambda row: row.coverage, "~%"),
        ("delay", "Hours until half of the labels had come", _hours, ""),
    )
    for name, title, value, form in others:
        for variant in view.variants:
            if (picture := share_plot(view, variant, value, title, form)) is not None:
                yield name, title, variant, picture


def _hours(row: TrendRow) -> float | None:
    return None if row.delay is None else row.delay / _HOUR
