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
from monitor.quantiles import quantiles
from monitor.record_arrays import RecordArrays
from monitor.residual_arrays import Chunk, Pairs, ResidualArrays, Term, Values
from monitor.residual_terms import Bounds, Terms, bounds_of, has_percentage, over, percentage, under


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
    bounds = bounds_of(pairs)
    size = np.abs(pairs.error)
    below, median, above = quantiles(size, (0.5 - NEAR, 0.5, 0.5 + NEAR))
    folds = _of_folds(pairs, bounds)
    whole = Residuals.merge([of for of in folds if of is not None], median)
    terms = Terms(whole, median, (above - below) / (2 * NEAR))
    adding = Adding(ResidualArrays(pairs, terms.each()), terms.largest(bounds, size))
    inputs: tuple[Inputs, ...] = tuple({} if of is None else {"residuals": of} for of in folds)
    return ({"residuals": whole}, inputs), adding


def _of_folds(pairs: Pairs, bounds: Bounds) -> list[Residuals | None]:
    """Sums over each fold; None of one without records."""
    of_sums: dict[str, tuple[Term, float]] = {
        "under_sum": (under, bounds.error),
        "over_sum": (over, bounds.error),
        "squared_sum": (lambda of: of.e * of.e, bounds.error * bounds.error),
        "label_mean": (lambda of: of.y, bounds.label),
        "residual_mean": (lambda of: of.e, bounds.error),
        "absolute_label_sum": (lambda of: np.abs(of.y), bounds.label),
        "percentage_sum": (percentage, bounds.percentage or 0.0),
        "percentage_count": (has_percentage, 1.0),
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
    pairs: Pairs, means: Mapping[str, Values], bounds: Bounds
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
