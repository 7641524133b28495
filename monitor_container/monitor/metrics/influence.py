"""How much one more record of a kind would move a metric: its gradient by the counts and sums.

It knows shapes of statistics and no metric; a gradient that is not given is computed by steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from monitor.metrics.inputs import ClassProbabilities, ConfidenceBins, ConfusionMatrix, Values
from monitor.metrics.residuals import Residuals

_S = TypeVar("_S")

MOST_STEPS = 400
"""Of more counts each a step up and down would cost more than the metrics themselves."""

# Counts are whole numbers: all are scaled up, so that a small step is a whole number, too.
_SCALE = 2**20
_STEP = 2**4
_SAME = 1e-9
_NOT_SUMS = ("label_mean", "residual_mean", "median_absolute_error")


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """Derivative of a metric by the number of records of each kind, in the shape of the counts."""

    values: Values
    counted: NDArray[np.bool_]
    """Kinds of records that the metric is about: of recall, the positives."""

    @classmethod
    def of_all(cls, values: Values) -> Influence:
        """Influence on a metric that is about every record."""
        return cls(values, np.ones(values.shape, dtype=np.bool_))


def by_cell_steps(
    function: Callable[[ConfusionMatrix], float], matrix: ConfusionMatrix
) -> Influence | None:
    """Gradient by the cells that have records; None if there are too many to step through."""
    counts = matrix.counts
    filled = np.argwhere(counts)
    if len(filled) > MOST_STEPS or not _scale_free(
        function, matrix, replace(matrix, counts=counts * _SCALE)
    ):
        return None
    # A perfect recall is about the positives, too, though none of them can move it: whether a
    # record counts is seen where no cell is empty.
    occurring = counts.any(axis=0) | counts.any(axis=1) | (len(matrix.labels) == 2)
    smooth = counts * _SCALE + np.outer(occurring, occurring) * (_SCALE // 2)
    values = np.zeros(counts.shape)
    counted = np.zeros(counts.shape, dtype=np.bool_)
    for row, column in filled.tolist():
        values[row, column] = _cell_step(function, matrix, counts * _SCALE, row, column)
        counted[row, column] = _cell_step(function, matrix, smooth, row, column) != 0
    return Influence(values, counted)


def _cell_step(
    function: Callable[[ConfusionMatrix], float],
    matrix: ConfusionMatrix,
    counts: NDArray[np.int64],
    row: int,
    column: int,
) -> float:
    margin = min(int(counts[row].sum()), int(counts[:, column].sum())) // _SCALE
    step = max(min(margin * _STEP, int(counts[row, column]) // 2), 1)
    ends = []
    for sign in (1, -1):
        moved = counts.copy()
        moved[row, column] += sign * step
        ends.append(float(function(replace(matrix, counts=moved))))
    return (ends[0] - ends[1]) / (2 * step) * _SCALE


def by_sum_steps(
    function: Callable[[Residuals], float], residuals: Residuals
) -> dict[str, float] | None:
    """Gradient by each field; None if the metric is none of means and shares."""
    names = [item.name for item in fields(Residuals) if getattr(residuals, item.name) is not None]
    scaled = replace(
        residuals,
        **{name: getattr(residuals, name) * _SCALE for name in names if name not in _NOT_SUMS},
    )
    if not _scale_free(function, residuals, scaled):
        return None
    gradient = {}
    for name in names:
        value = getattr(scaled, name)
        if name in _NOT_SUMS:
            step, scale = max(abs(value), _spread(residuals, name)) * _STEP / _SCALE, 1
        else:
            step, scale = value // _SCALE * _STEP or value * _STEP / _SCALE, _SCALE
        if step:
            up = function(replace(scaled, **{name: value + step}))
            down = function(replace(scaled, **{name: value - step}))
            gradient[name] = (up - down) / (2 * step) * scale
    return {name: value for name, value in gradient.items() if value}


def _spread(residuals: Residuals, name: str) -> float:
    squares = {
        "label_mean": residuals.label_squares,
        "residual_mean": residuals.residual_squares,
    }
    return math.sqrt(squares.get(name, 0.0))


def needs_nonzero_labels(function: Callable[[Residuals], float], residuals: Residuals) -> bool:
    """Whether a metric is a mean over the records whose label is not zero."""
    whole, part = 4 * residuals.count, 2 * residuals.count
    inexact = replace(residuals, percentage_sum=float(whole), percentage_count=whole)
    return function(inexact) != function(replace(inexact, percentage_count=part))


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityGradient:
    """Gradient of a metric of class probabilities by the sums that it may be made of."""

    count: float
    log_loss: float
    brier: float
    rank: Values
    bins: Values  # (3, b): records, sums of confidence, correct ones


def by_probability_steps(
    function: Callable[[ClassProbabilities], float], sums: ClassProbabilities
) -> ProbabilityGradient | None:
    """Gradient by each sum; None if there are too many to step through."""
    bins = sums.confidence
    parts: list[NDArray[Any]] = [
        np.array([sums.count, sums.log_loss_sum, sums.brier_sum]), sums.label_rank, bins.count,
        bins.confidence_sum, bins.correct,
    ]  # fmt: skip
    vector = np.concatenate([part.astype(np.float64) for part in parts]) * _SCALE
    filled = np.flatnonzero(vector).tolist()
    ends = np.cumsum([len(part) for part in parts])[:-1]

    def at(place: int, step: float) -> float:
        moved = vector.copy()
        moved[place] += step
        return float(function(_sums_of(np.split(moved, ends))))

    if len(filled) > MOST_STEPS or not _same(at(0, 0.0), function(sums)):
        return None
    gradient = np.zeros(len(vector))
    for place in filled:
        # Whole numbers stay whole, and far within what a double holds.
        step = float(vector[place]) * _STEP / _SCALE
        gradient[place] = (at(place, step) - at(place, -step)) / (2 * step) * _SCALE
    (count, log_loss, brier), rank, *of_bins = np.split(gradient, ends)
    return ProbabilityGradient(float(count), float(log_loss), float(brier), rank, np.stack(of_bins))


def _sums_of(parts: list[Values]) -> ClassProbabilities:
    def whole(values: Values) -> NDArray[np.int64]:
        return np.rint(values).astype(np.int64)

    (count, log_loss, brier), rank, records, confidence, correct = parts
    bins = ConfidenceBins(whole(records), confidence, whole(correct))
    return ClassProbabilities(round(count), float(log_loss), float(brier), whole(rank), bins)


def _scale_free(function: Callable[[_S], float], one: _S, scaled: _S) -> bool:
    """Whether a metric is the same of the same records many times over, as a mean is."""
    return _same(function(one), function(scaled))


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_SAME, abs_tol=_SAME)
