"""Metrics of a binary classifier's probabilities, from the counts at each distinct probability.

NumPy on counts: importing scikit-learn costs a second, so it serves as the oracle in the tests.
"""

from __future__ import annotations

import numpy as np

from monitor.metrics import score_gradients
from monitor.metrics.agreement import NO_RECORDS
from monitor.metrics.binary import NONE_NEGATIVE, NONE_POSITIVE
from monitor.metrics.inputs import CONFIDENCE_BINS, Counts, ScoreCounts, Values
from monitor.metrics.registry import ProblemType, Undefined, detail, divide, metric

BINARY = ProblemType.BINARY_CLASSIFICATION


def probabilities(score_counts: ScoreCounts) -> Values:
    """The distinct scores, provided that there are some and that they are probabilities."""
    score = score_counts.score
    if not score.size:
        raise Undefined(NO_RECORDS)
    if score[0] < 0 or score[-1] > 1:
        raise Undefined(f"scores from {score[0]:g} to {score[-1]:g} are no probabilities")
    return score


@metric(BINARY, higher_is_better=True, suggested=True, gradient=score_gradients.auc, bounds=(0, 1))
def auc(score_counts: ScoreCounts) -> float:
    """Area under the ROC curve: chance that a positive scores above a negative, ties being half."""
    positives, negatives = score_counts.positives, score_counts.negatives
    positive, negative = int(positives.sum()), int(negatives.sum())
    if not positive:
        raise Undefined(NONE_POSITIVE)
    if not negative:
        raise Undefined(NONE_NEGATIVE)
    won_twice = 2 * np.cumsum(negatives) - negatives
    if positive * 2 * negative > np.iinfo(np.int64).max:
        total = sum(p * w for p, w in zip(positives.tolist(), won_twice.tolist(), strict=True))
    else:
        total = int(positives @ won_twice)
    return float(total / (2 * positive * negative))


@metric(BINARY, higher_is_better=True, gradient=score_gradients.average_precision, bounds=(0, 1))
def average_precision(score_counts: ScoreCounts) -> float:
    """Mean of the precision at each threshold, weighted by the gain in recall."""
    positives = score_counts.positives[::-1]
    positive = int(positives.sum())
    if not positive:
        raise Undefined(NONE_POSITIVE)
    predicted = np.cumsum(positives + score_counts.negatives[::-1])
    return float((positives / positive) @ (np.cumsum(positives) / predicted))


@metric(BINARY, higher_is_better=False, gradient=score_gradients.log_loss, best=0.0)
def log_loss(score_counts: ScoreCounts) -> float:
    """Mean negative log-likelihood of the labels, in nats, probabilities kept off 0 and 1."""
    score = probabilities(score_counts)
    smallest = np.finfo(np.float64).eps
    # Both sides are clipped, as scikit-learn does: 1 - eps alone would leave -log(1 - p) at 36.04.
    positive = -np.log(np.clip(score, smallest, 1 - smallest))
    negative = -np.log(np.clip(1 - score, smallest, 1 - smallest))
    total = score_counts.positives @ positive + score_counts.negatives @ negative
    return divide(float(total), score_counts.count, NO_RECORDS)


@metric(BINARY, higher_is_better=False, gradient=score_gradients.brier_score, bounds=(0, 1))
def brier_score(score_counts: ScoreCounts) -> float:
    """Mean squared difference between the probability and the outcome, from 0 to 1."""
    score = probabilities(score_counts)
    total = score_counts.positives @ (1 - score) ** 2 + score_counts.negatives @ score**2
    return divide(float(total), score_counts.count, NO_RECORDS)


@metric(BINARY, higher_is_better=False, gradient=score_gradients.calibration_error, bounds=(0, 1))
def expected_calibration_error(score_counts: ScoreCounts) -> float:
    """Mean gap between probability and share of positives, over 15 equal-width probability bins.

    Of the positive class's probability, each bin weighted by its records.
    """
    _, probability_sum, positive = _binned(score_counts)
    total = float(np.abs(probability_sum - positive).sum())
    return divide(total, score_counts.count, NO_RECORDS)


@detail(BINARY)
def calibration(score_counts: ScoreCounts) -> list[dict[str, float]]:
    """Records, mean probability and share of positives in each bin of probability."""
    return calibration_bins(*_binned(score_counts))


def calibration_bins(
    count: Values, probability_sum: Values, right: Values
) -> list[dict[str, float]]:
    """JSON of equal-width bins on [0, 1], the empty ones left out."""
    return [
        {
            "lower": place / CONFIDENCE_BINS,
            "upper": (place + 1) / CONFIDENCE_BINS,
            "count": int(count[place]),
            "mean_probability": float(probability_sum[place] / count[place]),
            "observed_rate": float(right[place] / count[place]),
        }
        for place in np.flatnonzero(count).tolist()
    ]


def _binned(score_counts: ScoreCounts) -> tuple[Values, Values, Values]:
    """Per bin of probability: records, sum of probabilities, positives."""
    score = probabilities(score_counts)
    ends = score_counts.bin_ends()
    records = score_counts.positives + score_counts.negatives

    def total(weight: Values | Counts) -> Values:
        bins = zip([0, *ends[:-1]], ends, strict=True)
        return np.array([float(weight[begin:end].sum()) for begin, end in bins])

    return total(records), total(records * score), total(score_counts.positives)
