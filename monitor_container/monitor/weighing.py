"""One metric of one window, weighed: how likely by chance, and the drop that it would have shown.

Numbers with their errors -> the comparisons of `evidence`; None is what is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from monitor.dispersion import Side
from monitor.evidence import (
    Comparison,
    Difference,
    against_baseline,
    against_limit,
    difference,
)
from monitor.metrics import Uncertainty
from monitor.yardstick import Yardstick


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric's value, and how far it may be off by chance."""

    value: float
    error: Uncertainty


@dataclass(frozen=True, slots=True)
class Weighing:
    """The comparisons that all must be beyond chance: with the threshold and with the baseline."""

    comparisons: Sequence[Comparison | Difference]
    scale: float

    @property
    def p_value(self) -> float:
        """Chance of a window this bad if the model were at the limit."""
        # Worse than both: no likelier by chance than the likelier of the two.
        return max(float(each.p_value) for each in self.comparisons)

    def shown(self, level: float) -> float:
        """The distance that is found at a level 4 times in 5; infinite where none is."""
        return max(float(each.shown(level)) for each in self.comparisons) * self.scale


def weigh(measure: Yardstick, window: Measured, baseline: Measured | None) -> Weighing | None:
    """A window's metric against its yardstick; None where nothing varies.

    A threshold is a fact, and so is the limit of a baseline whose error is not known (None).
    """
    distances = [measure.distance(window.value), measure.limit, measure.baseline or 0.0]
    known = [each.error for each in (window, baseline) if each is not None]
    errors = [e for of in known for e in (of.standard_error, of.independent_error or 0.0)]
    # The metric's unit is no matter, and no square is to leave what a double holds.
    scale = max(abs(each) for each in [*distances, *errors]) or 1.0
    one = _side(measure, window, scale)
    two = None if baseline is None else _side(measure, baseline, scale)
    fixed = (measure.limit if two is None else measure.threshold) / scale
    moved = (measure.moved or 0.0) / scale
    found: list[Comparison | Difference]
    if measure.best is None:
        found = [difference(one, None, fixed)]
        if two is not None:
            found.append(difference(one, two, moved))
    else:
        whole = measure.whole / scale
        found = [against_limit(one, two, fixed, whole)]
        if two is not None:
            found.append(against_baseline(one, two, moved, whole))
    return Weighing(found, scale) if all((each.unit > 0).all() for each in found) else None


def _side(measure: Yardstick, measured: Measured, scale: float) -> Side:
    error = measured.error
    independent = (
        error.standard_error if error.independent_error is None else (error.independent_error)
    )
    return Side(
        measure.distance(measured.value) / scale,
        (error.standard_error / scale) ** 2,
        (independent / scale) ** 2,
        error.requests,
        error.records,
    )
