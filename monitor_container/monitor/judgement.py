"""One window judged: its metrics, by evidence, unless its join or its labels forbid it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from inference_records.configuration import Configuration
from monitor import assessment
from monitor.aggregate import Statistics
from monitor.assessment import THRESHOLD_COST, assess
from monitor.constraints import Check, Constraint, Status
from monitor.interpretation import Interpretation
from monitor.join_health import check_join
from monitor.levels import window_budget
from monitor.maturity import maturity
from monitor.metrics import (
    MetricValue,
    details,
    evaluate,
    leave_one_out,
    registered,
    standard_deviations,
)
from monitor.quality import Health, Quality, not_judged
from monitor.statistics_document import statistics_document
from monitor.windows import Window


class Reference(assessment.Reference, Protocol):
    """What windows are compared with; a baseline is one."""

    @property
    def constraints(self) -> Sequence[Constraint]:
        """What must hold."""


@dataclass(frozen=True, slots=True)
class Standard:
    """What windows are judged by, the same for all of a run."""

    baseline: Reference
    configuration: Configuration
    as_of: datetime
    period: timedelta
    variants: int

    @property
    def budget(self) -> float:
        """The chance of a false page that each window of each variant may have."""
        pages = self.configuration.verdicts.false_pages
        return window_budget(pages.count, pages.days, self.period, self.variants)


def judge(
    endpoint: str,
    variant: str,
    window: Window,
    reading: Interpretation,
    statistics: Statistics | None,
    health: Health,
    standard: Standard,
    *,
    was_final: bool = False,
    gap: bool = False,
    labelled: str = "[]",
) -> Quality:
    """Compute and check every metric of one window; without statistics each is undefined."""
    found = measure(endpoint, variant, window, reading, statistics, health)
    settings = standard.configuration
    state = maturity(window, health.coverage, standard.as_of, settings, was_final)
    join_checks = check_join(health.counts, settings.join, final=state.is_final, gap=gap)
    return rejudged(
        replace(
            found,
            maturity=state,
            matured=state.is_final and not was_final,
            join_checks=join_checks,
            labelled=labelled,
        ),
        standard,
    )


def rejudged(quality: Quality, standard: Standard) -> Quality:
    """The same window by another standard: of what was counted, nothing is counted anew."""
    constraints = standard.baseline.constraints
    reason = not_judged(quality.maturity, quality.join_checks)
    if reason is not None:
        checks = [
            Check(rule, Status.NOT_EVALUATED, _value(quality, rule), reason) for rule in constraints
        ]
    else:
        known = {metric.name: metric for metric in registered(quality.reading.problem_type)}
        checks = assess(
            constraints,
            quality.values,
            quality.errors,
            standard.baseline,
            standard.configuration.verdicts,
            known,
            standard.budget,
        )
    by_threshold = standard.configuration.verdicts.policy == "threshold"
    cost = THRESHOLD_COST if by_threshold else None
    return replace(quality, constraints=constraints, checks=checks, policy_cost=cost)


def _value(quality: Quality, rule: Constraint) -> float | None:
    found = quality.values.get(rule.metric)
    return found.value if found is not None else None


def measure(
    endpoint: str,
    variant: str,
    window: Window,
    reading: Interpretation,
    statistics: Statistics | None,
    health: Health,
) -> Quality:
    """Compute every metric of one window, and judge nothing."""
    inputs = statistics.inputs if statistics is not None else {}
    values = evaluate(reading.problem_type, inputs)
    if reading.refused is not None:
        refused = MetricValue(None, reading.refused, unavailable=True)
        values = dict.fromkeys(values, refused)
    deviations: Mapping[str, float | None] = {}
    if statistics is not None:
        deviations = standard_deviations(reading.problem_type, leave_one_out(statistics.folds))
    return Quality(
        endpoint=endpoint,
        variant=variant,
        window=window,
        reading=reading,
        judged=statistics.count if statistics is not None else 0,
        values=values,
        deviations=deviations,
        errors=statistics.errors if statistics is not None else {},
        inputs=inputs,
        statistics=statistics_document(inputs),
        details=details(reading.problem_type, inputs),
        health=health,
    )
