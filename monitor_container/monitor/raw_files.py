"""Raw capture and label files -> prepared ones in a temporary folder, as the functions do it."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from inference_records import partitions
from inference_records.configuration import Configuration
from inference_records.rejections import UnreadableObject
from inference_records.split import Source, Split, split_capture, split_ground_truth
from monitor.ingest import Prepared
from monitor.locations import File, Location
from monitor.windows import Window

_HOUR = timedelta(hours=1)
# Nobody reads hashed features of files that are gone when the run ends.
_PASSING_KEY = secrets.token_bytes(32)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read."""

    path: str
    message: str
    """For whoever has the file: it may quote it."""
    reason: str
    """For logs: it quotes nothing."""


@dataclass(slots=True)
class Intake:
    """What was set aside while raw files were prepared."""

    files: int = 0
    records: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: list[Unreadable] = field(default_factory=list)
    endpoints: tuple[str, ...] = ()
    """All that something was captured of, also those that were left out."""

    def count(self, split: Split) -> None:
        """Add what one file became."""
        self.files += 1
        self.records += split.records
        self.rejected += split.records_rejected
        self.reasons.update(split.reasons)


@dataclass(frozen=True, slots=True)
class RawFile:
    """One file that is to be split; `endpoint` is set for labels, a capture's key tells its own."""

    location: Location
    file: File
    endpoint: str | None = None


def prepare(
    capture: Location,
    ground_truth: Location | None,
    configuration: Configuration,
    resources: ExitStack,
    only: str | None = None,
    progress: Callable[[list[RawFile]], Iterable[RawFile]] = iter,
    window: Window | None = None,
) -> tuple[Prepared, Intake]:
    """Split the raw files of all endpoints or of only one; `resources` remove them in the end.

    Where a window is given, files whose keys tell that they are of another time are left out.
    """
    folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="prepared-")))
    endpoints, found = _raw_files(capture, ground_truth, only)
    intake = Intake(endpoints=tuple(sorted(endpoints)))
    lookback = timedelta(hours=configuration.label_lookback_hours)
    wanted = [raw for raw in found if window is None or _may_matter(raw, window, lookback)]
    for raw in progress(wanted):
        try:
            with _split(raw, configuration) as split:
                intake.count(split)
                _write(folder, split, raw.file.changed_at)
        except UnreadableObject as error:
            intake.unreadable.append(Unreadable(raw.file.path, str(error), error.reason))
    prepared = Location.of(str(folder))
    # S3 tells when an object came; a file on a disk may have been copied at any time.
    arrivals = ground_truth is not None and not ground_truth.is_local
    return Prepared(prepared, arrivals, left_others_out=len(endpoints) > 1), intake


def _raw_files(
    capture: Location, ground_truth: Location | None, only: str | None
) -> tuple[set[str], list[RawFile]]:
    """All endpoints, and the files of one or all of them.

    Labels below a folder named like an endpoint are that endpoint's, others anyone's.
    """
    endpoints, found = set(), []
    for file in capture.files():
        where = partitions.parse_capture_key(file.path)
        if where is not None:
            endpoints.add(where.endpoint)
        if only is None or where is None or where.endpoint == only:
            found.append(RawFile(capture, file))
    if ground_truth is None:
        return endpoints, found
    for file in ground_truth.files():
        first = file.key.split("/")[0]
        endpoint = first if first in endpoints else partitions.SHARED_ENDPOINT
        if only is None or endpoint in (only, partitions.SHARED_ENDPOINT):
            found.append(RawFile(ground_truth, file, endpoint))
    return endpoints, found


def _may_matter(raw: RawFile, window: Window, lookback: timedelta) -> bool:
    """Whether a file may hold requests of a window, or labels that came in time for them."""
    if raw.endpoint is not None:
        hour = partitions.dated_hour(raw.file.key)
        return hour is None or hour + _HOUR > window.start - lookback
    where = partitions.parse_capture_key(raw.file.path)
    return where is None or window.start - 2 * _HOUR < where.hour < window.end + _HOUR


def _split(raw: RawFile, configuration: Configuration) -> Split:
    with raw.location.open(raw.file) as stream:
        if raw.endpoint is None:
            source = Source(raw.file.path, raw.file.changed_at, stream)
            return split_capture(source, configuration, _PASSING_KEY)
        source = Source(raw.file.key, raw.file.changed_at, stream)
        return split_ground_truth(source, raw.endpoint, configuration)


def _write(folder: Path, split: Split, changed_at: datetime) -> None:
    """They are as old as their source, so that a window is found again as of a time."""
    for key, body in (split.prepared | split.set_aside).items():
        target = folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as sink:
            shutil.copyfileobj(body, sink)
        os.utime(target, (changed_at.timestamp(), changed_at.timestamp()))
