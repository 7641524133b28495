"""Metrics of many simulated windows at once, with the errors that the monitor would compute.

The same delta method as the monitor's, on counts: a test holds both to each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.populations import BINS, Counts, Values
from monitor.metrics import ProblemType, registered

METRICS = [m for m in registered(ProblemType.BINARY_CLASSIFICATION) if m.suggested]
NAMES = [metric.name for metric in METRICS]
"""The metrics that a baseline suggests constraints for, as SageMaker's does."""
_BETA = {"f0_5": 0.5, "f1": 1.0, "f2": 2.0}
_TP, _FP, _FN, _TN = range(4)


@dataclass(frozen=True, slots=True)
class Estimates:
    """By window and metric; NaN where the metric is undefined."""

    values: Values
    variance: Values
    independent: Values
    requests: Values
    records: Values

    def __getitem__(self, windows: object) -> Estimates:
        return Estimates(*(getattr(self, name)[windows] for name in self.__slots__))

    @classmethod
    def joined(cls, parts: Iterable[Estimates]) -> Estimates:
        """All windows of all parts."""
        known = list(parts)
        return cls(*(
            np.concatenate([getattr(part, name) for part in known]) for name in cls.__slots__
        ))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Requests:
    """What the requests of each window sum up to, so that errors can be clustered."""

    moments: Values
    """Products of the four outcomes' counts, summed over requests."""
    counted: dict[str, Values]
    """Requests that have any positive, negative, predicted positive, any of these three; all."""
    placements: Values
    """Squares of the sums of the influences on the AUC."""


def of_singles(counts: Counts, threshold: int) -> Estimates:
    """Windows whose requests have one record each, from their counts by class and bin."""
    outcome = outcomes(counts, threshold)
    influence = placement(counts)[1]
    return _estimates(counts, outcome, _Requests(
        outcome[:, :, None] * np.eye(4), _kinds(outcome), (counts * influence**2).sum(axis=1),
    ))  # fmt: skip


def of_requests(codes: NDArray[np.uint8], threshold: int) -> Estimates:
    """Windows from the class and bin of each record, by window, request and position."""
    windows = len(codes)
    offset = 2 * BINS * np.arange(windows, dtype=np.int64)[:, None, None]
    places = codes + offset
    counts = np.bincount(places.ravel(), minlength=windows * 2 * BINS).reshape(windows, -1)
    positive = codes >= BINS
    predicted = (codes & (BINS - 1)) >= threshold
    actual, said, both = (
        each.sum(axis=2, dtype=np.float64) for each in (positive, predicted, positive & predicted)
    )
    by_request = np.stack([both, said - both, actual - both,
                           codes.shape[2] - actual - said + both], axis=2)  # fmt: skip
    influence = placement(counts)[1].ravel()[places].sum(axis=2)
    kinds = _kinds((by_request.reshape(-1, 4) > 0).astype(float))
    counted = {
        name: np.minimum(flags.reshape(windows, -1), 1).sum(axis=1) for name, flags in kinds.items()
    }
    moments = np.matmul(by_request.transpose(0, 2, 1), by_request)
    squares = (influence**2).sum(axis=1)
    return _estimates(counts, outcomes(counts, threshold), _Requests(moments, counted, squares))


def outcomes(counts: Counts, threshold: int) -> Values:
    """True positives, false positives, false negatives and true negatives of each window."""
    by_class = counts.reshape(-1, 2, BINS)
    above, below = by_class[:, :, threshold:].sum(axis=2), by_class[:, :, :threshold].sum(axis=2)
    return np.stack([above[:, 1], above[:, 0], below[:, 1], below[:, 0]], axis=1).astype(float)


def _kinds(outcome: Values) -> dict[str, Values]:
    tp, fp, fn, tn = outcome.T.astype(float)
    return {
        "positive": tp + fn, "negative": fp + tn, "predicted": tp + fp, "any": tp + fp + fn,
        "all": tp + fp + fn + tn,
    }  # fmt: skip


