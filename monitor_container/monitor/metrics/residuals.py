"""Sufficient statistics of regression: sums over the errors e = label - prediction."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Residuals:
    """Sums over the records of a regression, with y the label, ŷ the prediction and e = y - ŷ."""

    count: int
    under_sum: float  # sum of max(e, 0): predicted too low
    over_sum: float  # sum of max(-e, 0): predicted too high
    squared_sum: float  # sum of e^2
    label_mean: float
    label_squares: float  # sum of (y - mean of y)^2
    residual_mean: float
    residual_squares: float  # sum of (e - mean of e)^2
    absolute_label_sum: float  # sum of |y|
    percentage_sum: float  # sum of |e / y| over the records with y != 0
    percentage_count: int  # number of records with y != 0
    # Sum of 2|e| / (|y| + |ŷ|), between 0 and 2 a record; a record with y = ŷ = 0 adds 0 ...
    symmetric_sum: float
    symmetric_count: int  # ... and is counted
    median_absolute_error: float | None = None  # a median does not merge

    @property
    def absolute_sum(self) -> float:
        """Sum of |e|."""
        return self.under_sum + self.over_sum

    @classmethod
    def merge(
        cls, parts: Sequence[Residuals], median_absolute_error: float | None = None
    ) -> Residuals:
        """Sums over all the parts' records; their median has to be given."""
        count = sum(part.count for part in parts)
        label = _pool((part.count, part.label_mean, part.label_squares) for part in parts)
        residual = _pool((part.count, part.residual_mean, part.residual_squares) for part in parts)
        return cls(
            count=count,
            under_sum=math.fsum(part.under_sum for part in parts),
            over_sum=math.fsum(part.over_sum for part in parts),
            squared_sum=math.fsum(part.squared_sum for part in parts),
            label_mean=label[0],
            label_squares=label[1],
            residual_mean=residual[0],
            residual_squares=residual[1],
            absolute_label_sum=math.fsum(part.absolute_label_sum for part in parts),
            percentage_sum=math.fsum(part.percentage_sum for part in parts),
            percentage_count=sum(part.percentage_count for part in parts),
            symmetric_sum=math.fsum(part.symmetric_sum for part in parts),
            symmetric_count=sum(part.symmetric_count for part in parts),
            median_absolute_error=median_absolute_error,
        )


def _pool(parts: Iterable[tuple[int, float, float]]) -> tuple[float, float]:
    """Mean and sum of squared deviations of a union, from (count, mean, squares) of its parts.

    The formula of Chan, Golub and LeVeque: unlike sums of squares, it does not cancel when the mean
    is large beside the spread.
    """
    filled = [part for part in parts if part[0] > 0]
    count = sum(part[0] for part in filled)
    if not count:
        return 0.0, 0.0
    origin = filled[0][1]
    mean = origin + math.fsum(n * (part_mean - origin) for n, part_mean, _ in filled) / count
    between = math.fsum(n * (part_mean - mean) ** 2 for n, part_mean, _ in filled)
    return mean, between + math.fsum(squares for _, _, squares in filled)
