"""Sums over a regression's records in arrays, and what each record adds to each of them.

What `residuals` and `contributions` say of an engine's rows holds here, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from monitor.aggregate_regression import LARGEST, NEAR, ROUNDING
from monitor.cells import Inputs
from monitor.metrics import FOLDS, Residuals
from monitor.record_arrays import RecordArrays
from monitor.residual_arrays import Chunk, Pairs, ResidualArrays, Term, Values, quantiles


@dataclass(frozen=True, slots=True)
class _Bounds:
    """The least and the largest of what the sums are made of."""

    y: tuple[float, float]
    e: tuple[float, float]
    percentage: float | None
    symmetric: float

    @property
    def label(self) -> float:
        return max(-self.y[0], self.y[1])

    @property
    def error(self) -> float:
        return max(-self.e[0], self.e[1])


@dataclass(frozen=True, slots=True)
class Adding:
    """What each record adds to each sum, and the largest of it; None where it is not known."""

    arrays: ResidualArrays
    largest: Mapping[str, float | None]


def residuals_in(part: RecordArrays) -> tuple[tuple[Inputs, tuple[Inputs, ...]], Adding] | None:
    """Sums over all records that can be computed with, over each fold's, and their terms."""
    pairs = Pairs.of(part, LARGEST)
    if pairs is None:
        return None
    bounds = _bounds(pairs)
    size = np.abs(pairs.error)
    below, median, above = quantiles(size, (0.5 - NEAR, 0.5, 0.5 + NEAR))
    folds = _of_folds(pairs, bounds)
    whole = Residuals.merge([of for of in folds if of is not None], median)
    terms = _Terms(whole, median, (above - below) / (2 * NEAR))
    adding = Adding(ResidualArrays(pairs, terms.each()), terms.largest(bounds, size))
    inputs = tuple({} if of is None else {"residuals": of} for of in folds)
    return ({"residuals": whole}, inputs), adding


def _bounds(pairs: Pairs) -> _Bounds:
    ends = []
    for chunk in pairs.chunks():
        share = chunk.percentage
        known = share[~np.isnan(share)]
        ends.append(
            (
                chunk.y.min(), chunk.y.max(), chunk.e.min(), chunk.e.max(),
                known.max(initial=-1.0), chunk.symmetric.max(),
            )
        )  # fmt: skip
    every = np.array(ends)
    low, high = every.min(axis=0).tolist(), every.max(axis=0).tolist()
    share = None if high[4] < 0 else high[4]
    return _Bounds((low[0], high[1]), (low[2], high[3]), share, high[5])


def _of_folds(pairs: Pairs, bounds: _Bounds) -> list[Residuals | None]:
    """Sums over each fold; None of one without records."""
    of_sums: dict[str, tuple[Term, float]] = {
        "under_sum": (_under, bounds.error),
        "over_sum": (_over, bounds.error),
        "squared_sum": (lambda of: of.e * of.e, bounds.error * bounds.error),
        "label_mean": (lambda of: of.y, bounds.label),
        "residual_mean": (lambda of: of.e, bounds.error),
        "absolute_label_sum": (lambda of: np.abs(of.y), bounds.label),
        "percentage_sum": (_percentage, bounds.percentage or 0.0),
        "percentage_count": (_has_percentage, 1.0),
        "symmetric_sum": (lambda of: of.symmetric, 2.0),
    }
    sums, count = pairs.sums(of_sums), pairs.counts()
    filled = np.maximum(count, 1)
    means = {name: sums[name] / filled for name in ("label_mean", "residual_mean")}
    squares = pairs.sums(_squares(pairs, means, bounds))
    return [
        Residuals(
            count=int(count[fold]),
            symmetric_count=int(count[fold]),
            percentage_count=round(sums["percentage_count"][fold]),
            **{
                name: float(of[fold])
                for name, of in {**sums, **means, **squares}.items()
                if name != "percentage_count"
            },
        )
        if count[fold]
        else None
        for fold in range(FOLDS)
    ]


def _squares(
    pairs: Pairs, means: Mapping[str, Values], bounds: _Bounds
) -> dict[str, tuple[Term, float]]:
    """Squared distances from the means of the folds, in a pass of their own: nothing cancels."""
    label_mean, residual_mean = (
        means[name][pairs.fold] for name in ("label_mean", "residual_mean")
    )

    def label(of: Chunk) -> Values:
        distance = of.y - of.repeated(label_mean)
        return distance * distance

    def residual(of: Chunk) -> Values:
        distance = of.e - of.repeated(residual_mean)
        return distance * distance

    # Equal values, too, are as far from their mean as that was rounded.
    label_spread = bounds.y[1] - bounds.y[0] + bounds.label * ROUNDING
    error_spread = bounds.e[1] - bounds.e[0] + bounds.error * ROUNDING
    return {
        "label_squares": (label, label_spread * label_spread),
        "residual_squares": (residual, error_spread * error_spread),
    }


@dataclass(frozen=True, slots=True)
class _Terms:
    """What each record adds to each sum, and by how much it moves each mean of its window."""

    whole: Residuals
    median: float
    gap: float

    def each(self) -> dict[str, Term]:
        """By the name of the sum."""
        mean_y, mean_e, records = self.whole.label_mean, self.whole.residual_mean, self.whole.count
        return {
            "count": lambda of: np.ones(len(of.y)),
            "under_sum": _under,
            "over_sum": _over,
            "squared_sum": lambda of: of.e * of.e,
            "label_mean": lambda of: (of.y - mean_y) / records,
            "label_squares": lambda of: (of.y - mean_y) * (of.y - mean_y),
            "residual_mean": lambda of: (of.e - mean_e) / records,
            "residual_squares": lambda of: (of.e - mean_e) * (of.e - mean_e),
            "absolute_label_sum": lambda of: np.abs(of.y),
            "percentage_sum": _percentage,
            "percentage_count": _has_percentage,
            "symmetric_sum": lambda of: of.symmetric,
            "symmetric_count": lambda of: np.ones(len(of.y)),
            "median_absolute_error": self._moved_median,
        }

    def largest(self, bounds: _Bounds, size: Values) -> dict[str, float | None]:
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
        return side * self.gap / self.whole.count


def _under(of: Chunk) -> Values:
    return np.maximum(of.e, 0.0)


def _over(of: Chunk) -> Values:
    return np.maximum(-of.e, 0.0)


def _percentage(of: Chunk) -> Values:
    return np.nan_to_num(of.percentage, nan=0.0, posinf=None)


def _has_percentage(of: Chunk) -> Values:
    return (of.y != 0).astype(np.float64)
