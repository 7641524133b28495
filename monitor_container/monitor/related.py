"""Windows -> the files that say anything of them, told from ids: no others need to be read.

What a window comes to depends on its own rows and, from id to id, on those that share one: labels,
repeats of a request, labels of those. Whatever shares none changes none of its numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import ibis
import pyarrow as pa
from ibis import _

from inference_records.configuration import Configuration
from inference_records.partitions import GROUND_TRUTH
from monitor.engine import arrow_table
from monitor.id_rows import CAPTURED, LABELLED, LINES
from monitor.keys import window_of
from monitor.known import Known
from monitor.listing import dataset_of, within_reach
from monitor.windows import Window

_HOUR = timedelta(hours=1)
_IDS = "related_ids"


@dataclass(frozen=True, slots=True)
class Related:
    """Numbers of files, and the captured lines of all windows in reach by the window's number."""

    files: frozenset[int]
    traffic: Mapping[int, int]


def related(
    known: Known, windows: Collection[Window], configuration: Configuration, period: timedelta
) -> Related:
    """What is to be read to judge some windows; they are numbered from the first one's start."""
    span = Window(min(windows).start, max(windows).end)
    reached = _within(known, span, configuration)
    numbers = sorted((window.start - span.start) // period for window in windows)
    inside = reached.filter(window_of(_.time, span, period).isin(numbers))
    ids = _closed(known, reached, inside.filter(_.id.notnull()).select("id").distinct())
    files = inside.select("file").union(reached.semi_join(ids, "id").select("file"), distinct=True)
    lines = reached.filter(_.kind.isin(LINES))
    traffic = lines.group_by(window=window_of(_.time, span, period)).aggregate(n=_.count())
    return Related(
        frozenset(files.to_pyarrow()["file"].to_pylist()),
        {row["window"]: row["n"] for row in traffic.to_pyarrow().to_pylist()},
    )


def _within(known: Known, span: Window, configuration: Configuration) -> ibis.Table:
    """The rows of files that a run over the span would read."""
    since, until = within_reach(span, configuration)
    labels_since = span.start - configuration.label_lookback_hours * _HOUR
    numbers = []
    for key, number in known.numbers.items():
        hour = known.listing.hours[key]
        if dataset_of(key) == GROUND_TRUTH:
            is_reached = labels_since - _HOUR < hour
        else:
            is_reached = since - _HOUR < hour < until
        if is_reached:
            numbers.append(number)
    if len(numbers) == len(known.numbers):
        return known.rows
    files = arrow_table(known.engine, "files", pa.table({"file": pa.array(numbers, pa.int32())}))
    return known.rows.semi_join(files, "file")


def _closed(known: Known, reached: ibis.Table, ids: ibis.Table) -> ibis.Table:
    """Ids, and those of all requests that have one of them, and so on."""
    captured = reached.filter(_.kind.isin(CAPTURED))
    have = ids.to_pyarrow()
    while True:
        ids = arrow_table(known.engine, _IDS, have)
        lines = captured.semi_join(ids, "id").select("file", "line").distinct()
        own = captured.semi_join(lines, ["file", "line"]).select("id")
        more = own.union(ids, distinct=True).to_pyarrow()
        if more.num_rows == have.num_rows:
            return ids
        have = more


def apart(
    known: Known, windows: Collection[Window], configuration: Configuration, period: timedelta
) -> set[Window]:
    """Windows that share ids with what a run over them alone would not read.

    Judged with others that reach further, they could come to something else.
    """
    span = Window(min(windows).start, max(windows).end)
    numbers = {(window.start - span.start) // period: window for window in windows}
    rows = known.rows.filter(_.id.notnull())
    inside = rows.mutate(window=window_of(_.time, span, period))
    inside = inside.filter(_.window.isin(sorted(numbers)))
    # Older labels matter to requests of a window, but not to those that others speak of in it.
    asked = _.kind.isin(CAPTURED).max()
    inside = inside.group_by("window", "id").aggregate(is_captured=asked)
    files = arrow_table(known.engine, "hours", _hours(known, span.start))
    before = max(configuration.label_horizon_hours, configuration.correction_hours)
    seconds = int(period.total_seconds())
    met = inside.inner_join(rows, "id").inner_join(files, "file")
    since_start = _.hour - _.window * seconds
    is_beyond = ibis.ifelse(
        _.kind.isin(LABELLED),
        _.is_captured & (since_start <= -_seconds(configuration.label_lookback_hours + 1)),
        (since_start <= -_seconds(before + 1))
        | (since_start >= seconds + _seconds(configuration.label_horizon_hours)),
    )
    found = met.filter(is_beyond).select("window").distinct().to_pyarrow()["window"].to_pylist()
    return {numbers[number] for number in found}


def _hours(known: Known, start: datetime) -> pa.Table:
    """The hour of each file, in seconds since a time."""
    hours = [
        int((known.listing.hours[entry.key] - start).total_seconds()) for entry in known.entries
    ]
    return pa.table(
        {"file": pa.array(range(len(hours)), pa.int32()), "hour": pa.array(hours, pa.int64())}
    )


def _seconds(hours: int) -> int:
    return hours * 3600
