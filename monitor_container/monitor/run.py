"""The monitor, whoever started it: the steps in order, over one span of windows of one endpoint."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import ibis
import pyarrow as pa
from ibis import _
from ibis.backends.duckdb import Backend

from inference_records.configuration import Configuration
from monitor.aggregate import Statistics, aggregate
from monitor.baseline import Baseline
from monitor.engine import connect, labels_table, predictions_table
from monitor.ingest import Prepared
from monitor.interpret import interpret
from monitor.interpretation import Interpretation
from monitor.join import join
from monitor.metrics import registered
from monitor.quality import (
    ALL_VARIANTS,
    DEFAULT_VARIANT,
    NO_HEALTH,
    Health,
    Quality,
    health_by_cell,
    judge,
    pooled,
)
from monitor.windows import BadTime, Window, covering, window_at, windows

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
    start: datetime | None = None
    end: datetime | None = None
    configuration: Configuration = field(default_factory=Configuration)
    baseline: Baseline = field(default_factory=Baseline)


@dataclass(frozen=True, slots=True)
class WindowResult:
    """One window: each variant judged by itself, and of several also what they are together."""

    window: Window
    variants: tuple[Quality, ...]
    together: Quality | None = None

    @property
    def whole(self) -> Quality:
        """The endpoint: its only variant, or all of them together."""
        return self.together or self.variants[0]


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run found, window by window."""

    windows: list[WindowResult] = field(default_factory=list)

    @property
    def qualities(self) -> list[Quality]:
        """Every window of every variant, variant by variant."""
        every = [quality for window in self.windows for quality in window.variants]
        return sorted(every, key=lambda item: (item.endpoint, item.variant, item.window))


def run(request: RunRequest, tell: Callable[[str], None] = lambda _step: None) -> RunResult:
    """Judge the windows; raises `NothingCaptured` where there is neither data nor range."""
    tell("reading")
    backend = connect()
    predictions = _predictions(backend, request)
    span = _span(predictions, request)
    tell("joining")
    joined = join(backend, predictions, _labels(backend, request, span), span, request.period)
    evaluated = joined.evaluated
    reading = interpret(
        evaluated, request.configuration, request.baseline.problem_type, request.baseline.positive
    )
    tell("judging")
    parts = [_qualities(evaluated, joined.health, span, reading, request)]
    if len({quality.variant for quality in parts[0]}) > 1:
        together = evaluated.mutate(variant=ibis.literal(ALL_VARIANTS))
        parts.append(_qualities(together, pooled(joined.health), span, reading, request))
    return RunResult(_by_window(*parts))


def _by_window(variants: list[Quality], together: Sequence[Quality] = ()) -> list[WindowResult]:
    whole = {quality.window: quality for quality in together}
    found: dict[Window, list[Quality]] = {}
    for quality in variants:
        found.setdefault(quality.window, []).append(quality)
    return [
        WindowResult(window, tuple(qualities), whole.get(window))
        for window, qualities in sorted(found.items())
    ]


def _predictions(backend: Backend, request: RunRequest) -> ibis.Table:
    horizon = timedelta(hours=request.configuration.label_horizon_hours)
    since = request.start - horizon if request.start is not None else None
    paths = request.prepared.predictions(request.endpoint, since, None)
    return predictions_table(backend, paths, request.prepared.location.filesystem)


def _labels(backend: Backend, request: RunRequest, span: Window) -> ibis.Table:
    lookback = timedelta(hours=request.configuration.label_lookback_hours)
    paths = request.prepared.labels(request.endpoint, span.start - lookback)
    return labels_table(backend, paths, request.prepared.location.filesystem)


def _span(predictions: ibis.Table, request: RunRequest) -> Window:
    if request.start is not None and request.end is not None:
        span = _in_order(Window(request.start, request.end))
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
    return _in_order(Window(request.start or found.start, request.end or found.end))


def _in_order(span: Window) -> Window:
    if span.start >= span.end:
        raise BadTime(f"the range {span} ends before it begins")
    return span


def _aggregate(
    evaluated: ibis.Table, reading: Interpretation, request: RunRequest
) -> dict[tuple[str, int], Statistics]:
    needed = {name for m in registered(reading.problem_type) for name in m.parameters}
    return aggregate(evaluated, reading, request.configuration, needed)


def _qualities(
    evaluated: ibis.Table,
    counts: pa.Table,
    span: Window,
    reading: Interpretation,
    request: RunRequest,
) -> list[Quality]:
    cells = _aggregate(evaluated, reading, request)
    health = health_by_cell(counts)
    variants = sorted({variant for variant, _window in health}) or [DEFAULT_VARIANT]
    numbered = _reported(health, span, request)
    return [
        judge(
            request.endpoint,
            variant,
            window,
            reading,
            cells.get((variant, number)),
            health.get((variant, number), NO_HEALTH),
            request.baseline.constraints,
        )
        for variant in variants
        for number, window in numbered
    ]


def _reported(
    health: Mapping[tuple[str, int], Health], span: Window, request: RunRequest
) -> list[tuple[int, Window]]:
    """Every window of a range that was asked for; else only those in which something was captured.

    One event of a wrong clock may make the range decades long.
    """
    captured = {
        number
        for (_variant, number), found in health.items()
        if found.counts["requests"] or found.counts["records"]
    }
    if captured and (request.start is None or request.end is None):
        return [(number, window_at(span, request.period, number)) for number in sorted(captured)]
    return list(enumerate(windows(span.start, span.end, request.period)))
