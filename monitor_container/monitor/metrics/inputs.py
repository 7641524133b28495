"""Sufficient statistics: all that a metric may know of the records.

Each can be merged: the statistic of a union of records is the merge of its parts. None holds a row.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from monitor.metrics.residuals import Residuals as Residuals

Counts = NDArray[np.int64]
Values = NDArray[np.float64]

CONFIDENCE_BINS = 15
GRID = 1 << 16
"""Runs of probabilities into which more of them are cut where a figure needs no finer ones."""
# A dense matrix of more classes (200 MB) means a wrong label column rather than a classifier.
MAXIMUM_CLASSES = 5_000


def label_order(label: str) -> tuple[bool, float, str]:
    """Sort key of class labels: numbers by their value, then text."""
    try:
        number = float(label)
    except ValueError:
        return True, 0.0, label
    return (False, number, label) if math.isfinite(number) else (True, 0.0, label)


def confidence_bin(probability: ArrayLike) -> Counts:
    """Index of the equal-width bin of each probability: the last bin includes 1."""
    scaled = np.floor(np.asarray(probability, dtype=np.float64) * CONFIDENCE_BINS)
    return np.minimum(scaled, CONFIDENCE_BINS - 1).astype(np.int64)


def _bin(probability: float) -> int:
    return int(confidence_bin(probability))


@dataclass(frozen=True, slots=True, eq=False)
class ConfusionMatrix:
    """Records by actual and predicted label; a binary one has its positive label last."""

    labels: tuple[str, ...]
    counts: Counts  # (k, k), [actual, predicted]
    positive: str | None = None

    @property
    def count(self) -> int:
        """Number of records."""
        return int(self.counts.sum())

    @classmethod
    def from_counts(
        cls,
        actual: Sequence[str],
        predicted: Sequence[str],
        count: Sequence[int] | Counts,
        positive: str | None = None,
    ) -> ConfusionMatrix:
        """Confusion matrix of (actual, predicted, count) triples, in any order, repeats added."""
        labels = _labels({*actual, *predicted}, positive)
        index = {label: place for place, label in enumerate(labels)}
        counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
        rows = np.array([index[label] for label in actual], dtype=np.intp)
        columns = np.array([index[label] for label in predicted], dtype=np.intp)
        np.add.at(counts, (rows, columns), np.asarray(count, dtype=np.int64))
        return cls(labels, counts, positive)

    @classmethod
    def merge(cls, parts: Sequence[ConfusionMatrix]) -> ConfusionMatrix:
        """Confusion matrix of all the parts' records."""
        positive = next((part.positive for part in parts if part.positive is not None), None)
        labels = _labels({label for part in parts for label in part.labels}, positive)
        index = {label: place for place, label in enumerate(labels)}
        counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
        for part in parts:
            places = np.array([index[label] for label in part.labels], dtype=np.intp)
            counts[np.ix_(places, places)] += part.counts
        return cls(labels, counts, positive)

    def best_constant(self) -> ConfusionMatrix:
        """The same records, all predicted to have the most frequent label (first of equals)."""
        counts = np.zeros_like(self.counts)
        if self.labels:
            actual = self.counts.sum(axis=1)
            counts[:, int(actual.argmax())] = actual
        return ConfusionMatrix(self.labels, counts, self.positive)


def _labels(found: set[str], positive: str | None) -> tuple[str, ...]:
    if len(found) > MAXIMUM_CLASSES:
        raise ValueError(
            f"{len(found):,} different labels, for example {min(found)!r}: "
            f"a classifier of more than {MAXIMUM_CLASSES:,} classes is not supported"
        )
    return tuple(sorted(found, key=lambda label: (label == positive, label_order(label))))


