"""Metrics of a regression, from the sums over its residuals."""

from __future__ import annotations

import math
from functools import partial

from monitor.metrics.agreement import NO_RECORDS
from monitor.metrics.registry import ProblemType, Undefined, divide, metric
from monitor.metrics.residuals import Residuals

regression_metric = partial(metric, ProblemType.REGRESSION)

# Labels that differ by less than this share of their mean differ by rounding alone: the sum of
# squares of equal labels is not exactly zero when their mean is not a binary fraction.
ROUNDING = 1e-12


def label_variation(residuals: Residuals) -> float:
    """Sum of squared deviations of the labels, provided that the labels differ."""
    if not residuals.count:
        raise Undefined(NO_RECORDS)
    if residuals.label_squares <= residuals.count * (ROUNDING * residuals.label_mean) ** 2:
        raise Undefined("all labels are equal")
    return residuals.label_squares


@regression_metric(higher_is_better=False, suggested=True, best=0.0)
def mae(residuals: Residuals) -> float:
    """Mean absolute error, in the unit of the label."""
    return divide(residuals.absolute_sum, residuals.count, NO_RECORDS)


@regression_metric(higher_is_better=False, suggested=True, best=0.0)
def mse(residuals: Residuals) -> float:
    """Mean squared error, in the squared unit of the label."""
    return divide(residuals.squared_sum, residuals.count, NO_RECORDS)


@regression_metric(higher_is_better=False, suggested=True, best=0.0)
def rmse(residuals: Residuals) -> float:
    """Root of the mean squared error, in the unit of the label."""
    return math.sqrt(mse(residuals))


@regression_metric(higher_is_better=True, suggested=True, best=1.0)
def r2(residuals: Residuals) -> float:
    """Share of the label's variance that the predictions explain, bias held against them."""
    return 1 - residuals.squared_sum / label_variation(residuals)


@regression_metric(higher_is_better=True, best=1.0)
def explained_variance(residuals: Residuals) -> float:
    """Share of the label's variance that the predictions explain, a constant bias forgiven."""
    return 1 - residuals.residual_squares / label_variation(residuals)


@regression_metric(higher_is_better=False, best=0.0)
def mape(residuals: Residuals) -> float:
    """Mean of |error| / |label| over the records whose label is not zero, as a fraction."""
    reason = "all labels are zero" if residuals.count else NO_RECORDS
    return divide(residuals.percentage_sum, residuals.percentage_count, reason)


@regression_metric(higher_is_better=False, bounds=(0, 2))
def smape(residuals: Residuals) -> float:
    """Mean of 2 |error| / (|label| + |prediction|), from 0 to 2, a record of two zeros giving 0."""
    return divide(residuals.symmetric_sum, residuals.symmetric_count, NO_RECORDS)


@regression_metric(higher_is_better=False, best=0.0)
def wape(residuals: Residuals) -> float:
    """Sum of |error| over the sum of |label|, as a fraction."""
    reason = "all labels are zero" if residuals.count else NO_RECORDS
    return divide(residuals.absolute_sum, residuals.absolute_label_sum, reason)


@regression_metric(higher_is_better=False, best=0.0)
def median_absolute_error(residuals: Residuals) -> float:
    """Median of the absolute errors, in the unit of the label."""
    if not residuals.count:
        raise Undefined(NO_RECORDS)
    if residuals.median_absolute_error is None:
        raise Undefined("a median cannot be had from sums over parts of the records")
    return residuals.median_absolute_error


@regression_metric(higher_is_better=None)
def mean_error(residuals: Residuals) -> float:
    """Mean of prediction - label: above zero where the model predicts too high."""
    return divide(residuals.over_sum - residuals.under_sum, residuals.count, NO_RECORDS)


@regression_metric(higher_is_better=False, best=0.0)
def pinball_loss(residuals: Residuals, quantile: float) -> float:
    """Mean pinball loss of a prediction of the given quantile, in the unit of the label."""
    if not 0 <= quantile <= 1:
        raise Undefined(f"{quantile} is no quantile between 0 and 1")
    total = quantile * residuals.under_sum + (1 - quantile) * residuals.over_sum
    return divide(total, residuals.count, NO_RECORDS)
