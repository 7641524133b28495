"""What a record of a regression adds to each sum, as arrays tell it, and the largest of that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from monitor.metrics import Residuals
from monitor.residual_arrays import Chunk, Pairs, Term, Values


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the largest of what the sums are made of."""

    y: tuple[float, float]
    e: tuple[float, float]
    percentage: float | None
    symmetric: float

    @property
    def label(self) -> float:
        """The largest label, whatever its sign."""
        return max(-self.y[0], self.y[1])

    @property
    def error(self) -> float:
        """The largest error, whatever its sign."""
        return max(-self.e[0], self.e[1])


def bounds_of(pairs: Pairs) -> Bounds:
    """The bounds of all records."""
    ends = []
    for chunk in pairs.chunks():
        shares = chunk.percentage
        known = shares[~np.isnan(shares)]
        ends.append(
            (
                chunk.y.min(), chunk.y.max(), chunk.e.min(), chunk.e.max(),
                known.max(initial=-1.0), chunk.symmetric.max(),
            )
        )  # fmt: skip
    every = np.array(ends)
    low, high = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    share = None if high[4] < 0 else float(high[4])
    return Bounds((low[0], high[1]), (low[2], high[3]), share, high[5])


@dataclass(frozen=True, slots=True)
class Terms:
    """What each record adds to each sum, and by how much it moves each mean of its window."""

    whole: Residuals
    median: float
    gap: float

    def each(self) -> dict[str, Term]:
        """By the name of the sum."""
        mean_y, mean_e, records = self.whole.label_mean, self.whole.residual_mean, self.whole.count
        return {
            "count": lambda of: np.ones(len(of.y)),
            "under_sum": under,
            "over_sum": over,
            "squared_sum": lambda of: of.e * of.e,
            "label_mean": lambda of: (of.y - mean_y) / records,
            "label_squares": lambda of: (of.y - mean_y) * (of.y - mean_y),
            "residual_mean": lambda of: (of.e - mean_e) / records,
            "residual_squares": lambda of: (of.e - mean_e) * (of.e - mean_e),
            "absolute_label_sum": lambda of: np.abs(of.y),
            "percentage_sum": percentage,
            "percentage_count": has_percentage,
            "symmetric_sum": lambda of: of.symmetric,
            "symmetric_count": lambda of: np.ones(len(of.y)),
            "median_absolute_error": self._moved_median,
        }

    def largest(self, bounds: Bounds, size: Values) -> dict[str, float | None]:
        """The largest of each: where label or error lies farthest out."""
        records = self.whole.count
        label = max(abs(y - self.whole.label_mean) for y in bounds.y)
        residual = max(abs(e - self.whole.residual_mean) for e in bounds.e)
        moves = 0.5 if bool((size != self.median).any()) else 0.0
        return {
            "count": 1.0,
            "under_sum": max(bounds.e[1], 0.0),
            "over_sum": max(-bounds.e[0], 0.0),
            "squared_sum": bounds.error * bounds.error,
            "label_mean": label / records,
            "label_squares": label * label,
            "residual_mean": residual / records,
            "residual_squares": residual * residual,
            "absolute_label_sum": bounds.label,
            "percentage_sum": bounds.percentage or 0.0,
            "percentage_count": 0.0 if bounds.percentage is None else 1.0,
            "symmetric_sum": bounds.symmetric,
            "symmetric_count": 1.0,
            "median_absolute_error": moves * self.gap / records if self.gap else None,
        }

    def _moved_median(self, of: Chunk) -> Values:
        size = np.abs(of.e)
        side = np.where(size > self.median, 0.5, np.where(size < self.median, -0.5, 0.0))
        moved: Values = side * self.gap / self.whole.count
        return moved


def under(of: Chunk) -> Values:
    """By how much the prediction was too low."""
    return np.maximum(of.e, 0.0)


def over(of: Chunk) -> Values:
    """By how much the prediction was too high."""
    return np.maximum(-of.e, 0.0)


def percentage(of: Chunk) -> Values:
    """The error as a share of the label; 0 of one that is zero."""
    share: Values = np.where(of.y != 0, of.percentage, 0.0)
    return share


def has_percentage(of: Chunk) -> Values:
    """1 for each label that is not zero."""
    has: Values = (of.y != 0).astype(np.float64)
    return has
