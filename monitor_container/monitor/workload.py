"""A listing and the windows that are probably due -> how much a run has to read.

Sizes of files tell it: no file is opened, so it is an estimate and not a promise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from inference_records import partitions
from inference_records.configuration import Configuration
from monitor.catching_up import portions
from monitor.listing import Listing, within_reach
from monitor.locations import File
from monitor.progress import Progress
from monitor.sizing import Workload
from monitor.windows import Window, covering

ROW_BYTES = 7
"""Of Parquet for each prediction or label. They have 4 to 11 and more; what has fewer bytes has
fewer distinct scores, and takes less memory, too."""
FILE_BYTES = 4_000
"""Of a file that has hardly any rows: its schema and statistics."""

_LABELS_READ = 2
"""Labels that are read for each record that is judged: its own, and one that shares its file."""

_HOUR = timedelta(hours=1)


def workload(
    files: Listing, windows: Collection[Window], configuration: Configuration, *, indexed: bool
) -> Workload:
    """What judging some windows takes; of those that are judged together the most.

    `indexed`: files that share no id with the windows are not read (`related`).
    """
    predictions = _by_hour(files.files[partitions.PREDICTIONS])
    labels = _by_hour(files.files[partitions.GROUND_TRUTH])
    lookback = configuration.label_lookback_hours * _HOUR
    judged, read = 0, 0
    for portion in portions(sorted(windows)):
        own = _judged(portion, predictions)
        judged = max(judged, own)
        whole = Window(portion[0].start, portion[-1].end)
        since, until = within_reach(whole, configuration)
        asked = sum(count for hour, count in predictions.items() if since - _HOUR < hour < until)
        told = sum(count for hour, count in labels.items() if whole.start - lookback <= hour)
        if indexed:
            asked, told = own, min(told, _LABELS_READ * own)
        read = max(read, asked + told)
    return Workload(
        judged=judged,
        read=read,
        size=sum(file.size for file in files.every),
        files=len(files.every),
    )


def probably_due(
    files: Listing, progress: Progress, newest: Window, now: datetime, again: bool
) -> set[Window]:
    """Windows that a run will find to judge, as far as a listing can tell.

    Which windows new labels speak of stands in the files: it may be any that waits for labels.
    """
    period = newest.end - newest.start
    new = set(progress.new(files.versions))
    hours = {
        hour
        for name in (partitions.PREDICTIONS, partitions.SET_ASIDE)
        for file in files.files[name]
        if files.key(file) in new and (hour := partitions.partition_hour(file.path)) is not None
    }
    labelled = any(files.key(file) in new for file in files.files[partitions.GROUND_TRUTH])
    found = {newest, *progress.due(now), *_windows_of(hours, period)}
    if labelled or again:
        found |= progress.open.keys()
    return {window for window in found if window.end <= newest.end}


def _windows_of(hours: Iterable[datetime], period: timedelta) -> set[Window]:
    found = set()
    for hour in hours:
        whole = covering(hour, hour + _HOUR - timedelta(seconds=1), period)
        count = (whole.end - whole.start) // period
        starts = (whole.start + number * period for number in range(count))
        found |= {Window(start, start + period) for start in starts}
    return found


def _judged(windows: Iterable[Window], by_hour: Mapping[datetime, int]) -> int:
    """Records of the hours that windows lie in; of a part of an hour its share."""
    rows = 0.0
    for window in windows:
        hour = partitions.floor_hour(window.start)
        while hour < window.end:
            inside = min(window.end, hour + _HOUR) - max(window.start, hour)
            rows += by_hour.get(hour, 0) * (inside / _HOUR)
            hour += _HOUR
    return round(rows)


def _by_hour(files: Iterable[File]) -> dict[datetime, int]:
    """Rows of files by the hour of their folder."""
    found: dict[datetime, int] = {}
    for file in files:
        if (hour := partitions.partition_hour(file.path)) is not None:
            found[hour] = found.get(hour, 0) + _rows(file)
    return found


def _rows(file: File) -> int:
    return max(file.size - FILE_BYTES, 0) // ROW_BYTES
