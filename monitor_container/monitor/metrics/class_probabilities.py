"""Metrics of a multiclass classifier's class probabilities, from their sums over the records."""

from __future__ import annotations

import numpy as np

from monitor.metrics.agreement import NO_RECORDS
from monitor.metrics.inputs import ClassProbabilities
from monitor.metrics.registry import ProblemType, Undefined, detail, divide, metric
from monitor.metrics.scores import calibration_bins

MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION


@metric(MULTICLASS, higher_is_better=False, best=0.0)
def log_loss(class_probabilities: ClassProbabilities) -> float:
    """Mean negative log-likelihood of the labels, in nats, probabilities kept off 0 and 1."""
    return divide(class_probabilities.log_loss_sum, class_probabilities.count, NO_RECORDS)


@metric(MULTICLASS, higher_is_better=False, bounds=(0, 2))
def brier_score(class_probabilities: ClassProbabilities) -> float:
    """Mean over records of the squared probability errors summed over the classes, from 0 to 2."""
    return divide(class_probabilities.brier_sum, class_probabilities.count, NO_RECORDS)


@metric(MULTICLASS, higher_is_better=False, bounds=(0, 1))
def expected_calibration_error(class_probabilities: ClassProbabilities) -> float:
    """Mean gap between confidence and accuracy, over 15 equal-width confidence bins.

    Confidence is the probability of the most probable class; each bin weighs as its records.
    """
    bins = class_probabilities.confidence
    gap = float(np.abs(bins.confidence_sum - bins.correct).sum())
    return divide(gap, int(bins.count.sum()), NO_RECORDS)


@metric(MULTICLASS, higher_is_better=True, bounds=(0, 1))
def top_3_accuracy(class_probabilities: ClassProbabilities) -> float:
    """Share of the records whose label is among the three most probable classes."""
    return _top(class_probabilities, 3)


@metric(MULTICLASS, higher_is_better=True, bounds=(0, 1))
def top_5_accuracy(class_probabilities: ClassProbabilities) -> float:
    """Share of the records whose label is among the five most probable classes."""
    return _top(class_probabilities, 5)


@detail(MULTICLASS)
def calibration(class_probabilities: ClassProbabilities) -> list[dict[str, float]]:
    """Records, mean confidence and accuracy in each bin of confidence that has records."""
    bins = class_probabilities.confidence
    if not class_probabilities.count:
        raise Undefined(NO_RECORDS)
    return calibration_bins(
        bins.count.astype(np.float64), bins.confidence_sum, bins.correct.astype(np.float64)
    )


def _top(class_probabilities: ClassProbabilities, classes: int) -> float:
    rank = class_probabilities.label_rank
    if not class_probabilities.count:
        raise Undefined(NO_RECORDS)
    if len(rank) <= classes:
        raise Undefined(f"the model has no more than {classes} classes")
    return int(rank[:classes].sum()) / class_probabilities.count
