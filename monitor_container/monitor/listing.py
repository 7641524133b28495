"""The files of an endpoint as they were at one time: listed once, and read from that."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inference_records import partitions
from inference_records.configuration import Configuration
from monitor.ingest import Prepared
from monitor.locations import File, Location
from monitor.windows import Window

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Listing:
    """Files by dataset; keys are below the prepared location, versions are ETags."""

    location: Location
    since: datetime
    files: dict[str, tuple[File, ...]]
    versions: dict[str, str]
    hours: dict[str, datetime] = field(default_factory=dict)
    """By key the hour of its folder: told once, for thousands of files."""

    @property
    def every(self) -> tuple[File, ...]:
        """The files of all datasets."""
        return tuple(file for some in self.files.values() for file in some)

    def key(self, file: File) -> str:
        """A file's key below the prepared location."""
        return file.path.removeprefix(self.location.path).lstrip("/")

    def by_day(self) -> dict[str, list[File]]:
        """The files by the day (`date=…`) of their folder, in order."""
        found: dict[str, list[File]] = {}
        for file in self.every:
            day = partitions.date_folder(self.hours[self.key(file)])
            found.setdefault(day, []).append(file)
        return dict(sorted(found.items()))

    def would_have(self, key: str) -> bool:
        """Whether a file of that key would be listed, if it were there."""
        return key in self.versions or _hour_of(key) >= self.since

    def predictions(self, keys: Collection[str] | None = None) -> list[str]:
        """Paths of the predictions, or of those with some keys."""
        return self._paths(partitions.PREDICTIONS, keys)

    def labels(self, keys: Collection[str] | None = None) -> list[str]:
        """Paths of the labels, or of those with some keys."""
        return self._paths(partitions.GROUND_TRUTH, keys)

    def set_aside(self, keys: Collection[str] | None = None) -> list[str]:
        """Paths of what was set aside, or of that with some keys."""
        return self._paths(partitions.SET_ASIDE, keys)

    def _paths(self, dataset: str, keys: Collection[str] | None) -> list[str]:
        found = self.files[dataset]
        return [file.path for file in found if keys is None or self.key(file) in keys]


def within_reach(window: Window, configuration: Configuration) -> tuple[datetime, datetime]:
    """The range of requests that may say something of a window: repeats, and whose labels."""
    before = max(configuration.label_horizon_hours, configuration.correction_hours)
    after = configuration.label_horizon_hours
    return window.start - before * _HOUR, window.end + after * _HOUR


def listing(
    prepared: Prepared, endpoint: str, span: Window, configuration: Configuration
) -> Listing:
    """All files that may say something of the windows of a span."""
    since, until = within_reach(span, configuration)
    early = span.start - configuration.label_lookback_hours * _HOUR
    since = partitions.floor_hour(min(since, early))
    files = {
        partitions.PREDICTIONS: tuple(prepared.prediction_files(endpoint, since, until)),
        partitions.SET_ASIDE: tuple(prepared.set_aside_files(endpoint, since, until)),
        partitions.GROUND_TRUTH: tuple(prepared.label_files(endpoint, since)),
    }
    found = Listing(prepared.location, since, files, {})
    for file in found.every:
        key = found.key(file)
        found.versions[key] = prepared.location.etag(file)
        found.hours[key] = _hour_of(key)
    return found


def dataset_of(key: str) -> str:
    """The dataset that a key belongs to."""
    return key.partition("/")[0]


def _hour_of(key: str) -> datetime:
    hour = partitions.partition_hour(key)
    if hour is None:
        raise ValueError(f"{key} is no key of a prepared file")
    return hour


def frozen(prepared: Prepared, found: Listing) -> Prepared:
    """The same files to whoever asks, whatever comes meanwhile."""
    return replace(prepared, frozen=found.every)
