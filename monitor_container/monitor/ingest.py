"""Prepared Parquet, or raw files that are prepared on the way -> the tables of one endpoint."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from inference_records import partitions
from inference_records.configuration import Configuration
from inference_records.partitions import parse_capture_key
from inference_records.rejections import UnreadableObject
from inference_records.split import Source, Split, split_capture, split_ground_truth
from monitor.locations import File, Location
from monitor.windows import Window

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Intake:
    """What was set aside while raw files were prepared."""

    files: int = 0
    records: int = 0
    rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)

    def count(self, split: Split) -> None:
        """Add what one file became."""
        self.files += 1
        self.records += split.records
        self.rejected += split.records_rejected
        self.reasons.update(split.reasons)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Parquet files of predictions and of labels, by endpoint and hour, below one location."""

    location: Location

    def endpoints(self) -> list[str]:
        """The endpoints that have predictions."""
        folder = self.location / partitions.PREDICTIONS
        names = {file.key.split("/")[0].removeprefix("endpoint=") for file in folder.files()}
        return sorted(names)

    def predictions(
        self, endpoint: str, since: datetime | None, until: datetime | None
    ) -> list[str]:
        """Paths of the files with predictions of a range of inference time."""
        return self._paths(f"{partitions.PREDICTIONS}/endpoint={endpoint}", since, until)

    def labels(self, endpoint: str, since: datetime | None) -> list[str]:
        """Paths of the files with labels for an endpoint, its own and those that name none."""
        folders = (endpoint, partitions.SHARED_ENDPOINT)
        return [
            path
            for name in folders
            for path in self._paths(f"{partitions.GROUND_TRUTH}/endpoint={name}", since, None)
        ]

    def _paths(self, folder: str, since: datetime | None, until: datetime | None) -> list[str]:
        chosen = []
        for file in (self.location / folder).files():
            hour = partitions.partition_hour(file.path)
            if hour is None or not file.path.endswith(".parquet"):
                continue
            if since is not None and hour + timedelta(hours=1) <= since:
                continue
            if until is not None and hour >= until:
                continue
            chosen.append(file.path)
        return chosen


def label_horizon(window: Window, configuration: Configuration) -> datetime:
    """Since when labels are read for a window: clocks differ and labels may come first."""
    return window.start - timedelta(hours=configuration.label_lookback_hours)


def prepare(
    capture: Location,
    ground_truth: Location | None,
    configuration: Configuration,
    resources: ExitStack,
    progress: Callable[[Iterable[tuple[Location, File]]], Iterable[tuple[Location, File]]] = iter,
) -> tuple[Prepared, Intake]:
    """Split raw files, exactly as the functions do, into a temporary folder."""
    folder = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="prepared-")))
    intake = Intake()
    work = [
        (location, file)
        for location in (capture, ground_truth)
        if location
        for file in location.files()
    ]
    endpoints = {where.endpoint for _, file in work if (where := parse_capture_key(file.path))}

    def split(location: Location, file: File, stream: IO[bytes]) -> Split:
        if location is capture:
            return split_capture(Source(file.path, file.changed_at, stream), configuration)
        first = file.key.split("/")[0]
        endpoint = first if first in endpoints else partitions.SHARED_ENDPOINT
        return split_ground_truth(
            Source(file.key, file.changed_at, stream), endpoint, configuration
        )

    for location, file in progress(work):
        try:
            with location.open(file) as stream, split(location, file, stream) as made:
                intake.count(made)
                _write(folder, made)
        except UnreadableObject as error:
            log.warning("%s cannot be read: %s", file.path, error)
            intake.unreadable.append(f"{file.path}: {error}")
    return Prepared(Location.of(str(folder))), intake


def _write(folder: Path, made: Split) -> None:
    for key, body in made.prepared.items():
        target = folder / key
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as sink:
            shutil.copyfileobj(body, sink)
