"""Constraints: read them, suggest them from a baseline, check metrics against them.

A constraint knows one metric's value and never the data. What is undefined is neither satisfied
nor violated.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from monitor.metrics import Metric, MetricValue, ProblemType, registered

SECTIONS = {
    ProblemType.BINARY_CLASSIFICATION: "binary_classification",
    ProblemType.MULTICLASS_CLASSIFICATION: "multiclass_classification",
    ProblemType.REGRESSION: "regression",
}
"""SageMaker's names: `SECTION_constraints` and `SECTION_metrics`."""


class BadConstraints(ValueError):
    """The document is no constraints.json; the message names the field."""


class Operator(StrEnum):
    """The direction that violates, in SageMaker's words; equal is never a violation."""

    LESS = "LessThanThreshold"
    GREATER = "GreaterThanThreshold"


class Status(StrEnum):
    """What a check came to."""

    OK = "OK"
    VIOLATION = "VIOLATION"
    NOT_ENOUGH_EVIDENCE = "NOT_ENOUGH_EVIDENCE"
    NOT_EVALUATED = "NOT_EVALUATED"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A metric must not be less (or greater) than a threshold."""

    metric: str
    operator: Operator
    threshold: float


@dataclass(frozen=True, slots=True)
class Check:
    """One constraint with the value it met, or the reason why it met none, and the evidence."""

    constraint: Constraint
    status: Status
    value: float | None = None
    reason: str | None = None
    baseline: float | None = None
    """The metric's value in the baseline."""
    limit: float | None = None
    """A value beyond it violates, if not by chance: the threshold, or the least drop if worse."""
    drop: float | None = None
    """Difference to the baseline, above zero where the window is worse."""
    drop_error: float | None = None
    """Its standard error, of both sides."""
    p_value: float | None = None
    """Chance of a window this bad if the model were at the limit."""
    level: float | None = None
    """It violates if the chance is no greater."""
    smallest_visible_drop: float | None = None
    """From the baseline, such as the window would have shown 4 times in 5; None: no drop at all."""


@dataclass(frozen=True, slots=True)
class Constraints:
    """What a constraints.json says."""

    items: tuple[Constraint, ...] = ()
    problem_type: ProblemType | None = None


def parse(document: Any, where: str = "constraints.json") -> Constraints:
    """SageMaker's schema, or the AWS sample's `{"accuracy": {"threshold": 0.9}}`."""
    if not isinstance(document, dict):
        raise BadConstraints(f"{where}: not a JSON object")
    for problem_type, section in SECTIONS.items():
        found = document.get(f"{section}_constraints")
        if found is not None:
            items = _items(found, (problem_type,), f"{where}: {section}_constraints")
            return Constraints(items, problem_type)
    plain = {name: value for name, value in document.items() if name != "version"}
    return Constraints(_items(plain, tuple(ProblemType), where))


def _items(
    found: object, problem_types: Iterable[ProblemType], where: str
) -> tuple[Constraint, ...]:
    if not isinstance(found, dict):
        raise BadConstraints(f"{where}: not a JSON object")
    directions = {m.name: m.higher_is_better for t in problem_types for m in registered(t)}
    return tuple(_item(name, value, directions, where) for name, value in found.items())


def _item(
    name: str, value: object, directions: Mapping[str, bool | None], where: str
) -> Constraint:
    threshold = value.get("threshold") if isinstance(value, dict) else None
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        raise BadConstraints(f"{where}.{name}: threshold is no number")
    operator = value.get("comparison_operator") if isinstance(value, dict) else None
    if operator is None:
        higher_is_better = directions.get(name)
        if higher_is_better is None:
            raise BadConstraints(f"{where}.{name}: comparison_operator is missing")
        operator = violating(higher_is_better)
    try:
        return Constraint(name, Operator(operator), float(threshold))
    except ValueError as error:
        raise BadConstraints(
            f"{where}.{name}: comparison_operator {operator!r} is none of {', '.join(Operator)}"
        ) from error


def violating(higher_is_better: bool) -> Operator:
    """The operator that says a metric got worse."""
    return Operator.LESS if higher_is_better else Operator.GREATER


def suggest(
    metrics: Iterable[Metric], values: Mapping[str, MetricValue], margin: float = 0.0
) -> tuple[Constraint, ...]:
    """A constraint at the baseline's value for each metric that SageMaker suggests one for.

    `margin` moves each by that share of what is left to the bad side: 0.05 turns an accuracy of
    0.90 into 0.855, a false positive rate of 0.10 into 0.145 and an error of 2.0 into 2.1.
    SageMaker itself leaves none.
    """
    found = []
    for metric in metrics:
        value = values[metric.name].value if metric.name in values else None
        if metric.suggested and metric.higher_is_better is not None and value is not None:
            room = abs(value) if metric.worst is None else abs(metric.worst - value)
            threshold = value + margin * (-room if metric.higher_is_better else room)
            found.append(Constraint(metric.name, violating(metric.higher_is_better), threshold))
    return tuple(found)


def check(constraints: Iterable[Constraint], values: Mapping[str, MetricValue]) -> list[Check]:
    """Every constraint against the value of its metric, as SageMaker does."""
    return [_check(constraint, values.get(constraint.metric)) for constraint in constraints]


def _check(constraint: Constraint, found: MetricValue | None) -> Check:
    if found is None or found.value is None:
        return replace(undefined(constraint, found), status=Status.NOT_EVALUATED)
    less = constraint.operator is Operator.LESS
    violated = found.value < constraint.threshold if less else found.value > constraint.threshold
    return Check(constraint, Status.VIOLATION if violated else Status.OK, found.value)


def undefined(constraint: Constraint, found: MetricValue | None) -> Check:
    """A constraint whose metric has no value: for want of a metric or input, or of records."""
    if found is None:
        reason = f"no metric is called {constraint.metric}"
        return Check(constraint, Status.NOT_EVALUATED, reason=reason)
    unavailable = Status.NOT_EVALUATED if found.unavailable else Status.NOT_ENOUGH_EVIDENCE
    return Check(constraint, unavailable, reason=found.reason)


def overall(checks: Iterable[Check]) -> Status:
    """Of one window: violated if anything is, fine only if everything is."""
    found = {item.status for item in checks}
    for status in (
        Status.VIOLATION, Status.NOT_EVALUATED, Status.NOT_ENOUGH_EVIDENCE, Status.OK,
    ):  # fmt: skip
        if status in found:
            return status
    return Status.NOT_EVALUATED