@dataclass(frozen=True, slots=True, eq=False)
class ScoreCounts:
    """Actual positives and negatives at each distinct probability that a binary model gave."""

    score: Values  # (m,), strictly ascending
    positives: Counts  # (m,)
    negatives: Counts  # (m,)

    @property
    def count(self) -> int:
        """Number of records."""
        return int(self.positives.sum() + self.negatives.sum())

    @classmethod
    def from_counts(
        cls, score: ArrayLike, positives: ArrayLike, negatives: ArrayLike
    ) -> ScoreCounts:
        """Score counts of (score, positives, negatives) triples, in any order, repeats added."""
        scores = np.asarray(score, dtype=np.float64)
        counts = np.stack(
            [np.asarray(positives, dtype=np.int64), np.asarray(negatives, dtype=np.int64)]
        )
        if not np.isfinite(scores).all():
            raise ValueError("a score is not a finite number")
        filled = counts.any(axis=0)
        if not filled.all():
            scores, counts = scores[filled], counts[:, filled]
        if not (scores[1:] > scores[:-1]).all():
            order = np.argsort(scores, kind="stable")
            scores = scores[order]
            first = np.flatnonzero(np.concatenate([[True], scores[1:] > scores[:-1]]))
            scores, counts = scores[first], np.add.reduceat(counts[:, order], first, axis=1)
        return cls(scores, counts[0], counts[1])

    def grid_starts(self) -> Counts:
        """Where the scores are cut into at most `GRID` runs, and wherever a confidence bin ends."""
        if len(self.score) <= GRID:
            return np.arange(len(self.score))
        evenly = np.arange(GRID) * len(self.score) // GRID
        return np.union1d(evenly, self.bin_ends()[:-1])[: len(self.score)]

    def bin_ends(self) -> Counts:
        """How many scores are below the end of each confidence bin."""
        bins = range(1, CONFIDENCE_BINS + 1)
        return np.array([bisect_left(self.score, bin_, key=_bin) for bin_ in bins])

    def on_grid(self, starts: Counts | None = None) -> ScoreCounts:
        """The same records, those of a run of scores at their mean: of few scores themselves."""
        if len(self.score) <= GRID:
            return self
        starts = self.grid_starts() if starts is None else starts
        ends = np.append(starts[1:], len(self.score)) - 1
        positives = np.add.reduceat(self.positives, starts)
        negatives = np.add.reduceat(self.negatives, starts)
        total = np.add.reduceat(self.score * (self.positives + self.negatives), starts)
        mean = np.clip(total / (positives + negatives), self.score[starts], self.score[ends])
        return ScoreCounts(mean, positives, negatives)

    @classmethod
    def merge(cls, parts: Sequence[ScoreCounts]) -> ScoreCounts:
        """Score counts of all the parts' records."""
        if not parts:
            return cls.from_counts([], [], [])
        return cls.from_counts(
            np.concatenate([part.score for part in parts]),
            np.concatenate([part.positives for part in parts]),
            np.concatenate([part.negatives for part in parts]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ConfidenceBins:
    """Records by the probability of their predicted class, in equal-width bins on [0, 1]."""

    count: Counts  # (b,)
    confidence_sum: Values  # (b,), sum of the greatest class probabilities
    correct: Counts  # (b,), records whose most probable class is the actual one

    @classmethod
    def merge(cls, parts: Sequence[ConfidenceBins]) -> ConfidenceBins:
        """Confidence bins of all the parts' records."""
        nothing = np.zeros(CONFIDENCE_BINS, dtype=np.int64)
        return cls(
            sum((part.count for part in parts), start=nothing),
            sum((part.confidence_sum for part in parts), start=nothing.astype(np.float64)),
            sum((part.correct for part in parts), start=nothing),
        )


@dataclass(frozen=True, slots=True, eq=False)
class ClassProbabilities:
    """Sums over the class probabilities of a multiclass model.

    A record whose actual class has no probability in the response counts with probability 0: it is
    in `count` and in the sums, and has no rank.
    """

    count: int
    log_loss_sum: float  # sum of -log(p of the actual class), p clipped to [eps, 1 - eps]
    brier_sum: float  # sum over records of the sum over classes of (p - y)^2
    label_rank: Counts  # (number of classes,); [r]: records with r classes above the actual one
    confidence: ConfidenceBins

    @classmethod
    def merge(cls, parts: Sequence[ClassProbabilities]) -> ClassProbabilities:
        """Sums over all the parts' records."""
        rank = np.zeros(max((len(part.label_rank) for part in parts), default=0), dtype=np.int64)
        for part in parts:
            rank[: len(part.label_rank)] += part.label_rank
        return cls(
            sum(part.count for part in parts),
            math.fsum(part.log_loss_sum for part in parts),
            math.fsum(part.brier_sum for part in parts),
            rank,
            ConfidenceBins.merge([part.confidence for part in parts]),
        )
