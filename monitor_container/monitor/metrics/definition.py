"""What a metric is: a documented, annotated function whose parameters are names of inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass

from monitor.metrics.inputs import ConfusionMatrix
from monitor.metrics.margin_gradients import of_best_constant

# Statistics of the records: what is said of a metric when the engine has none to give.
STATISTICS = {
    "confusion_matrix": "needs predicted labels, and the response carries none",
    "score_counts": "needs probabilities, and the response carries none",
    "class_probabilities": "needs class probabilities, and the response carries none",
    "residuals": "needs numeric labels and predictions, and there are none",
    "label": "needs labels, and there are none",
    "prediction": "needs predicted labels, and the response carries none",
    "probability": "needs probabilities, and the response carries none",
    "weight": "needs the number of records of each combination, and there is none",
    "label_value": "needs numeric labels, and there are none",
    "prediction_value": "needs numeric predictions, and the response carries none",
}
# Given by the user or not at all: without its option a metric does not apply and is not reported.
OPTIONS = frozenset({"cost_matrix", "quantile", "threshold"})
BEST_CONSTANT = "_best_constant_classifier"


class RegistrationError(TypeError):
    """A function is not fit to be a metric."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric (or detail) with what is published about it."""

    name: str
    description: str
    function: Callable[..., object]
    parameters: tuple[str, ...]
    defaults: frozenset[str]  # parameters that may be left out
    source: str  # module that registered it
    higher_is_better: bool | None = None
    suggested: bool = False  # a baseline suggests a constraint for it, as SageMaker's does
    worst: float | None = None  # the worst value there is, for a rate that should be low
    is_detail: bool = False
    gradient: Callable[..., object] | None = None  # how one more record of each kind moves it
    bounds: tuple[float, float] | None = None  # the least and the greatest value there is
    best: float | None = None  # what a perfect model has


def define(
    function: Callable[..., object],
    *,
    higher_is_better: bool | None = None,
    suggested: bool = False,
    worst: float | None = None,
    is_detail: bool = False,
    gradient: Callable[..., object] | None = None,
    bounds: tuple[float, float] | None = None,
    best: float | None = None,
) -> Metric:
    """The metric that a function defines, refused if it is not documented and annotated."""
    if not inspect.isfunction(function):
        raise RegistrationError(f"a metric is a function, not {function!r}")
    name = function.__name__
    description = (inspect.getdoc(function) or "").strip().partition("\n")[0]
    if not description:
        raise RegistrationError(f"metric {name} has no docstring to publish")
    if suggested and higher_is_better is None:
        raise RegistrationError(f"metric {name}: a suggested constraint needs a direction")
    if bounds is not None and not bounds[0] < bounds[1]:
        raise RegistrationError(f"metric {name}: nothing lies within the bounds {bounds}")
    if best is None and bounds is not None and higher_is_better is not None:
        best = bounds[higher_is_better]
    signature = inspect.signature(function)
    if signature.return_annotation is inspect.Signature.empty:
        raise RegistrationError(f"metric {name}: its result has no annotation")
    for parameter in signature.parameters.values():
        _check_input(name, parameter)
    return Metric(
        name=name,
        description=description,
        function=function,
        parameters=tuple(signature.parameters),
        defaults=frozenset(
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.default is not inspect.Parameter.empty
        ),
        source=function.__module__,
        higher_is_better=higher_is_better,
        suggested=suggested,
        worst=worst,
        is_detail=is_detail,
        gradient=gradient,
        bounds=bounds,
        best=best,
    )


def _check_input(name: str, parameter: inspect.Parameter) -> None:
    if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
        raise RegistrationError(f"metric {name}: {parameter} does not name one input")
    if parameter.annotation is inspect.Parameter.empty:
        raise RegistrationError(f"metric {name}: {parameter.name} has no annotation")
    known = sorted(STATISTICS.keys() | OPTIONS)
    if parameter.name not in known:
        raise RegistrationError(
            f"metric {name}: {parameter.name} is not one of the inputs {', '.join(known)}"
        )


def best_constant(metric: Metric) -> Metric:
    """The same metric of a classifier that always predicts the most frequent label."""
    if "confusion_matrix" not in metric.parameters:
        raise RegistrationError(
            f"metric {metric.name}: a constant classifier has nothing but a confusion_matrix"
        )

    def constant(*, confusion_matrix: ConfusionMatrix, **others: object) -> object:
        return metric.function(confusion_matrix=confusion_matrix.best_constant(), **others)

    return Metric(
        name=metric.name + BEST_CONSTANT,
        description=f"The {metric.name} of always predicting the most frequent label.",
        function=constant,
        parameters=metric.parameters,
        defaults=metric.defaults,
        source=metric.source,
        gradient=None if metric.gradient is None else of_best_constant(metric.gradient),
        bounds=metric.bounds,
    )
