"""How one more record in each cell of a confusion matrix moves the metrics of its margins.

A cell's derivative is its row's, plus its column's, plus on the diagonal that of the right ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from monitor.metrics.influence import Influence
from monitor.metrics.inputs import ConfusionMatrix, Values

Gradient = Callable[[ConfusionMatrix], Influence]


@dataclass(frozen=True, slots=True, eq=False)
class Margins:
    """Of each class: records, predictions, and records predicted rightly."""

    actual: Values
    predicted: Values
    right: Values

    @property
    def count(self) -> float:
        """Number of records."""
        return float(self.actual.sum())


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """A value of each class, 0 where undefined, and its derivatives by the class's margins."""

    value: Values
    by_actual: Values
    by_predicted: Values
    by_right: Values


OfClass = Callable[[Margins], Scores]


def precision(of: Margins) -> Scores:
    """Share of a class's predictions that are right."""
    inverse = _inverse(of.predicted)
    nothing = np.zeros(len(inverse))
    return Scores(of.right * inverse, nothing, -of.right * inverse**2, inverse)


def recall(of: Margins) -> Scores:
    """Share of a class's records that are predicted rightly."""
    inverse = _inverse(of.actual)
    nothing = np.zeros(len(inverse))
    return Scores(of.right * inverse, -of.right * inverse**2, nothing, inverse)


def f_score(beta: float) -> OfClass:
    """F-beta score of a class."""
    weight = beta * beta

    def score(of: Margins) -> Scores:
        inverse = _inverse(weight * of.actual + of.predicted)
        value = (1 + weight) * of.right * inverse
        return Scores(
            value, -weight * value * inverse, -value * inverse, (1 + weight) * inverse
        )  # fmt: skip

    return score


def weighted(of_class: OfClass) -> Gradient:
    """Of the mean of a value over the classes, weighted by their records."""

    def gradient(confusion_matrix: ConfusionMatrix) -> Influence:
        of = _margins(confusion_matrix)
        scores, share = of_class(of), of.actual / of.count
        mean = float(share @ scores.value)
        by_row = (scores.value - mean) / of.count + share * scores.by_actual
        return _influence(by_row, share * scores.by_predicted, share * scores.by_right)

    return gradient


def macro(of_class: OfClass) -> Gradient:
    """Of the mean of a value over the classes that occur in labels or predictions."""

    def gradient(confusion_matrix: ConfusionMatrix) -> Influence:
        of = _margins(confusion_matrix)
        return _mean_of(of_class(of), (of.actual + of.predicted) > 0)

    return gradient


def accuracy(confusion_matrix: ConfusionMatrix) -> Influence:
    """Of the share of right ones."""
    return weighted(recall)(confusion_matrix)


def balanced_accuracy(confusion_matrix: ConfusionMatrix) -> Influence:
    """Of the mean recall over the classes that have records."""
    of = _margins(confusion_matrix)
    return _mean_of(recall(of), of.actual > 0)


def mcc(confusion_matrix: ConfusionMatrix) -> Influence:
    """Of Matthews' coefficient: covariance over the root of both variances."""
    of = _margins(confusion_matrix)
    count, right = of.count, float(of.right.sum())
    labels = count**2 - float(of.actual @ of.actual)
    predictions = count**2 - float(of.predicted @ of.predicted)
    scale = np.sqrt(labels * predictions)
    value = (count * right - float(of.actual @ of.predicted)) / scale
    by_row = (right - of.predicted) / scale - value * (count - of.actual) / labels
    by_column = -of.actual / scale - value * (count - of.predicted) / predictions
    return _influence(by_row, by_column, np.full(len(by_row), count / scale))


def cohen_kappa(confusion_matrix: ConfusionMatrix) -> Influence:
    """Of the agreement beyond chance."""
    of = _margins(confusion_matrix)
    count, right = of.count, float(of.right.sum())
    chance = float(of.actual @ of.predicted)
    scale = count**2 - chance
    value = (count * right - chance) / scale
    by_row = (right - of.predicted - value * (2 * count - of.predicted)) / scale
    by_column = of.actual * (value - 1) / scale
    return _influence(by_row, by_column, np.full(len(by_row), count / scale))


def expected_cost(
    confusion_matrix: ConfusionMatrix, cost_matrix: Mapping[str, Mapping[str, float]]
) -> Influence:
    """A record's own cost, less the mean."""
    labels, counts = confusion_matrix.labels, confusion_matrix.counts
    costs = np.array(
        [[cost_matrix.get(actual, {}).get(said, 0.0) for said in labels] for actual in labels]
    )
    mean = float((costs * counts).sum() / counts.sum())
    return Influence.of_all((costs - mean) / counts.sum())


def of_best_constant(gradient: Callable[..., Any]) -> Callable[..., Influence]:
    """Gradient of the same metric of always predicting the most frequent label."""

    def constant(*, confusion_matrix: ConfusionMatrix, **others: object) -> Influence:
        found: Influence = gradient(confusion_matrix=confusion_matrix.best_constant(), **others)
        best = int(confusion_matrix.counts.sum(axis=1).argmax())
        shape = confusion_matrix.counts.shape
        return Influence.of_all(np.broadcast_to(found.values[:, best, None], shape))

    return constant


def _margins(matrix: ConfusionMatrix) -> Margins:
    counts = matrix.counts.astype(np.float64)
    return Margins(counts.sum(axis=1), counts.sum(axis=0), counts.diagonal())


def _mean_of(scores: Scores, counts: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Influence:
    share = counts / counts.sum()
    return _influence(
        share * scores.by_actual, share * scores.by_predicted, share * scores.by_right
    )


def _influence(by_row: Values, by_column: Values, by_right: Values) -> Influence:
    return Influence.of_all(by_row[:, None] + by_column[None, :] + np.diag(by_right))


def _inverse(values: Values) -> Values:
    return np.divide(1.0, values, out=np.zeros(len(values)), where=values > 0)
