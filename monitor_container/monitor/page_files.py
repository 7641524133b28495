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
from monitor.pages.window_page import MOST_VERSIONS, REPORT_FILE, Around, window_page
from monitor.places import variant_folder, window_folder
from monitor.quality import ALL_VARIANTS
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of an endpoint below a folder that has those of all."""

    reports: Location
    endpoint: str
    baseline: Baseline

    def folder(self, window: Window) -> Location:
        """Where the page of a window lies."""
        return self.reports / window_folder(self.endpoint, window, window.end - window.start)

    @property
    def index(self) -> Location:
        """Where the endpoint's own page lies."""
        return self.reports / self.endpoint / INDEX_FILE

    def write_window(self, version: Version, history: Sequence[Version] = ()) -> int:
        """The page of a window, and of each of several variants; their number."""
        return write_window(
            self.folder(version.window), version, self.baseline, history, self._up(version.window)
        )

    def write_index(self, versions: Iterable[Version]) -> None:
        """The page of the endpoint, of some versions of its windows."""
        page = trend_page(self.endpoint, versions, self._link)
        self.index.write(page, CONTENT_TYPE)

    def _up(self, window: Window) -> str:
        folder = window_folder(self.endpoint, window, window.end - window.start)
        return "../" * folder.removeprefix(f"{self.endpoint}/").count("/") + "../"

    def _link(self, row: TrendRow) -> str | None:
        if row.windows > 1:
            return None
        folder = window_folder(self.endpoint, row.span, row.span.end - row.span.start)
        return f"{folder.removeprefix(f'{self.endpoint}/')}/{REPORT_FILE}"


def write_window(
    folder: Location,
    version: Version,
    baseline: Baseline,
    history: Sequence[Version] = (),
    to_index: str = "",
) -> int:
    """The page of a window in a folder, those of several variants below it."""
    several = any(quality.variant == ALL_VARIANTS for quality in version.qualities)
    for quality in version.qualities:
        alone = not several or quality.variant == ALL_VARIANTS
        own = folder if alone else folder / variant_folder(quality.variant)
        up = to_index if alone or not to_index else f"../../{to_index}"
        page = window_page(version, quality, baseline, history, Around(up))
        (own / REPORT_FILE).write(page, CONTENT_TYPE)
    return len(version.qualities)


def history(ledger: Ledger, version: Version) -> list[Version]:
    """The versions before it, as many as a page shows."""
    first = max(version.number - MOST_VERSIONS, 1)
    return [ledger.read(version.window, number) for number in range(first, version.number)]


def recent(ledger: Ledger, length: timedelta, written: Collection[Version] = ()) -> list[Version]:
    """The newest versions of the newest windows of one length, as many as a page shows alone."""
    return newest_versions(ledger, ledger.newest(DETAILED, length), written)
