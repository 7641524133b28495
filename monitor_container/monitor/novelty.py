"""Whether a window has anything new: what it would be judged on, against when it was judged.

Read off the listing of the hours concerned; there is no table to keep.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from monitor.ingest import Prepared
from monitor.locations import File, Location, MissingFile
from monitor.places import Places, WindowRun
from monitor.reports import STATISTICS_FILE
from monitor.windows import BadTime, Window, parse_time

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The files that a window is judged on; documents are the endpoint's baseline and settings."""

    predictions: tuple[File, ...]
    labels: tuple[File, ...] = ()
    documents: tuple[File, ...] = ()

    @property
    def newest(self) -> datetime | None:
        """When the last of them changed."""
        every = (*self.predictions, *self.labels, *self.documents)
        return max((file.changed_at for file in every), default=None)

    def digest(self, *salt: str) -> str:
        """A short name of an attempt under just these documents.

        Labels do not count: where they keep coming, it would be another attempt at each look.
        """
        digest = hashlib.sha256("\n".join(salt).encode())
        for file in sorted(self.documents, key=lambda file: file.path):
            digest.update(f"\n{file.path} {file.size} {file.changed_at.isoformat()}".encode())
        return digest.hexdigest()[:8]


def inputs(places: Places, run: WindowRun, label_lookback: timedelta) -> Inputs:
    """What a window would be judged on now."""
    prepared = Prepared(Location.of(places.prepared))
    window = run.window
    return Inputs(
        tuple(prepared.prediction_files(run.endpoint, window.start, window.end)),
        tuple(prepared.label_files(run.endpoint, window.start - label_lookback)),
        tuple(Location.of(places.monitor(run.endpoint)).files()),
    )


def reported(places: Places, endpoint: str, windows: Iterable[Window]) -> set[Window]:
    """Those of some windows that have a report."""
    wanted = {places.report(endpoint, window): window for window in windows}
    folders = {address.rpartition("/")[0] for address in wanted}
    found = {f"{folder}/{file.key}" for folder in folders for file in Location.of(folder).files()}
    return {w for address, w in wanted.items() if f"{address}/{STATISTICS_FILE}" in found}


def is_known(places: Places, endpoint: str) -> bool:
    """Whether the endpoint has any report, however old."""
    return bool(Location.of(places.reports(endpoint)).folders())


def judged_at(places: Places, run: WindowRun) -> datetime | None:
    """When the run began that wrote the window's report; None where none can be read."""
    location = Location.of(places.report(run.endpoint, run.window)) / STATISTICS_FILE
    try:
        document = orjson.loads(location.read())
        return parse_time(document["dataset"]["evaluation_time"])
    except MissingFile:
        return None
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, BadTime) as error:
        log.warning("%s is no report (%s): its window is judged anew", location.address, error)
        return None


def is_new(found: Inputs, judged: datetime | None) -> bool:
    """Whether the window was never judged, or something changed since; in doubt, yes."""
    if judged is None or found.newest is None:
        return judged is None
    # Reports have whole seconds: what changed within the same one may have been missed.
    return found.newest.replace(microsecond=0) >= judged
