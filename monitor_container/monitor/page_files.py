"""The edge of the pages: where each lies, and from which versions of the ledger it is made.

It reads a bounded number of versions, however long the history is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
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
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class Target:
    """A folder that a page lies in, and the way up to the endpoint's index, if there is one."""

    folder: Location
    to_index: str = ""

    def of_variant(self, variant: str) -> Target:
        """Where the page of one of several variants lies."""
        up = f"../../{self.to_index}" if self.to_index else ""
        return Target(self.folder / variant_folder(variant), up)


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an endpoint below a folder that has those of all."""

    reports: Location
    endpoint: str
    baseline: Baseline

    def target(self, window: Window) -> Target:
        """Where the page of a window lies."""
        folder = window_folder(self.endpoint, window, window.end - window.start)
        depth = folder.removeprefix(f"{self.endpoint}/").count("/")
        return Target(self.reports / folder, "../" * (depth + 1))

    @property
    def index(self) -> Location:
        """Where the endpoint's own page lies."""
        return self.reports / self.endpoint / INDEX_FILE

    def write_window(self, version: Version, history: Sequence[Version] = ()) -> int:
        """The page of a window, and of each of several variants; their number."""
        return write_window([self.target(version.window)], version, self.baseline, history)

    def write_index(self, versions: Iterable[Version]) -> None:
        """The page of the endpoint, of some versions of its windows."""
        page = trend_page(self.endpoint, versions, self._link)
        self.index.write(page, CONTENT_TYPE)

    def _link(self, row: TrendRow) -> str | None:
        if row.windows > 1:
            return None
        folder = window_folder(self.endpoint, row.span, row.span.end - row.span.start)
        return f"{folder.removeprefix(f'{self.endpoint}/')}/{REPORT_FILE}"


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
            (place.folder / REPORT_FILE).write(page(Around(place.to_index)), CONTENT_TYPE)
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
