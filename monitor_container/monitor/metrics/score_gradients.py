"""How one more positive or negative at each probability moves the metrics of probabilities.

Of a metric that is defined: whoever calls has its value. Shape (2, m): positives, then negatives.
"""

from __future__ import annotations

import numpy as np

from monitor.metrics.influence import Influence
from monitor.metrics.inputs import CONFIDENCE_BINS, ScoreCounts, Values, confidence_bin


def auc(score_counts: ScoreCounts) -> Influence:
    """Placement of each record among those of the other class, less the mean (DeLong 1988)."""
    positives, negatives = score_counts.positives, score_counts.negatives
    positive, negative = int(positives.sum()), int(negatives.sum())
    below = (np.cumsum(negatives) - negatives / 2) / negative
    above = (positive - np.cumsum(positives) + positives / 2) / positive
    area = float((positives / positive) @ below)
    values = np.stack([(below - area) / positive, (above - area) / negative])
    # A ranking is known no better than its rarer class is.
    counted = np.zeros(values.shape, dtype=np.bool_)
    counted[0 if positive <= negative else 1] = True
    return Influence(values, counted)


def average_precision(score_counts: ScoreCounts) -> Influence:
    """A record moves the precision at its score and below; a positive has one of its own, too."""
    positives = score_counts.positives[::-1].astype(np.float64)
    records = positives + score_counts.negatives[::-1]
    found, predicted, total = np.cumsum(positives), np.cumsum(records), positives.sum()
    precision = found / predicted
    mean = float((positives / total) @ precision)
    # Further on each positive's precision gains 1 / predicted, and loses precision / predicted.
    gained = np.cumsum((positives / predicted)[::-1])[::-1]
    lost = np.cumsum((positives * precision / predicted)[::-1])[::-1]
    values = np.stack([precision - mean + gained - lost, -lost])[:, ::-1] / total
    counted = np.zeros(values.shape, dtype=np.bool_)
    counted[0] = True
    return Influence(values, counted)


def log_loss(score_counts: ScoreCounts) -> Influence:
    """A record's own loss, less the mean."""
    smallest = np.finfo(np.float64).eps
    score = score_counts.score
    own = np.stack(
        [
            -np.log(np.clip(score, smallest, 1 - smallest)),
            -np.log(np.clip(1 - score, smallest, 1 - smallest)),
        ]
    )
    return _of_mean(own, score_counts)


def brier_score(score_counts: ScoreCounts) -> Influence:
    """A record's own squared error, less the mean."""
    score = score_counts.score
    return _of_mean(np.stack([(1 - score) ** 2, score**2]), score_counts)


def calibration_error(score_counts: ScoreCounts) -> Influence:
    """A record's own gap, with the sign of its bin's, less the mean."""
    score = score_counts.score
    place = confidence_bin(score)
    own = np.stack([score - 1, score])
    gaps = (own * _counts(score_counts)).sum(axis=0)
    sign = np.sign(np.bincount(place, gaps, minlength=CONFIDENCE_BINS))
    return _of_mean(own * sign[place], score_counts)


def _of_mean(own: Values, score_counts: ScoreCounts) -> Influence:
    counts = _counts(score_counts)
    mean = float((own * counts).sum() / counts.sum())
    return Influence.of_all((own - mean) / counts.sum())


def _counts(score_counts: ScoreCounts) -> Values:
    return np.stack([score_counts.positives, score_counts.negatives]).astype(np.float64)
