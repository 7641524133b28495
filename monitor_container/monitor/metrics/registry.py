"""The registry of metrics, and the one place that calls them.

It knows no metric by name and no engine: it calls what was registered with what it was given.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from monitor.metrics.definition import (
    OPTIONS,
    STATISTICS,
    Metric,
    RegistrationError,
    best_constant,
    define,
)

Function = TypeVar("Function", bound=Callable[..., object])

# What a user's own metric may raise without losing the report.
FAILURES = (ArithmeticError, AttributeError, LookupError, NameError, TypeError, ValueError)


class ProblemType(StrEnum):
    """What the model predicts, in SageMaker's words."""

    BINARY_CLASSIFICATION = "BinaryClassification"
    MULTICLASS_CLASSIFICATION = "MulticlassClassification"
    REGRESSION = "Regression"


class Undefined(ValueError):
    """A metric has no value for these records; the message is the published reason."""


def divide(numerator: float, denominator: float, undefined: str) -> float:
    """Quotient, or Undefined for the given reason where the denominator is zero."""
    if denominator == 0:
        raise Undefined(undefined)
    return numerator / denominator


@dataclass(frozen=True, slots=True)
class MetricValue:
    """A metric's value, or None with the reason why it has none."""

    value: float | None
    reason: str | None = None
    unavailable: bool = False
    """It has none whatever the records are: an input is missing, or its function fails."""


@dataclass(slots=True)
class Registry:
    """Metrics and details by problem type and name, in the order of registration."""

    entries: dict[tuple[ProblemType, str], Metric] = field(default_factory=dict)

    def metric(
        self,
        *problem_types: ProblemType,
        higher_is_better: bool | None,
        suggested: bool = False,
        worst: float | None = None,
        constant_classifier: bool = False,
        gradient: Callable[..., object] | None = None,
        bounds: tuple[float, float] | None = None,
        best: float | None = None,
    ) -> Callable[[Function], Function]:
        """Register the decorated function as a metric, under its own name."""

        def register(function: Function) -> Function:
            entry = define(
                function, higher_is_better=higher_is_better, suggested=suggested, worst=worst,
                gradient=gradient, bounds=bounds, best=best,
            )  # fmt: skip
            constant = [best_constant(entry)] if constant_classifier else []
            self._add(problem_types, [entry, *constant])
            return function

        return register

    def detail(self, *problem_types: ProblemType) -> Callable[[Function], Function]:
        """Register the decorated function as a detail: a JSON structure instead of a number."""

        def register(function: Function) -> Function:
            self._add(problem_types, [define(function, is_detail=True)])
            return function

        return register

    def registered(self, problem_type: ProblemType, *, details: bool = False) -> list[Metric]:
        """Metrics (or details) of a problem type."""
        return [
            entry
            for (type_, _), entry in self.entries.items()
            if type_ == problem_type and entry.is_detail == details
        ]

    def evaluate(
        self, problem_type: ProblemType, inputs: Mapping[str, object]
    ) -> dict[str, MetricValue]:
        """Value of every metric that applies: one whose option was not given does not."""
        return {
            entry.name: _evaluate(entry, inputs)
            for entry in self.registered(problem_type)
            if _applies(entry, inputs)
        }

    def details(self, problem_type: ProblemType, inputs: Mapping[str, object]) -> dict[str, object]:
        """Every detail that is defined; the others are left out: SageMaker's schema has no null."""
        found: dict[str, object] = {}
        for entry in self.registered(problem_type, details=True):
            if _applies(entry, inputs) and _missing(entry, inputs) is None:
                try:
                    found[entry.name] = _call(entry, inputs)
                except Undefined:
                    continue
                except FAILURES as failure:
                    found[entry.name] = {"error": _failed(entry, failure)}
        return found

    @contextmanager
    def restored(self) -> Iterator[None]:
        """Forget, on leaving, what was registered meanwhile."""
        before = dict(self.entries)
        try:
            yield
        finally:
            self.entries = before

    def _add(self, problem_types: tuple[ProblemType, ...], entries: list[Metric]) -> None:
        if not problem_types:
            raise RegistrationError(f"metric {entries[0].name} names no problem type")
        added = {
            (ProblemType(type_), entry.name): entry for type_ in problem_types for entry in entries
        }
        for type_, name in added.keys() & self.entries.keys():
            raise RegistrationError(f"metric {name} is registered twice for {type_}")
        self.entries.update(added)


def _applies(entry: Metric, inputs: Mapping[str, object]) -> bool:
    needed = OPTIONS.intersection(entry.parameters) - entry.defaults
    return all(inputs.get(option) is not None for option in needed)


def _missing(entry: Metric, inputs: Mapping[str, object]) -> str | None:
    needed = (name for name in entry.parameters if name not in entry.defaults)
    return next((STATISTICS[name] for name in needed if inputs.get(name) is None), None)


def _call(entry: Metric, inputs: Mapping[str, object]) -> object:
    given = {name: inputs[name] for name in entry.parameters if inputs.get(name) is not None}
    return entry.function(**given)


def _evaluate(entry: Metric, inputs: Mapping[str, object]) -> MetricValue:
    missing = _missing(entry, inputs)
    if missing is not None:
        return MetricValue(None, missing, unavailable=True)
    try:
        value = float(_call(entry, inputs))  # type: ignore[arg-type]
    except Undefined as undefined:
        return MetricValue(None, str(undefined))
    except FAILURES as failure:
        return MetricValue(None, _failed(entry, failure), unavailable=True)
    if not math.isfinite(value):
        return MetricValue(None, f"not finite: {value}")
    return MetricValue(value)


def _failed(entry: Metric, failure: Exception) -> str:
    return f"{entry.name} failed: {type(failure).__name__}: {failure}"


REGISTRY = Registry()
metric = REGISTRY.metric
detail = REGISTRY.detail
registered = REGISTRY.registered
evaluate = REGISTRY.evaluate
details = REGISTRY.details
