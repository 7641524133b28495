"""The edge of the pages: where each lies, and from which versions of the ledger it is made.

It reads a bounded number of versions, however long the history is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from monitor.baseline import Baseline
from monitor.ledger import Ledger
from monitor.ledger_newest import newest_versions
from monitor.ledger_rows import Version
from monitor.locations import Location
from monitor.pages.page import CONTENT_TYPE
from monitor.pages.trend_page import INDEX_FILE, trend_page
from monitor.pages.trend_rows import TrendRow
from monitor.pages.trend_view import DETAILED
from monitor.pages.window_page import MOST_VERSIONS, REPORT_FILE, Around, drawn
from monitor.places import variant_folder, window_folder
from monitor.quality import ALL_VARIANTS
from monitor.reports import STATISTICS_FILE
from monitor.windows import Window

_OF_WINDOW = re.compile(rf"\d{{4}}(?:/\d\d){{3,5}}/{re.escape(REPORT_FILE)}")


@dataclass(frozen=True, slots=True)
class Target:
    """A folder that a page lies in, and what lies about it."""

    folder: Location
    to_index: str = ""
    """The way up to the endpoint's index, if there is one."""
    to_json: bool = True

    def of_variant(self, variant: str) -> Target:
        """Where the page of one of several variants lies."""
        up = f"../../{self.to_index}" if self.to_index else ""
        return Target(self.folder / variant_folder(variant), up, self.to_json)

    @property
    def has_documents(self) -> bool:
        """Whether the documents of the window lie there."""
        return (self.folder / STATISTICS_FILE).exists()


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an endpoint below a folder that has those of all."""

    reports: Location
    endpoint: str
    baseline: Baseline
    there: frozenset[str] | None = None
    """Pages of windows, as the index links to them; None: nobody looked."""

    def target(self, window: Window) -> Target:
        """Where the page of a window lies."""
        below = self._below(window)
        up = "../" * (below.count("/") + 1)
        return Target(self.reports / f"{self.endpoint}/{below}", up)

    @property
    def index(self) -> Location:
        """Where the endpoint's own page lies."""
        return self.reports / self.endpoint / INDEX_FILE

    def write_window(
        self, version: Version, history: Sequence[Version] = (), *, to_json: bool = True
    ) -> int:
        """The page of a window, and of each of several variants; their number."""
        target = replace(self.target(version.window), to_json=to_json)
        return write_window([target], version, self.baseline, history)

    def write_index(self, versions: Iterable[Version]) -> None:
        """The page of the endpoint, of some versions of its windows."""
        every = list(versions)
        others: list[str] = []
        if self.there is not None:
            shown = {self._page(version.window) for version in every}
            others = sorted(self.there - shown, reverse=True)
        page = trend_page(self.endpoint, every, self._link, others)
        self.index.write(page, CONTENT_TYPE)

    def looked_at(self) -> Pages:
        """The same, with the pages that are there: links lead to no others, and to all of them."""
        keys = (file.key for file in (self.reports / self.endpoint).files())
        return replace(self, there=frozenset(key for key in keys if _OF_WINDOW.fullmatch(key)))

    def _link(self, row: TrendRow) -> str | None:
        if row.windows > 1:
            return None
        page = self._page(row.span)
        return page if self.there is None or page in self.there else None

    def _page(self, window: Window) -> str:
        return f"{self._below(window)}/{REPORT_FILE}"

    def _below(self, window: Window) -> str:
        """The folder of a window, below the endpoint's."""
        folder = window_folder(self.endpoint, window, window.end - window.start)
        return folder.removeprefix(f"{self.endpoint}/")


def write_window(
    targets: Sequence[Target],
    version: Version,
    baseline: Baseline,
    history: Sequence[Version] = (),
) -> int:
    """The page of a window in each folder, those of several variants below it."""
    several = any(quality.variant == ALL_VARIANTS for quality in version.qualities)
    for quality in version.qualities:
        page = drawn(version, quality, baseline, history)
        own = not several or quality.variant == ALL_VARIANTS
        for target in targets:
            place = target if own else target.of_variant(quality.variant)
            around = Around(place.to_index, place.to_json)
            (place.folder / REPORT_FILE).write(page(around), CONTENT_TYPE)
    return len(version.qualities)


def history(ledger: Ledger, version: Version, at_hand: Version | None = None) -> list[Version]:
    """The versions before it, as many as a page shows."""
    first = max(version.number - MOST_VERSIONS, 1)
    known = {} if at_hand is None else {at_hand.number: at_hand}
    return [
        known.get(number) or ledger.read(version.window, number)
        for number in range(first, version.number)
    ]


def recent(ledger: Ledger, length: timedelta, written: Collection[Version] = ()) -> list[Version]:
    """The newest versions of the newest windows of one length, as many as a page shows alone."""
    return newest_versions(ledger, ledger.newest(DETAILED, length), written)
