"""A metric's gradient: the one that it was registered with, or one by steps up and down."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np

from monitor.metrics.definition import STATISTICS, Metric
from monitor.metrics.influence import (
    Influence,
    ProbabilityGradient,
    by_cell_steps,
    by_probability_steps,
    by_sum_steps,
)
from monitor.metrics.inputs import ClassProbabilities, ConfusionMatrix, Residuals, ScoreCounts
from monitor.metrics.registry import FAILURES

MOST_CLASSES = 1_000
"""Of more classes the gradients of all metrics would take gigabytes."""

_STEPS: Mapping[type, Callable[..., object]] = {
    ConfusionMatrix: by_cell_steps,
    Residuals: by_sum_steps,
    ClassProbabilities: by_probability_steps,
}


def gradient(metric: Metric, statistic: str, inputs: Mapping[str, object]) -> Any:
    """Gradient of a metric by its only statistic, in that one's form; None if it has none.

    A metric that is undefined has none either, nor one whose gradient is not of numbers.
    """
    given = {name: inputs[name] for name in metric.parameters if inputs.get(name) is not None}
    if {name for name in metric.parameters if name in STATISTICS} != {statistic}:
        return None
    of = given.get(statistic)
    if of is None or (isinstance(of, ConfusionMatrix) and len(of.labels) > MOST_CLASSES):
        return None
    try:
        found = _gradient(metric, statistic, of, given)
        return found if _fits(found, of) else None
    except FAILURES:  # among them Undefined, which is a ValueError
        return None


def _gradient(metric: Metric, statistic: str, of: object, given: Mapping[str, object]) -> object:
    function = of_statistic(metric, statistic, given)
    if metric.gradient is not None:
        return metric.gradient(**given) if math.isfinite(function(of)) else None
    steps = _STEPS.get(type(of))
    return None if steps is None else steps(function, of)


def _fits(found: object, statistic: object) -> bool:
    """Whether a gradient, which may be the user's own, has its statistic's form."""
    if isinstance(statistic, ConfusionMatrix | ScoreCounts):
        shape = (
            statistic.counts.shape
            if isinstance(statistic, ConfusionMatrix)
            else (2, len(statistic.score))
        )
        return (
            isinstance(found, Influence)
            and found.values.shape == found.counted.shape == shape
            and bool(np.isfinite(found.values).all())
        )
    if isinstance(statistic, Residuals):
        names = {item.name for item in fields(Residuals)}
        return isinstance(found, dict) and found.keys() <= names and _finite(found.values())
    return isinstance(found, ProbabilityGradient) and _finite(
        (found.count, found.log_loss, found.brier, *found.rank, *found.bins.ravel())
    )


def _finite(numbers: Any) -> bool:
    return all(math.isfinite(number) for number in numbers)


def of_statistic(
    metric: Metric, statistic: str, inputs: Mapping[str, object]
) -> Callable[[Any], float]:
    """A metric as a function of its only statistic, its options given."""
    given = {name: inputs[name] for name in metric.parameters if inputs.get(name) is not None}
    given.pop(statistic, None)
    bound: Callable[..., Any] = partial(metric.function, **given)
    return lambda value: float(bound(**{statistic: value}))
