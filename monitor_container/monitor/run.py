"""The monitor, whoever started it: the steps in order, over one span of windows of one endpoint."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta

from monitor.aggregate_windows import statistics_of
from monitor.array_counts import facts_in
from monitor.baseline_fit import check_read, misfit
from monitor.capture_gaps import gaps_in
from monitor.facts import NO_FACTS, Facts, facts_by_window, facts_of
from monitor.for_pages import for_pages
from monitor.health import Arrivals
from monitor.interpret import interpret_facts
from monitor.interpretation import Interpretation
from monitor.join import Joined, join
from monitor.judgement import Standard, judge
from monitor.labelled import labelled
from monitor.quality import (
    ALL_VARIANTS,
    DEFAULT_VARIANT,
    NO_HEALTH,
    Health,
    Quality,
    health_by_cell,
    pooled,
)
from monitor.requested import RunRequest, labels, predictions, set_aside, span_of
from monitor.results import RunResult, by_window
from monitor.run_cost import Stopwatch
from monitor.windows import Window, window_at, windows


def run(request: RunRequest, tell: Callable[[str], None] = lambda _step: None) -> RunResult:
    """Judge the windows; raises `NothingCaptured` where there is neither data nor range."""
    tell("reading")
    watch = Stopwatch.start()
    engine = request.connect()
    known = predictions(engine, request)
    span = span_of(known, request)
    tell("joining")
    joined = join(
        engine,
        known,
        labels(engine, request, span),
        span,
        request.period,
        set_aside(engine, request),
        _arrivals(request),
        horizon=timedelta(hours=request.configuration.label_horizon_hours),
        only=None if request.only is None else [_number(window, span) for window in request.only],
    )
    readings = _readings(joined, request)
    tell("judging")
    parts = [_qualities(joined, span, readings, request)]
    if len({quality.variant for quality in parts[0]}) > 1:
        parts.append(_qualities(_pooled(joined), span, readings, request))
    cost = watch.cost(len({quality.window for quality in parts[0]}))
    parts = [[replace(quality, cost=cost) for quality in part] for part in parts]
    return RunResult(by_window(*parts, each_alone=request.each_alone))


def _readings(joined: Joined, request: RunRequest) -> Callable[[int], Interpretation]:
    """How each window is to be read; what is inferred holds for all, unless each stands alone."""

    def read(facts: Facts) -> Interpretation:
        baseline = request.baseline
        found = interpret_facts(
            facts, request.configuration, baseline.problem_type, baseline.positive
        )
        refused = misfit(facts, baseline, request.configuration) or found.refused
        return replace(found, refused=refused)

    arrays = joined.arrays
    if not request.each_alone:
        every = facts_of(joined.evaluated) if arrays is None else facts_in(arrays)
        together = read(every)
        check_read([together], request.baseline)
        return lambda _number: together
    facts = (
        facts_by_window(joined.evaluated)
        if arrays is None
        else {number: facts_in(part) for number, part in arrays.windows.items()}
    )
    found = {number: read(of) for number, of in facts.items()}
    nothing = read(NO_FACTS)
    return lambda number: found.get(number, nothing)


def _arrivals(request: RunRequest) -> Arrivals:
    """Where each window stands alone, a label counts in the one it came in, and in no other."""
    return Arrivals(request.each_alone, request.prepared.shares_labels())


def _pooled(joined: Joined) -> Joined:
    """All variants as one."""
    return replace(joined.of_one_variant(ALL_VARIANTS), health=pooled(joined.health))


def _qualities(
    joined: Joined,
    span: Window,
    reading_of: Callable[[int], Interpretation],
    request: RunRequest,
) -> list[Quality]:
    health = health_by_cell(joined.health, request.each_alone)
    known_lines = None if request.sources is None else request.sources.traffic
    traffic = joined.traffic if known_lines is None else known_lines
    gaps = gaps_in(traffic, span, request.period)
    reported = _reported(health, gaps, span, request)
    alike: dict[Interpretation, list[int]] = {}
    for number, _window in reported:
        alike.setdefault(reading_of(number), []).append(number)
    cells = statistics_of(joined, alike, request)
    known = labelled(joined.arrays or joined.matched, alike)
    every = sorted({variant for variant, _window in health}) or [DEFAULT_VARIANT]
    found = []
    for number, window in reported:
        own = [variant for variant in every if (variant, number) in health]
        variants = (own or [DEFAULT_VARIANT]) if request.each_alone else every
        standard = Standard(
            request.baseline, request.configuration, request.as_of, request.period, len(variants)
        )
        found += [
            judge(
                request.endpoint,
                variant,
                window,
                reading_of(number),
                cells.get((variant, number)),
                health.get((variant, number), NO_HEALTH),
                standard,
                was_final=(variant, window) in request.was_final,
                gap=number in gaps,
                labelled=known.get((variant, number), "[]"),
            )
            for variant in variants
        ]
    numbers = {window: number for number, window in reported}
    return for_pages(found, numbers, joined, span, alike, request)


def _reported(
    health: Mapping[tuple[str, int], Health],
    gaps: Collection[int],
    span: Window,
    request: RunRequest,
) -> list[tuple[int, Window]]:
    """Every window of a range that was asked for; else only those in which something was captured.

    One event of a wrong clock may make the range decades long.
    """
    if request.only is not None:
        return sorted((_number(window, span), window) for window in request.only)
    captured = {
        number
        for (_variant, number), found in health.items()
        if found.counts["requests"] or found.counts["records"]
    }
    if captured and (request.start is None or request.end is None):
        first, last = min(captured), max(captured)
        captured |= {number for number in gaps if first < number < last}
        return [(number, window_at(span, request.period, number)) for number in sorted(captured)]
    return list(enumerate(windows(span.start, span.end, request.period)))


def _number(window: Window, span: Window) -> int:
    return (window.start - span.start) // (window.end - window.start)
