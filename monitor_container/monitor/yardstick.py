"""What a metric of a window is held against: distances from perfect, the limit, the visible drop.

A metric with no known best is measured from zero. It knows no chance: that is `weighing`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from inference_records.verdict_settings import Drop, Verdicts
from monitor.constraints import Constraint, Operator
from monitor.metrics import Metric

# A model that is all but perfect would ask for windows of more records than it has a baseline:
# a drop of a hundredth of the scale is seen early enough.
_FINEST = 0.01
# Share of the scale: nearer to perfect than this is perfect, and rounded.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Yardstick:
    """The distances that count of one constraint."""

    sign: int
    """1: the greater the worse."""
    best: float | None
    whole: float
    """Distance of the worst value there is; 0: not known, or endless."""
    threshold: float
    baseline: float | None
    moved: float | None
    """The baseline's distance, and the smallest drop that matters."""
    visible: float
    """A window that could not have shown such a drop is not OK."""

    def distance(self, value: float) -> float:
        """Of a value from perfect, or from zero, towards the bad side."""
        if self.best is None:
            return self.sign * value
        distance = self.sign * (value - self.best)
        return distance if distance > _ROUNDING * self.whole else 0.0

    @property
    def limit(self) -> float:
        """The distance that must be passed beyond chance."""
        return self.threshold if self.moved is None else max(self.threshold, self.moved)

    @property
    def limit_value(self) -> float:
        """The same as a value of the metric."""
        return (self.best or 0.0) + self.sign * self.limit

    def drop_of(self, distance: float) -> float | None:
        """The drop from the baseline to a distance; None if there is no such value."""
        if not math.isfinite(distance) or (self.whole and distance > self.whole):
            return None
        return distance - (self.threshold if self.baseline is None else self.baseline)


def yardstick(
    constraint: Constraint,
    metric: Metric | None,
    before: float | None,
    settings: Verdicts,
) -> Yardstick:
    """What a constraint asks of its metric, whose value `before` is the baseline's."""
    drop = settings.drops.get(constraint.metric, Drop())
    greater_is_worse = constraint.operator is Operator.GREATER
    sign = 1 if greater_is_worse else -1
    # A constraint against a metric's own direction does not ask how far from perfect it is.
    follows = metric is not None and metric.higher_is_better is (not greater_is_worse)
    best = metric.best if metric is not None and follows else None
    bounds = metric.bounds if metric is not None and best is not None else None
    bare = Yardstick(sign, best, bounds[1] - bounds[0] if bounds else 0.0, 0.0, None, None, 0.0)
    threshold = bare.distance(constraint.threshold)
    baseline = None if before is None else bare.distance(before)
    # A threshold that allows more than the baseline is where a drop begins to count.
    start = threshold if baseline is None else max(threshold, baseline)
    seen = settings.visible_drop * max(abs(start), _FINEST * bare.whole)
    moved = None
    if baseline is not None:
        seen += start - baseline
        moved = baseline + (
            settings.smallest_drop * abs(baseline) if drop.smallest is None else drop.smallest
        )
    return Yardstick(
        sign, best, bare.whole, threshold, baseline, moved,
        seen if drop.visible is None else drop.visible,
    )  # fmt: skip
