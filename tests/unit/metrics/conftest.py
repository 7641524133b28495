"""Sufficient statistics computed from rows in the plainest way, for the tests to compare with."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.metrics import (
    CONFIDENCE_BINS,
    ClassProbabilities,
    ConfidenceBins,
    ConfusionMatrix,
    Residuals,
    ScoreCounts,
    confidence_bin,
)


def matrix_of(
    actual: Iterable[object], predicted: Iterable[object], positive: str | None = None
) -> ConfusionMatrix:
    cells = Counter(zip(map(str, actual), map(str, predicted), strict=True))
    return ConfusionMatrix.from_counts(
        [cell[0] for cell in cells], [cell[1] for cell in cells], list(cells.values()), positive
    )


def score_counts_of(positive: ArrayLike, score: ArrayLike) -> ScoreCounts:
    is_positive = np.asarray(positive, dtype=np.int64)
    return ScoreCounts.from_counts(score, is_positive, 1 - is_positive)


def class_probabilities_of(place: ArrayLike, probability: ArrayLike) -> ClassProbabilities:
    """Of the place of each record's class and the (n, k) probabilities."""
    label = np.asarray(place, dtype=np.intp)
    p = np.asarray(probability, dtype=np.float64)
    true = p[np.arange(len(p)), label]
    smallest = np.finfo(np.float64).eps
    bins = confidence_bin(p.max(axis=1))
    right = p.argmax(axis=1) == label

    def binned(weight: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.bincount(bins, weight, minlength=CONFIDENCE_BINS).astype(np.float64)

    return ClassProbabilities(
        count=len(p),
        log_loss_sum=float(-np.log(np.clip(true, smallest, 1 - smallest)).sum()),
        brier_sum=float(((p - np.eye(p.shape[1])[label]) ** 2).sum()),
        label_rank=np.bincount((p > true[:, None]).sum(axis=1), minlength=p.shape[1]),
        confidence=ConfidenceBins(
            binned(np.ones(len(p))).astype(np.int64),
            binned(p.max(axis=1)),
            binned(right.astype(float)).astype(np.int64),
        ),
    )


def residuals_of(label: ArrayLike, prediction: ArrayLike) -> Residuals:
    y, predicted = np.asarray(label, dtype=float), np.asarray(prediction, dtype=float)
    e = y - predicted
    size = abs(y) + abs(predicted)
    mean, bias = (y.mean(), e.mean()) if y.size else (0.0, 0.0)
    return Residuals(
        count=len(y),
        under_sum=float(np.maximum(e, 0).sum()),
        over_sum=float(np.maximum(-e, 0).sum()),
        squared_sum=float((e**2).sum()),
        label_mean=float(mean),
        label_squares=float(((y - mean) ** 2).sum()),
        residual_mean=float(bias),
        residual_squares=float(((e - bias) ** 2).sum()),
        absolute_label_sum=float(abs(y).sum()),
        percentage_sum=float(abs(e[y != 0] / y[y != 0]).sum()),
        percentage_count=int((y != 0).sum()),
        symmetric_sum=float((2 * abs(e[size > 0]) / size[size > 0]).sum()),
        symmetric_count=len(y),
        median_absolute_error=float(np.median(abs(e))) if y.size else None,
    )
