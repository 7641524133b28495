"""The metrics of a window beside the baseline's, with intervals, limits and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf

from monitor.constraints import Check, Operator, Status
from monitor.metrics import MetricValue, registered
from monitor.quality import Quality

WIDTH = 1.96
"""Standard errors to each side of 95 %."""
_OF_CODE = " failed: "
# Where a threshold alone decides, it is drawn so far from the value that a tenth of it is one unit.
_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Row:
    """One metric; what is not known is None."""

    name: str
    value: float | None
    reason: str | None
    error: float | None
    baseline: float | None
    baseline_error: float | None
    check: Check | None
    bounds: tuple[float, float] | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % of it, as far as such values exist."""
        if self.value is None or self.error is None:
            return None
        least, greatest = self.bounds or (-inf, inf)
        low, high = self.value - WIDTH * self.error, self.value + WIDTH * self.error
        return max(low, least), min(high, greatest)

    @property
    def status(self) -> Status | None:
        """None where nothing constrains the metric."""
        return None if self.check is None else self.check.status

    @property
    def limit(self) -> float | None:
        """What must not be passed beyond chance."""
        if self.check is None:
            return None
        rule = self.check.constraint
        return rule.threshold if self.check.limit is None else self.check.limit

    def scaled(self, value: float) -> float | None:
        """A value where the baseline is 0 and the limit -1: metrics of any unit side by side."""
        if self.check is None or self.limit is None:
            return None
        better = 1.0 if self.check.constraint.operator is Operator.LESS else -1.0
        unit = (self.baseline - self.limit) * better if self.baseline is not None else 0.0
        if unit <= 0:
            unit = _TENTH * abs(self.limit)
        return (value - self.limit) * better / unit - 1 if unit else None


def rows_of(
    quality: Quality, baseline: Mapping[str, float], errors: Mapping[str, float]
) -> list[Row]:
    """What is constrained first, the worst of it on top; then all others by name."""
    checks = {item.constraint.metric: item for item in quality.checks}
    names = list(dict.fromkeys([*checks, *quality.values]))
    known = registered(quality.reading.problem_type)
    bounds = {metric.name: metric.bounds for metric in known}
    rows = [
        _row(
            name, quality, checks.get(name), baseline.get(name), errors.get(name), bounds.get(name)
        )
        for name in names
    ]
    return sorted(rows, key=_rank)


def _row(
    name: str,
    quality: Quality,
    check: Check | None,
    before: float | None,
    before_error: float | None,
    bounds: tuple[float, float] | None,
) -> Row:
    found = quality.values.get(name, MetricValue(None, "there is no such metric"))
    error = quality.errors.get(name)
    kept = before if check is None or check.baseline is None else check.baseline
    return Row(
        name,
        found.value,
        _told(name, found.reason, quality),
        None if error is None else error.standard_error,
        kept,
        before_error,
        check,
        bounds,
    )


def _told(name: str, reason: str | None, quality: Quality) -> str | None:
    """Never the text of an error of the user's own code: it may quote what it choked on."""
    if reason is None:
        return None
    ours = {
        metric.name
        for metric in registered(quality.reading.problem_type)
        if metric.function.__module__.startswith("monitor.metrics.")
    }
    if name not in ours or _OF_CODE in reason:
        return "not defined; statistics.json says why"
    return reason


_ORDER = (Status.VIOLATION, Status.NOT_ENOUGH_EVIDENCE, Status.NOT_EVALUATED, Status.OK, None)


def _rank(row: Row) -> tuple[int, float, str]:
    place = None
    if row.value is not None:
        place = row.scaled(row.value)
    return _ORDER.index(row.status), 0.0 if place is None else place, row.name
