"""Names of a ledger's files, and which there are: a range of days is listed in one go. The edge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from inference_records import partitions
from monitor import objects
from monitor.locations import Location
from monitor.windows import Window

_NAME = re.compile(r"(\d{8}T\d{6})Z-(\d+)s-v(\d{6})\.parquet$")
_TIME = "%Y%m%dT%H%M%S"
_DAY = timedelta(days=1)


def file_of(folder: Location, window: Window, number: int) -> Location:
    """Where a version of a window lies."""
    start = window.start.astimezone(UTC)
    seconds = int((window.end - window.start).total_seconds())
    name = f"{start.strftime(_TIME)}Z-{seconds}s-v{number:06}.parquet"
    return folder / partitions.date_folder(start) / name


def listed(folder: Location, since: datetime, until: datetime) -> Iterator[tuple[Window, int]]:
    """Window and number of each version that begins in a half-open range."""
    days = partitions.date_folder(since), partitions.date_folder(until)
    for window, number in _of_days(folder, *days):
        if since <= window.start < until:
            yield window, number


def newest(folder: Location, most: int, length: timedelta) -> dict[Window, int]:
    """The newest windows of one length, and their newest versions; days are listed backwards.

    Of quiet endpoints no more days than windows that are asked for.
    """
    names = folder.folders()[-most:]
    days = -(-most * length // _DAY) + 1
    found: dict[Window, int] = {}
    while names and len(found) < most:
        some, names = names[-days:], names[:-days]
        for window, number in _of_days(folder, some[0], some[-1]):
            if window.end - window.start == length:
                found[window] = max(number, found.get(window, 0))
        days = max(days, len(found), 1)
    return {window: found[window] for window in sorted(found)[-most:]}


def _of_days(folder: Location, first: str, last: str) -> Iterator[tuple[Window, int]]:
    for key in _keys(folder, first, last):
        if (found := _NAME.search(key)) is not None:
            start = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
            yield Window(start, start + timedelta(seconds=int(found[2]))), int(found[3])


def _keys(folder: Location, first: str, last: str) -> Iterator[str]:
    """Keys of the files in those folders whose names lie in a range."""
    if folder.is_local:
        for name in folder.folders():
            if first <= name <= last:
                yield from (file.key for file in (folder / name).files())
        return
    bucket, _, prefix = folder.path.partition("/")
    for item in objects.stored(bucket, f"{prefix}/", after=f"{prefix}/{first}"):
        key = item.key.removeprefix(f"{prefix}/")
        if key.partition("/")[0] > last:
            return
        yield key