def placement(counts: Counts) -> tuple[Values, Values]:
    """AUC, and each record's influence on it by class and bin."""
    negative, positive = counts.reshape(-1, 2, BINS).transpose(1, 0, 2)
    negatives, positives = negative.sum(axis=1)[:, None], positive.sum(axis=1)[:, None]
    won_twice = (positive * (2 * negative.cumsum(axis=1) - negative)).sum(axis=1)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        below = (negative.cumsum(axis=1) - negative / 2) / negatives
        above = (positives - positive.cumsum(axis=1) + positive / 2) / positives
        area = won_twice / (2 * negatives * positives)  # whole numbers: of a perfect model 1
        influence = np.concatenate([(above - area) / negatives, (below - area) / positives], axis=1)
    return area[:, 0], np.nan_to_num(influence)


def _estimates(counts: Counts, outcome: Values, requests: _Requests) -> Estimates:
    kinds = _kinds(outcome)
    columns = []
    for name in NAMES:
        if name == "auc":
            columns.append(_of_auc(counts, kinds, requests))
            continue
        value, gradient, kind = confusion_metric(name, outcome)
        clustered = np.einsum("wi,wij,wj->w", gradient, requests.moments, gradient)
        independent = (outcome * gradient**2).sum(axis=1)
        known = requests.counted[kind], kinds[kind]
        columns.append((value, _corrected(clustered, known[0]), _corrected(independent, known[1]),
                        *known))  # fmt: skip
    return Estimates(*(np.stack(each, axis=1) for each in zip(*columns, strict=True)))


def _of_auc(counts: Counts, kinds: dict[str, Values], requests: _Requests) -> tuple[Values, ...]:
    area, influence = placement(counts)
    rarer = kinds["positive"] <= kinds["negative"]
    independent = (counts * influence**2).sum(axis=1)
    groups = np.where(rarer, requests.counted["positive"], requests.counted["negative"])
    records = np.where(rarer, kinds["positive"], kinds["negative"])
    return (area, _corrected(requests.placements, groups), _corrected(independent, records),
            groups, records)  # fmt: skip


def _corrected(squares: Values, count: Values) -> Values:
    return squares * count / np.maximum(count - 1, 1)


def confusion_metric(name: str, outcome: Values) -> tuple[Values, Values, str]:
    """A metric of each window, its gradient by the four outcomes, and the records it is about."""
    hits, weights, kind = _shape(name)
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = outcome @ weights
        value = outcome @ hits / whole
        gradient = (hits - value[:, None] * weights) / whole[:, None]
    return value, np.nan_to_num(gradient), kind


def _shape(name: str) -> tuple[Values, Values, str]:
    """A metric as a quotient of two weighted sums of the outcomes."""
    if name in _BETA:
        weight = _BETA[name] ** 2
        return _row(1 + weight), _row(1 + weight, 1, weight), "any"
    return {
        "accuracy": (_row(1, 0, 0, 1), _row(1, 1, 1, 1), "all"),
        "recall": (_row(1), _row(1, 0, 1), "positive"),
        "true_positive_rate": (_row(1), _row(1, 0, 1), "positive"),
        "false_negative_rate": (_row(0, 0, 1), _row(1, 0, 1), "positive"),
        "precision": (_row(1), _row(1, 1), "predicted"),
        "true_negative_rate": (_row(0, 0, 0, 1), _row(0, 1, 0, 1), "negative"),
        "false_positive_rate": (_row(0, 1), _row(0, 1, 0, 1), "negative"),
    }[name]


def _row(*known: float) -> Values:
    return np.array([*known, 0.0, 0.0, 0.0, 0.0][:4])


def correlations(counts: Counts, threshold: int) -> dict[tuple[str, str], float]:
    """Of the errors of the metrics of one window of single records; unknown without an error."""
    outcome = outcomes(counts[None], threshold)
    predicted = np.arange(BINS) >= threshold
    kind = np.concatenate([np.where(predicted, _FP, _TN), np.where(predicted, _TP, _FN)])
    influence = np.stack([
        placement(counts[None])[1][0] if name == "auc"
        else confusion_metric(name, outcome)[1][0][kind]
        for name in NAMES
    ])  # fmt: skip
    covariance = (influence * counts) @ influence.T
    scale = np.sqrt(np.diag(covariance))
    return {
        (min(one, other), max(one, other)): float(covariance[i, j] / (scale[i] * scale[j]))
        for i, one in enumerate(NAMES)
        for j, other in enumerate(NAMES[:i])
        if scale[i] > 0 and scale[j] > 0
    }
