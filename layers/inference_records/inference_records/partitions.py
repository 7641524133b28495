"""Where things live in the bucket: key <-> (dataset, endpoint, variant, hour).

The only place that knows the key layout; a key is a function of its source, so that an object
delivered twice overwrites its own result.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

PREDICTIONS = "predictions"
GROUND_TRUTH = "ground-truth"
SET_ASIDE = "set-aside"
SHARED_ENDPOINT = "_shared"
"""Stands for the endpoint of ground truth whose key names none; no endpoint can be called so."""

_HOUR_FOLDERS = r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<hour>\d{1,2})"
_CAPTURE_KEY = re.compile(rf"(?:^|/)(?P<endpoint>[^/]+)/(?P<variant>[^/]+)/{_HOUR_FOLDERS}/[^/]+$")
_FILE_TIME = re.compile(r"/(?P<minute>[0-5]\d)-(?P<second>[0-5]\d)-\d{3}-[^/]*$")
_DATED_KEY = re.compile(rf"(?:^|/){_HOUR_FOLDERS}(?:/|$)")
_ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_PARTITION = re.compile(r"(?:^|/)date=(\d{4})-(\d{2})-(\d{2})/hour=(\d{2})/")


@dataclass(frozen=True, slots=True)
class CaptureKey:
    """What the key of a captured object says about the requests in it."""

    endpoint: str
    variant: str
    hour: datetime


@dataclass(frozen=True, slots=True)
class Partition:
    """One hour (UTC) of one dataset of one endpoint; ground truth has no variant."""

    dataset: str
    endpoint: str
    variant: str | None
    hour: datetime

    @property
    def prefix(self) -> str:
        """Hive-style folders below the prepared prefix, with a slash at the end."""
        variant = f"variant={self.variant}/" if self.variant is not None else ""
        return (
            f"{self.dataset}/endpoint={self.endpoint}/{variant}"
            f"{date_folder(self.hour)}/hour={self.hour:%H}/"
        )


def parse_capture_key(key: str) -> CaptureKey | None:
    """Endpoint, variant and hour of `…/ENDPOINT/VARIANT/yyyy/mm/dd/hh/FILE`, else None."""
    match = _CAPTURE_KEY.search(key)
    if match is None:
        return None
    hour = _hour(match)
    return None if hour is None else CaptureKey(match["endpoint"], match["variant"], hour)


def captured_at(key: str, hour: datetime) -> datetime:
    """When a file was captured: SageMaker calls it `MM-SS-mmm-UUID.jsonl`; else its hour."""
    match = _FILE_TIME.search(key)
    if match is None:
        return hour
    return hour.replace(minute=int(match["minute"]), second=int(match["second"]))


def ground_truth_endpoint(key: str, prefix: str) -> str:
    """The endpoint named by `PREFIX[ENDPOINT/]yyyy/mm/dd/hh/FILE`, or `SHARED_ENDPOINT`."""
    first, *rest = key.removeprefix(prefix).lstrip("/").split("/")
    is_year = first.isdigit()  # also of a day's folder, or a month's, which has no hour
    if not rest or is_year or not _ENDPOINT_NAME.fullmatch(first):
        return SHARED_ENDPOINT
    return first


def dated_hour(key: str) -> datetime | None:
    """The hour (UTC) in a key's `yyyy/mm/dd/hh` folders, zero padded or not."""
    match = _DATED_KEY.search(key)
    return None if match is None else _hour(match)


def prepared_name(source_key: str) -> str:
    """The file name of what is made from one object: its own stem and a digest of its key."""
    stem = re.sub(r"(\.jsonl?|\.csv|\.parquet|\.gz|\.ndjson)+$", "", source_key.rsplit("/", 1)[-1])
    safe = re.sub(r"[^A-Za-z0-9_.-]", "_", stem)[:100] or "object"
    return f"{safe}-{hashlib.sha256(source_key.encode()).hexdigest()[:12]}.parquet"


def rejected_key(source_key: str) -> str:
    """Where the rejected lines of one source object are written, below the rejected prefix."""
    return f"{source_key}.jsonl"


def configuration_key(endpoint: str) -> str:
    """Where the configuration of one endpoint lies, below the monitors prefix."""
    return f"{endpoint}/monitor.json"


def partition_hour(key: str) -> datetime | None:
    """The hour (UTC) of a prepared object's partition; None if the key is not a prepared one."""
    return _hour_of_folder(key.rpartition("/")[0])


@lru_cache(maxsize=4096)
def _hour_of_folder(folder: str) -> datetime | None:
    """Once for the many files of an hour."""
    match = _PARTITION.search(f"{folder}/")
    if match is None:
        return None
    year, month, day, hour = (int(part) for part in match.groups())
    return datetime(year, month, day, hour, tzinfo=UTC)


def floor_hour(time: datetime) -> datetime:
    """The full hour (UTC) that a time lies in."""
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def date_folder(time: datetime) -> str:
    """The `date=…` folder that a time lies in; folders sort as days do."""
    return f"date={time.astimezone(UTC).date().isoformat()}"


def _hour(match: re.Match[str]) -> datetime | None:
    try:
        year, month, day, hour = (int(match[name]) for name in ("year", "month", "day", "hour"))
        return datetime(year, month, day, hour, tzinfo=UTC)
    except ValueError:  # 2026/13/45/99 looks like a date and is none
        return None
