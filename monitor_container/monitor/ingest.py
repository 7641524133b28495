"""Where prepared records lie: the Parquet files of one endpoint in a range of hours.

Only the days of the range are listed: after a year a run costs what it did on the first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from inference_records import partitions
from monitor.locations import File, Location

_HOUR = timedelta(hours=1)
_LISTERS = 16
_FIRST = datetime.min.replace(tzinfo=UTC) + _HOUR
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Prepared:
    """Parquet files by endpoint and hour, below one location: predictions, labels, set aside."""

    location: Location
    keeps_arrivals: bool = True
    """Whether a label's hour is when it came; of raw files on a disk it may be any time."""
    frozen: tuple[File, ...] | None = None
    """All files, as they were listed once; None: they are listed whenever they are asked for."""
    left_others_out: bool = False
    """Whether there are other endpoints, of which nothing was prepared."""

    def endpoints(self) -> list[str]:
        """The endpoints that have predictions."""
        names = (self.location / partitions.PREDICTIONS).folders()
        return [name.removeprefix("endpoint=") for name in names]

    def shares_labels(self) -> bool:
        """Whether a label that names no endpoint may be another endpoint's."""
        return self.left_others_out or len(self.endpoints()) > 1

    def predictions(
        self, endpoint: str, since: datetime | None, until: datetime | None
    ) -> list[str]:
        """Paths of the files with predictions of a range of inference time."""
        return [file.path for file in self.prediction_files(endpoint, since, until)]

    def prediction_files(
        self, endpoint: str, since: datetime | None, until: datetime | None
    ) -> list[File]:
        """The files with predictions of a range of inference time."""
        return list(self._files(f"{partitions.PREDICTIONS}/endpoint={endpoint}", since, until))

    def set_aside(self, endpoint: str, since: datetime | None, until: datetime | None) -> list[str]:
        """Paths of the files that tell what of a range of inference time could not be read."""
        return [file.path for file in self.set_aside_files(endpoint, since, until)]

    def set_aside_files(
        self, endpoint: str, since: datetime | None, until: datetime | None
    ) -> list[File]:
        """The files that tell what of a range of inference time could not be read."""
        return list(self._files(f"{partitions.SET_ASIDE}/endpoint={endpoint}", since, until))

    def labels(self, endpoint: str, since: datetime | None) -> list[str]:
        """Paths of the files with labels for an endpoint, its own and those that name none."""
        return [file.path for file in self.label_files(endpoint, since)]

    def label_files(self, endpoint: str, since: datetime | None) -> list[File]:
        """The files with labels for an endpoint, its own and those that name none."""
        since = since if self.keeps_arrivals else None
        return [
            file
            for name in (endpoint, partitions.SHARED_ENDPOINT)
            for file in self._files(f"{partitions.GROUND_TRUTH}/endpoint={name}", since, None)
        ]

    def _files(self, folder: str, since: datetime | None, until: datetime | None) -> Iterator[File]:
        after, before = (since or _FIRST) - _HOUR, until or _LAST
        for file in self._listed(self.location / folder, after, before):
            hour = partitions.partition_hour(file.path)
            if hour is not None and after < hour < before and file.path.endswith(".parquet"):
                yield file

    def _listed(self, folder: Location, after: datetime, before: datetime) -> Iterator[File]:
        """Files below a folder, at least those of the days of a range."""
        if self.frozen is not None:
            yield from (file for file in self.frozen if file.path.startswith(f"{folder.path}/"))
            return
        days = partitions.date_folder(after), partitions.date_folder(before)
        with ThreadPoolExecutor(_LISTERS) as listers:
            for found in listers.map(lambda day: list(day.files()), _days(folder, *days)):
                yield from found


def _days(folder: Location, first: str, last: str) -> Iterator[Location]:
    """The `date=` folders of a range, which may lie below folders of variants."""
    for name in folder.folders():
        if not name.startswith("date="):
            yield from _days(folder / name, first, last)
        elif first <= name <= last:
            yield folder / name
