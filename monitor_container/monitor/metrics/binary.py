"""Metrics of a binary classifier's labels, from its confusion matrix."""

from __future__ import annotations

from functools import partial

from monitor.metrics.inputs import ConfusionMatrix
from monitor.metrics.registry import ProblemType, Undefined, divide, metric

suggested_metric = partial(metric, ProblemType.BINARY_CLASSIFICATION, suggested=True, bounds=(0, 1))

NONE_POSITIVE = "no record is positive"
NONE_NEGATIVE = "no record is negative"


def outcomes(confusion_matrix: ConfusionMatrix) -> tuple[int, int, int, int]:
    """Counts of true positives, false positives, false negatives and true negatives.

    Whatever is not the positive label is negative, so that a stray third label loses no metric.
    """
    positive = confusion_matrix.positive
    if positive is None:
        raise Undefined("the positive label is not known")
    counts = confusion_matrix.counts
    if positive not in confusion_matrix.labels:
        return 0, 0, 0, int(counts.sum())
    place = confusion_matrix.labels.index(positive)
    true_positive = int(counts[place, place])
    false_positive = int(counts[:, place].sum()) - true_positive
    false_negative = int(counts[place].sum()) - true_positive
    true_negative = int(counts.sum()) - true_positive - false_positive - false_negative
    return true_positive, false_positive, false_negative, true_negative


def f_beta(beta: float, true_positive: int, false_positive: int, false_negative: int) -> float:
    """Weighted harmonic mean of precision and recall; 0 where only one of them is undefined."""
    weight = beta * beta
    return divide(
        (1 + weight) * true_positive,
        (1 + weight) * true_positive + weight * false_negative + false_positive,
        "no record is positive, and none was predicted positive",
    )


@suggested_metric(higher_is_better=True, constant_classifier=True)
def recall(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the actual positives that were predicted positive."""
    true_positive, _, false_negative, _ = outcomes(confusion_matrix)
    return divide(true_positive, true_positive + false_negative, NONE_POSITIVE)


@suggested_metric(higher_is_better=True, constant_classifier=True)
def precision(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the predicted positives that are positive."""
    true_positive, false_positive, _, _ = outcomes(confusion_matrix)
    return divide(true_positive, true_positive + false_positive, "no record was predicted positive")


@suggested_metric(higher_is_better=True)
def true_positive_rate(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the actual positives that were predicted positive: recall, or sensitivity."""
    return recall(confusion_matrix)


@suggested_metric(higher_is_better=True)
def true_negative_rate(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the actual negatives that were predicted negative: specificity."""
    _, false_positive, _, true_negative = outcomes(confusion_matrix)
    return divide(true_negative, true_negative + false_positive, NONE_NEGATIVE)


@suggested_metric(higher_is_better=False, worst=1.0)
def false_positive_rate(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the actual negatives that were predicted positive."""
    _, false_positive, _, true_negative = outcomes(confusion_matrix)
    return divide(false_positive, true_negative + false_positive, NONE_NEGATIVE)


@suggested_metric(higher_is_better=False, worst=1.0)
def false_negative_rate(confusion_matrix: ConfusionMatrix) -> float:
    """Share of the actual positives that were predicted negative."""
    true_positive, _, false_negative, _ = outcomes(confusion_matrix)
    return divide(false_negative, true_positive + false_negative, NONE_POSITIVE)


@suggested_metric(higher_is_better=True, constant_classifier=True)
def f0_5(confusion_matrix: ConfusionMatrix) -> float:
    """F-score that gives precision twice the importance of recall."""
    return f_beta(0.5, *outcomes(confusion_matrix)[:3])


@suggested_metric(higher_is_better=True, constant_classifier=True)
def f1(confusion_matrix: ConfusionMatrix) -> float:
    """Harmonic mean of precision and recall."""
    return f_beta(1.0, *outcomes(confusion_matrix)[:3])


@suggested_metric(higher_is_better=True, constant_classifier=True)
def f2(confusion_matrix: ConfusionMatrix) -> float:
    """F-score that gives recall twice the importance of precision."""
    return f_beta(2.0, *outcomes(confusion_matrix)[:3])
