"""Metrics of a multiclass classifier's labels: averages over its classes.

As SageMaker and scikit-learn do, an average counts a class whose own value is undefined (precision
of a class never predicted) as 0: one rare class must not cost the whole metric.
"""

from __future__ import annotations

import math
from functools import partial

from monitor.metrics import margin_gradients as gradients
from monitor.metrics.agreement import NO_RECORDS, margins
from monitor.metrics.inputs import ConfusionMatrix
from monitor.metrics.registry import ProblemType, divide, metric

weighted_metric = partial(
    metric,
    ProblemType.MULTICLASS_CLASSIFICATION,
    higher_is_better=True,
    suggested=True,
    constant_classifier=True,
    bounds=(0, 1),
)
macro_metric = partial(
    metric, ProblemType.MULTICLASS_CLASSIFICATION, higher_is_better=True, bounds=(0, 1)
)


def precisions(confusion_matrix: ConfusionMatrix) -> list[tuple[int, float]]:
    """(records, precision) of each class that occurs."""
    return [
        (actual, right / predicted if predicted else 0.0)
        for _, actual, predicted, right in margins(confusion_matrix)
    ]


def recalls(confusion_matrix: ConfusionMatrix) -> list[tuple[int, float]]:
    """(records, recall) of each class that occurs."""
    return [
        (actual, right / actual if actual else 0.0)
        for _, actual, _, right in margins(confusion_matrix)
    ]


def f_scores(confusion_matrix: ConfusionMatrix, beta: float) -> list[tuple[int, float]]:
    """(records, F-beta score) of each class that occurs."""
    weight = beta * beta
    return [
        (actual, (1 + weight) * right / (weight * actual + predicted))
        for _, actual, predicted, right in margins(confusion_matrix)
    ]


def weighted(classes: list[tuple[int, float]]) -> float:
    """Mean of a value by class, weighted by the records of the class."""
    total = math.fsum(count * value for count, value in classes)
    return divide(total, sum(count for count, _ in classes), NO_RECORDS)


def macro(classes: list[tuple[int, float]]) -> float:
    """Mean of a value by class, all classes alike."""
    return divide(math.fsum(value for _, value in classes), len(classes), NO_RECORDS)


@weighted_metric(gradient=gradients.weighted(gradients.recall))
def weighted_recall(confusion_matrix: ConfusionMatrix) -> float:
    """Mean recall of the classes, weighted by their records: equal to the accuracy."""
    return weighted(recalls(confusion_matrix))


@weighted_metric(gradient=gradients.weighted(gradients.precision))
def weighted_precision(confusion_matrix: ConfusionMatrix) -> float:
    """Mean precision of the classes, weighted by their records."""
    return weighted(precisions(confusion_matrix))


@weighted_metric(gradient=gradients.weighted(gradients.f_score(0.5)))
def weighted_f0_5(confusion_matrix: ConfusionMatrix) -> float:
    """Mean F0.5 score of the classes, weighted by their records."""
    return weighted(f_scores(confusion_matrix, 0.5))


@weighted_metric(gradient=gradients.weighted(gradients.f_score(1.0)))
def weighted_f1(confusion_matrix: ConfusionMatrix) -> float:
    """Mean F1 score of the classes, weighted by their records."""
    return weighted(f_scores(confusion_matrix, 1.0))


@weighted_metric(gradient=gradients.weighted(gradients.f_score(2.0)))
def weighted_f2(confusion_matrix: ConfusionMatrix) -> float:
    """Mean F2 score of the classes, weighted by their records."""
    return weighted(f_scores(confusion_matrix, 2.0))


@macro_metric(gradient=gradients.macro(gradients.precision))
def macro_precision(confusion_matrix: ConfusionMatrix) -> float:
    """Mean precision of the classes, rare and frequent ones alike."""
    return macro(precisions(confusion_matrix))


@macro_metric(gradient=gradients.macro(gradients.recall))
def macro_recall(confusion_matrix: ConfusionMatrix) -> float:
    """Mean recall of the classes, rare and frequent ones alike."""
    return macro(recalls(confusion_matrix))


@macro_metric(gradient=gradients.macro(gradients.f_score(1.0)))
def macro_f1(confusion_matrix: ConfusionMatrix) -> float:
    """Mean F1 score of the classes, rare and frequent ones alike."""
    return macro(f_scores(confusion_matrix, 1.0))
