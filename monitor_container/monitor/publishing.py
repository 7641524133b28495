"""Each window that was judged: told, then reported where it belongs."""

from __future__ import annotations

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.baseline import Baseline
from monitor.bookkeeping import alone
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.locations import Location
from monitor.page_files import Pages, Target, history, recent, write_window
from monitor.pages.trend_view import DETAILED
from monitor.places import window_folder
from monitor.publish import publish_window
from monitor.results import WindowResult
from monitor.settings import ContainerSettings
from monitor.telling import Channels, NotTold, tell

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Publishing:
    """Where the reports of a run go, and who is told; what could not be told is kept to be raised.

    One window that cannot be told keeps no other from it.
    """

    settings: ContainerSettings
    baseline: Baseline
    period: timedelta
    run_time: datetime
    wakes_since: datetime | None = None
    """Windows before it wake nobody: they were over before the endpoint was monitored."""
    ledger: Ledger | None = None
    failures: list[str] = field(default_factory=list)
    written: deque[Version] = field(default_factory=lambda: deque(maxlen=DETAILED))
    """Versions of the ledger that this run has at hand, no more than a page shows."""

    def at_once(
        self,
        window: WindowResult,
        version: Version | None = None,
        before: Version | None = None,
    ) -> None:
        """Tell and report; raises `NotTold`."""
        tell(window, self.baseline, self._channels(window), self.run_time)
        self._draw(window, version or alone(window, self.run_time), before)
        folder = Location.of(self._folder(window)[0])
        publish_window(window, folder, self.run_time, self.settings.machine)

    def later(self, window: WindowResult, version: Version, before: Version | None) -> bool:
        """The same, but what could not be told is only noted; whether all was told."""
        self.written.append(version)
        try:
            self.at_once(window, version, before)
        except NotTold as error:
            log.error("%s", error)
            self.failures.append(str(error))
            return False
        return True

    def finish(self) -> None:
        """The endpoint's own page, of the newest windows that its ledger has."""
        if self.ledger is not None and self.settings.reports is not None:
            reports = Location.of(self.settings.reports)
            pages = Pages(reports, self.ledger.endpoint, self.baseline)
            pages.write_index(recent(self.ledger, self.period, self.written))

    def _draw(self, window: WindowResult, version: Version, before: Version | None) -> None:
        """The window's page where the endpoint's own links to it, and beside the documents."""
        past = history(self.ledger, version, before) if self.ledger is not None else ()
        output, report = self._folder(window)
        targets = [Target(Location.of(output))]
        if self.settings.reports is not None:
            reports = Location.of(self.settings.reports)
            own = Pages(reports, window.whole.endpoint, self.baseline).target(window.window)
            targets = [own] if report.rstrip("/") == own.folder.address else [own, *targets]
        write_window(targets, version, self.baseline, past)

    def raise_failures(self) -> None:
        """Raises `NotTold` if anything could not be told."""
        if self.failures:
            raise NotTold("; ".join(self.failures))

    def _channels(self, window: WindowResult) -> Channels:
        settings = self.settings
        wakes = self.wakes_since is None or window.window.start >= self.wakes_since
        return Channels(
            metrics_namespace=settings.metrics_namespace,
            topic_arn=settings.topic_arn if wakes else None,
            verdicts=settings.verdicts,
            report=self._folder(window)[1],
        )

    def _folder(self, window: WindowResult) -> tuple[str, str]:
        """Where to write the reports, and where they lie in the end: the first may be a mount."""
        settings, asked = self.settings, window.window
        # The newest of a range is a job's own output.
        if settings.period is None or asked.end == settings.window.end:
            return settings.output_path, settings.report or settings.output_path
        folder = window_folder(window.whole.endpoint, asked, self.period)
        address = f"{str(settings.reports).rstrip('/')}/{folder}"
        return address, address
