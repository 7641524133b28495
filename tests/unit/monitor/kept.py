"""An endpoint's files on a disk, and a ledger as runs leave it: of files that nobody reads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from inference_records import partitions
from inference_records.configuration import Configuration
from monitor.constraints import Status
from monitor.ingest import Prepared
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.listing import listing
from monitor.locations import Location
from monitor.novelty import documents_digest
from monitor.places import Places, WindowRun
from monitor.progress import done, plan_of, planned
from monitor.windows import Window

from .rows import HOUR, NINE
from .told import verdict

ENDPOINT = "churn"


def version(window: Window, number: int = 1, as_of: datetime = NINE) -> Version:
    """A version of a window of which nothing else matters."""
    return Version(number, as_of, f"the {number}.", (verdict(Status.OK, window, endpoint="churn"),))


@dataclass
class Kept:
    """Below a folder, as they lie in the stack's bucket."""

    root: Path

    @property
    def places(self) -> Places:
        return Places(str(self.root), "prepared/", "reports/", "monitors/", "ledger/", "derived/")

    @property
    def ledger(self) -> Ledger:
        return Ledger(Location.of(self.places.ledger), ENDPOINT)

    def write(self, path: str, at: datetime, body: str = "{}") -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(body)
        os.utime(target, (at.timestamp(), at.timestamp()))
        return target

    def predictions(self, hours: int, body: str = "a", name: str = "a") -> Path:
        """A file of the hour that is so many after nine."""
        start = NINE + hours * HOUR
        folder = f"prepared/{partitions.PREDICTIONS}/endpoint={ENDPOINT}/variant=blue"
        path = f"{folder}/{partitions.date_folder(start)}/hour={start:%H}/{name}.parquet"
        return self.write(path, start + HOUR, body)

    def labels(self, at: datetime) -> Path:
        """A file of labels that arrived then."""
        folder = f"prepared/{partitions.GROUND_TRUTH}/endpoint={ENDPOINT}"
        path = f"{folder}/{partitions.date_folder(at)}/hour={at:%H}/{at:%M}.parquet"
        return self.write(path, at)

    def document(self, name: str, body: str = "{}") -> Path:
        return self.write(f"monitors/{ENDPOINT}/{name}", NINE - 24 * HOUR, body)

    def caught_up(
        self,
        run: WindowRun,
        provisional: dict[Window, datetime] | None = None,
        left: tuple[Window, ...] = (),
        touched: tuple[Window, ...] = (),
    ) -> None:
        """What a run over a range leaves: all files looked at, the newest window judged."""
        ledger, newest = self.ledger, run.newest
        number = ledger.numbers([newest]).get(newest, 0) + 1
        ledger.append(version(newest, number))
        found = listing(
            Prepared(Location.of(self.places.prepared)), ENDPOINT, run.window, Configuration()
        )
        documents = documents_digest(self.places.monitor(ENDPOINT))
        windows = {newest, *left, *touched}
        began = ledger.progress().plans
        progress = ledger.update(
            lambda known: planned(known, found.versions, windows, began, newest.start, documents)
        )
        ours = plan_of(progress, began, newest.end)
        judged = windows - set(left)
        ledger.update(lambda known: done(known, judged, provisional or {}, ours))


def range_to(newest: Window, hours: int = 336) -> WindowRun:
    """The run that brings so many hours up to date, the newest of which is a window."""
    length: timedelta = newest.end - newest.start
    return WindowRun(ENDPOINT, Window(newest.end - hours * HOUR, newest.end), length)
