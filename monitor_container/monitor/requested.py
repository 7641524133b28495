"""What a run is asked for: a range of windows of one endpoint, and the tables that it reads."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ibis
from ibis import _
from pyarrow.fs import LocalFileSystem

from inference_records.configuration import Configuration
from inference_records.partitions import GROUND_TRUTH, PREDICTIONS, SET_ASIDE
from monitor.baseline import Baseline
from monitor.engine import (
    Connect,
    Engine,
    connect,
    labels_table,
    predictions_table,
    set_aside_table,
)
from monitor.ingest import Prepared
from monitor.listing import within_reach
from monitor.locations import File
from monitor.sources import Sources
from monitor.windows import BadTime, Window, covering

_MOST_WINDOWS = 10_000
"""A wrong year must not write a report for every hour since."""


class NothingCaptured(ValueError):
    """There is no prediction at all, and no range was given to report that for."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What is to be judged, with what; metrics of the user's own came with the baseline."""

    prepared: Prepared
    endpoint: str
    period: timedelta
    as_of: datetime
    """When the files were looked at: a window is final or not at a time."""
    start: datetime | None = None
    end: datetime | None = None
    configuration: Configuration = field(default_factory=Configuration)
    baseline: Baseline = field(default_factory=Baseline)
    only: Collection[Window] | None = None
    """Those windows of the range that are to be judged; None: all."""
    was_final: Collection[tuple[str, Window]] = frozenset()
    """Variants and windows that were final before."""
    connect: Connect = connect
    """To the engine that computes it."""
    each_alone: bool = False
    """Whether nothing may depend on which windows are judged together, as a ledger wants it."""
    in_place: bool = False
    """Whether files are read where they lie: a cluster's machines have no copies of them."""
    sources: Sources | None = None
    """The files that matter, where that is known; None: all within reach."""


def predictions(engine: Engine, request: RunRequest) -> ibis.Table:
    """Those of the windows, and others that may say something of them."""
    if request.sources is not None:
        return _of_sources(engine, request.sources, PREDICTIONS, predictions_table)
    since, until = _within_reach(request)
    paths = request.prepared.predictions(request.endpoint, since, until)
    return predictions_table(engine, paths, request.prepared.location.filesystem)


def _within_reach(request: RunRequest) -> tuple[datetime | None, datetime | None]:
    start, end = request.start or request.end, request.end or request.start
    if start is None or end is None:
        return None, None
    since, until = within_reach(Window(start, end), request.configuration)
    return since if request.start is not None else None, until if request.end is not None else None


def labels(engine: Engine, request: RunRequest, span: Window) -> ibis.Table:
    """The labels that may be of the windows' requests."""
    if request.sources is not None:
        return _of_sources(engine, request.sources, GROUND_TRUTH, labels_table)
    lookback = timedelta(hours=request.configuration.label_lookback_hours)
    paths = request.prepared.labels(request.endpoint, span.start - lookback)
    return labels_table(engine, paths, request.prepared.location.filesystem)


def set_aside(engine: Engine, request: RunRequest) -> ibis.Table:
    """What of the same range could not be read."""
    if request.sources is not None:
        return _of_sources(engine, request.sources, SET_ASIDE, set_aside_table)
    paths = request.prepared.set_aside(request.endpoint, *_within_reach(request))
    return set_aside_table(engine, paths, request.prepared.location.filesystem)


def files_of(request: RunRequest, span: Window) -> dict[str, list[File]]:
    """The files that the tables of a run over a span are made of, where nothing is left out."""
    prepared, endpoint = request.prepared, request.endpoint
    since, until = _within_reach(request)
    lookback = timedelta(hours=request.configuration.label_lookback_hours)
    return {
        PREDICTIONS: prepared.prediction_files(endpoint, since, until),
        GROUND_TRUTH: prepared.label_files(endpoint, span.start - lookback),
        SET_ASIDE: prepared.set_aside_files(endpoint, since, until),
    }


def _of_sources(
    engine: Engine, sources: Sources, dataset: str, table: Callable[..., ibis.Table]
) -> ibis.Table:
    near, far = sources.near[dataset], sources.far[dataset]
    if not far:
        return table(engine, near, LocalFileSystem())
    there = table(engine, far, sources.filesystem, f"far_{table.__name__}")
    return there.union(table(engine, near, LocalFileSystem())) if near else there


def span_of(predictions: ibis.Table, request: RunRequest) -> Window:
    """The range that is asked for, or in which something was captured."""
    if request.start is not None and request.end is not None:
        span = ordered(Window(request.start, request.end))
        if (count := -(-(span.end - span.start) // request.period)) > _MOST_WINDOWS:
            raise BadTime(f"{span} has {count:,} windows; give a shorter range or a longer period")
        return span
    times = predictions.aggregate(first=_.inference_time.min(), last=_.inference_time.max())
    first, last = times.to_pyarrow().to_pylist()[0].values()
    if first is None:
        raise NothingCaptured(
            f"no request to endpoint {request.endpoint} was captured; "
            "give --start and --end to have an empty window reported"
        )
    found = covering(first, last, request.period)
    return ordered(Window(request.start or found.start, request.end or found.end))


def ordered(span: Window) -> Window:
    """The same range; raises `BadTime` where it is none."""
    if span.start >= span.end:
        raise BadTime(f"the range {span} ends before it begins")
    return span
