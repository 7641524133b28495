"""Whether an endpoint has anything new, told from listings and the ledger: no record is read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from inference_records.configuration import Configuration
from monitor.ingest import Prepared
from monitor.ledger import Ledger
from monitor.lineage import Input, digest_of_files
from monitor.listing import listing
from monitor.locations import Location
from monitor.places import Places, WindowRun
from monitor.sizing import Workload
from monitor.windows import Window
from monitor.workload import probably_due, workload


@dataclass(frozen=True, slots=True)
class Novelty:
    """What there is to do for the windows of a range, the newest of which is due."""

    is_new: bool
    """Whether any window is to be judged."""
    needs_records: bool
    """Whether records have to be read for that: a quiet window needs none."""
    stamp: str
    """The same as long as nothing was done and baseline and settings are what they were."""
    workload: Workload
    """What the run has to read, as far as a listing tells."""


def novelty(
    places: Places, run: WindowRun, newest: Window, now: datetime, configuration: Configuration
) -> Novelty:
    """What is new to a range of windows of an endpoint."""
    ledger = Ledger(Location.of(places.ledger), run.endpoint)
    progress = ledger.progress()
    prepared = Prepared(Location.of(places.prepared))
    files = listing(prepared, run.endpoint, run.window, configuration)
    documents = documents_digest(places.monitor(run.endpoint))
    number = ledger.numbers([newest]).get(newest, 0)
    due = any(window.end <= newest.end for window in progress.pending)
    again = bool(progress.open) and documents != progress.documents
    needs_records = bool(progress.new(files.versions) or due or progress.overdue(now) or again)
    restated = bool(progress.seen) and documents != progress.documents
    windows = probably_due(files, progress, newest, now, again)
    return Novelty(
        is_new=needs_records or not number or restated,
        needs_records=needs_records or (restated and bool(files.versions)),
        stamp=f"{documents} {number}",
        workload=workload(files, windows, configuration, indexed=True),
    )


def captured(places: Places, run: WindowRun) -> bool:
    """Whether there are records of a window."""
    prepared = Prepared(Location.of(places.prepared))
    return bool(prepared.prediction_files(run.endpoint, run.window.start, run.window.end))


def workload_of(places: Places, run: WindowRun, configuration: Configuration) -> Workload:
    """What a window that is asked for takes."""
    prepared = Prepared(Location.of(places.prepared))
    files = listing(prepared, run.endpoint, run.window, configuration)
    return workload(files, [run.window], configuration, indexed=False)


def documents_digest(folder: str) -> str:
    """One name for an endpoint's baseline and settings, as they lie in their folder."""
    location = Location.of(folder)
    return digest_of_files(Input(file.key, location.etag(file)) for file in location.files())


def attempt(*of: str) -> str:
    """A short name of an attempt at something."""
    return hashlib.sha256("\n".join(of).encode()).hexdigest()[:8]
