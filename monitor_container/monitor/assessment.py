"""Constraints -> verdicts, by the evidence of a window against what the baseline promised.

It knows settings and metrics, and leaves the statistics to `evidence` and `levels`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from inference_records.verdict_settings import Verdicts
from monitor.constraints import Check, Constraint, Operator, Status, check, undefined
from monitor.levels import Correlations, metric_level
from monitor.metrics import Metric, MetricValue, Uncertainty
from monitor.weighing import Measured, Weighing, weigh
from monitor.yardstick import Yardstick, yardstick

THRESHOLD_COST = (
    "policy threshold: a value beyond its threshold violates, by chance or not; with thresholds at "
    "the baseline's values 7 of 10 unchanged windows did so in simulation (docs/false-alarms.md)"
)


class Reference(Protocol):
    """What is known of the model from before; a baseline is one."""

    @property
    def values(self) -> Mapping[str, float]:
        """Its metrics."""

    @property
    def errors(self) -> Mapping[str, Uncertainty]:
        """Their errors."""

    @property
    def correlations(self) -> Correlations:
        """Correlations of the errors of two metrics, names in order."""


@dataclass(frozen=True, slots=True)
class _Weighed:
    check: Check
    yardstick: Yardstick
    weighing: Weighing


def assess(
    constraints: Iterable[Constraint],
    values: Mapping[str, MetricValue],
    errors: Mapping[str, Uncertainty],
    reference: Reference,
    settings: Verdicts,
    metrics: Mapping[str, Metric],
    budget: float,
) -> list[Check]:
    """Every constraint by the policy; `budget` is the chance of a false page of the window."""
    if settings.policy == "threshold":
        return check(constraints, values)
    weighed = [
        _weigh(item, values.get(item.metric), errors, reference, settings, metrics)
        for item in constraints
    ]
    judged = [item.check.constraint for item in weighed if isinstance(item, _Weighed)]
    correlations = _of_drops(judged, reference.correlations)
    level = metric_level(budget, [item.metric for item in judged], correlations) if judged else 0.0
    return [_verdict(item, level) if isinstance(item, _Weighed) else item for item in weighed]


def _weigh(
    constraint: Constraint,
    found: MetricValue | None,
    errors: Mapping[str, Uncertainty],
    reference: Reference,
    settings: Verdicts,
    metrics: Mapping[str, Metric],
) -> _Weighed | Check:
    name = constraint.metric
    if found is None or found.value is None:
        return undefined(constraint, found)
    known = reference.values.get(name)
    measure = yardstick(constraint, metrics.get(name), known, settings)
    drop = None if known is None else measure.distance(found.value) - measure.distance(known)
    plain = Check(
        constraint, Status.NOT_ENOUGH_EVIDENCE, found.value,
        baseline=known, limit=measure.limit_value, drop=drop,
    )  # fmt: skip
    error, promised = errors.get(name), reference.errors.get(name)
    if error is None or not math.isfinite(error.standard_error):
        return replace(plain, reason="how far it may be off by chance is not known")
    if error.requests < 2:
        return replace(plain, reason="one request is no evidence: its records go together")
    before = None if known is None or promised is None else Measured(known, promised)
    weighing = weigh(measure, Measured(found.value, error), before)
    if weighing is None:
        return replace(plain, reason="nothing varies, neither here nor in the baseline")
    errors_of_both = error.standard_error, promised.standard_error if promised else 0.0
    return _Weighed(replace(plain, drop_error=math.hypot(*errors_of_both)), measure, weighing)


def _verdict(item: _Weighed, level: float) -> Check:
    """Violated if beyond chance; fine only if a drop that matters would have been seen."""
    p_value = item.weighing.p_value
    visible = item.yardstick.drop_of(item.weighing.shown(level))
    found = replace(item.check, p_value=p_value, level=level, smallest_visible_drop=visible)
    if p_value <= level:
        return replace(found, status=Status.VIOLATION)
    asked = item.yardstick.visible
    if visible is not None and visible <= asked:
        return replace(found, status=Status.OK)
    shows = "no drop at all" if visible is None else f"no drop smaller than {visible:.3g}"
    reason = f"window and baseline are too small: they show {shows}, and are to show {asked:.3g}"
    return replace(found, reason=f"{reason} (verdicts.visible_drop)")


def _of_drops(constraints: Sequence[Constraint], correlations: Correlations) -> Correlations:
    """Correlations of the drops instead of the values: that of a rate that should be low turns."""
    turned = {
        item.metric: -1.0 if item.operator is Operator.GREATER else 1.0 for item in constraints
    }
    return {
        (one, other): value * turned[one] * turned[other]
        for (one, other), value in correlations.items()
        if one in turned and other in turned
    }
