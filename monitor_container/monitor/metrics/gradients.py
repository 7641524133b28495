"""A metric's gradient: the one that it was registered with, or one by steps up and down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from monitor.metrics.definition import STATISTICS, Metric
from monitor.metrics.influence import by_cell_steps, by_probability_steps, by_sum_steps
from monitor.metrics.inputs import ClassProbabilities, ConfusionMatrix, Residuals
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

    A metric that is undefined has none either.
    """
    given = {name: inputs[name] for name in metric.parameters if inputs.get(name) is not None}
    if {name for name in metric.parameters if name in STATISTICS} != {statistic}:
        return None
    if statistic not in given or _is_too_wide(given[statistic]):
        return None
    try:
        if metric.gradient is not None:
            metric.function(**given)
            return metric.gradient(**given)
        of = given.pop(statistic)
        steps = _STEPS.get(type(of))
        function = _of_statistic(metric.function, statistic, given)
        return None if steps is None else steps(function, of)
    except FAILURES:  # among them Undefined, which is a ValueError
        return None


def _is_too_wide(statistic: object) -> bool:
    return isinstance(statistic, ConfusionMatrix) and len(statistic.labels) > MOST_CLASSES


def of_statistic(
    metric: Metric, statistic: str, inputs: Mapping[str, object]
) -> Callable[[Any], float]:
    """A metric as a function of its only statistic, its options given."""
    given = {name: inputs[name] for name in metric.parameters if inputs.get(name) is not None}
    given.pop(statistic, None)
    return _of_statistic(metric.function, statistic, given)


def _of_statistic(
    function: Callable[..., object], statistic: str, options: Mapping[str, object]
) -> Callable[[Any], float]:
    bound: Callable[..., Any] = partial(function, **options)
    return lambda value: float(bound(**{statistic: value}))
