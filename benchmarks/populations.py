"""Simulated endpoints: records whose scores are a model's, in requests that are hard or easy.

A record's score is its class, away from the threshold by how well the model separates, less how
hard the record is; of that a part is the request's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

Values = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 64
"""Scores are told in so many steps; the metrics are those of a model that tells them so."""
_WIDTH = 0.25
_LOWEST = -BINS * _WIDTH / 2
_MOST_RECORDS = 1_000_000  # at a time


@dataclass(frozen=True, slots=True)
class Law:
    """How a model's scores are distributed: half its separation is a class's distance from 0."""

    positives: float
    separation: float
    threshold: int
    """The first bin that is predicted positive."""

    @property
    def cells(self) -> Values:
        """Probability of each class and bin: negatives, then positives."""
        edges = _LOWEST + _WIDTH * np.arange(1, BINS)
        by_class = []
        for share, sign in ((1 - self.positives, -1), (self.positives, 1)):
            below = norm.cdf(edges - sign * self.separation / 2)
            by_class.append(share * np.diff(np.concatenate([[0.0], below, [1.0]])))
        cells = np.concatenate(by_class)
        return np.asarray(cells / cells.sum())

    def moved(self, separation: float) -> Law:
        """The same model, deployed as before, separating worse."""
        return Law(self.positives, separation, self.threshold)


def law(positives: float, separation: float) -> Law:
    """A model whose threshold predicts about as many positives as there are."""
    cells = Law(positives, separation, 0).cells.reshape(2, BINS).sum(axis=0)
    above = cells[::-1].cumsum()[::-1]
    miss = np.abs(above - positives)
    nearest = np.flatnonzero(miss <= miss.min() + 1e-9)  # more than one if the model is perfect
    return Law(positives, separation, int(nearest[len(nearest) // 2]))


def difficulty(of: Law, correlation: float) -> float:
    """The request's part of a record's hardness that makes right and wrong correlate so much."""
    if not correlation:
        return 0.0
    edge = _LOWEST + _WIDTH * of.threshold
    # A record is wrong if its hardness passes the distance of its class from the threshold.
    limits = np.array([-edge - of.separation / 2, edge - of.separation / 2])
    shares = np.array([1 - of.positives, of.positives])
    wrong = float(shares @ norm.cdf(limits))

    def excess(part: float) -> float:
        both = sum(
            shares[i] * shares[j] * multivariate_normal.cdf(
                [limits[i], limits[j]], cov=[[1, part], [part, 1]]
            )
            for i in range(2)
            for j in range(2)
        )  # fmt: skip
        return float(both - wrong**2 - correlation * wrong * (1 - wrong))

    return float(brentq(excess, 0.0, 0.999, xtol=1e-4))


@dataclass(frozen=True, slots=True)
class Grouping:
    """How the records of a window lie in requests."""

    records: int
    per_request: int
    part: float
    """Of a record's hardness, the request's."""

    @property
    def requests(self) -> int:
        """Of a window."""
        return self.records // self.per_request


def single_records(of: Law, records: int, windows: int, rng: np.random.Generator) -> Counts:
    """Counts by class and bin of windows whose requests have one record each."""
    return rng.multinomial(records, of.cells, size=windows).astype(np.int64)


def grouped_records(
    of: Law, grouping: Grouping, windows: int, rng: np.random.Generator
) -> Iterator[NDArray[np.uint8]]:
    """Class and bin of each record, by window, request and position; some windows at a time."""
    shape = (grouping.requests, grouping.per_request)
    at_once = max(_MOST_RECORDS // grouping.records, 1)
    for start in range(0, windows, at_once):
        count = min(at_once, windows - start)
        own = rng.standard_normal((count, *shape), dtype=np.float32)
        shared = rng.standard_normal((count, shape[0], 1), dtype=np.float32)
        positive = rng.random((count, *shape), dtype=np.float32) < of.positives
        hard = np.sqrt(np.float32(1 - grouping.part)) * own
        hard += np.sqrt(np.float32(grouping.part)) * shared
        hard += np.float32(of.separation / 2)
        np.negative(hard, out=hard, where=~positive)
        place = np.clip((hard - _LOWEST) / np.float32(_WIDTH), 0, BINS - 1).astype(np.uint8)
        yield place + np.uint8(BINS) * positive
