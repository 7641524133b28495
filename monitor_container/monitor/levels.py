"""At which level each metric is judged, so that all of them keep the budget of false pages.

A bound, and no heuristic: the chance that any of the metrics errs is at most the budget.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, owens_t

Correlations = Mapping[tuple[str, str], float]

# Of a month-long window the budget would allow any chance: it is still to be believed.
HIGHEST = 0.05
_BISECTIONS = 60


def window_budget(count: float, days: float, period: timedelta, variants: int = 1) -> float:
    """Chance of a false page that one window of one variant may have: `count` in `days` days."""
    allowed = count * (period / timedelta(days=days))
    return min(allowed, HIGHEST) / max(variants, 1)


def metric_level(budget: float, metrics: Sequence[str], correlations: Correlations) -> float:
    """The level of each metric at which any of them errs with at most the budget's chance.

    Hunter's bound (1976): the chances of all, less those that the pairs of a tree err together.
    `correlations` are those of the drops, by names in order; an unknown pair saves nothing.
    """
    names = sorted(set(metrics))
    if len(names) < 2:
        return budget
    return _solved(budget, len(names), tuple(_tree(_matrix(names, correlations)).tolist()))


@lru_cache(maxsize=256)
def _solved(budget: float, count: int, tree: tuple[float, ...]) -> float:
    """The level; windows of one endpoint ask for the same one again and again."""
    correlations = np.array(tree)
    low, high = budget / count, budget
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if count * middle - float(together(middle, correlations).sum()) > budget:
            high = middle
        else:
            low = middle
    return low


def together(level: float, correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Chance that two normal scores are both beyond a level, by their correlation."""
    limit = ndtri(level)
    slope = np.sqrt((1 - correlation) / np.maximum(1 + correlation, np.finfo(np.float64).tiny))
    both: NDArray[np.float64] = ndtr(limit) - 2 * owens_t(limit, slope)
    return np.maximum(both, 0.0)


def _matrix(names: Sequence[str], correlations: Correlations) -> NDArray[np.float64]:
    """Correlations of all pairs; -1 where unknown, as if two never erred together."""
    places = {name: place for place, name in enumerate(names)}
    matrix = np.full((len(names), len(names)), -1.0)
    for (one, other), value in correlations.items():
        if one in places and other in places:
            row, column = places[one], places[other]
            matrix[row, column] = matrix[column, row] = np.clip(value, -1.0, 1.0)
    return matrix


def _tree(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Correlations along the tree that joins all and has the largest ones (Prim 1957).

    It is the best tree at any level: the chance to err together grows with the correlation.
    """
    nearest = matrix[0].copy()
    outside = np.arange(len(matrix)) > 0
    found = []
    while outside.any():
        place = int(np.where(outside, nearest, -2.0).argmax())
        found.append(nearest[place])
        outside[place] = False
        nearest = np.maximum(nearest, matrix[place])
    return np.array(found)
