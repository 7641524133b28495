"""Curves over the threshold of a binary classifier, in SageMaker's key names, cut to few points."""

from __future__ import annotations

import numpy as np

from monitor.metrics.binary import NONE_NEGATIVE, NONE_POSITIVE
from monitor.metrics.inputs import Counts, ScoreCounts, Values
from monitor.metrics.registry import ProblemType, Undefined, detail

CURVE_POINTS = 200


@detail(ProblemType.BINARY_CLASSIFICATION)
def receiver_operating_characteristic_curve(score_counts: ScoreCounts) -> dict[str, list[float]]:
    """True positive rate against false positive rate as the threshold falls: (0, 0) to (1, 1)."""
    true_positives, false_positives = _above(score_counts)
    if not false_positives.size or not false_positives[-1]:
        raise Undefined(NONE_NEGATIVE)
    # Thinned as counts: a straight run is exactly straight only before the division.
    x, y = np.concatenate([[0.0], false_positives]), np.concatenate([[0.0], true_positives])
    kept = _thinned(x, y)
    return {
        "false_positive_rates": (x[kept] / x[-1]).tolist(),
        "true_positive_rates": (y[kept] / y[-1]).tolist(),
    }


@detail(ProblemType.BINARY_CLASSIFICATION)
def precision_recall_curve(score_counts: ScoreCounts) -> dict[str, list[float]]:
    """Precision against recall as the threshold falls; recall 0 has the first one's precision."""
    true_positives, false_positives = _above(score_counts)
    recalls = true_positives / true_positives[-1]
    precisions = true_positives / (true_positives + false_positives)
    x = np.concatenate([[0.0], recalls])
    y = np.concatenate([precisions[:1], precisions])
    kept = _thinned(x, y)
    return {"precisions": y[kept].tolist(), "recalls": x[kept].tolist()}


def _above(score_counts: ScoreCounts) -> tuple[Counts, Counts]:
    """True and false positives of each threshold, the highest threshold first; of a grid's."""
    score_counts = score_counts.on_grid()
    true_positives = np.cumsum(score_counts.positives[::-1])
    if not true_positives.size or not true_positives[-1]:
        raise Undefined(NONE_POSITIVE)
    return true_positives, np.cumsum(score_counts.negatives[::-1])


def _thinned(x: Values, y: Values) -> Counts:
    """Indices of at most 200 points that keep the ends and the shape of a curve.

    Points inside a straight run go first; of the others, points evenly spaced along the curve stay,
    its length measured as the share of all horizontal and of all vertical movement.
    """
    dx, dy = np.diff(x), np.diff(y)
    corner = dx[:-1] * dy[1:] != dy[:-1] * dx[1:]
    kept = np.flatnonzero(np.concatenate([[True], corner, [True]]))
    if len(kept) <= CURVE_POINTS:
        return kept
    length = _travelled(x[kept]) + _travelled(y[kept])
    marks = np.linspace(0.0, length[-1], CURVE_POINTS)
    places = np.minimum(np.searchsorted(length, marks), len(kept) - 1)
    places[0], places[-1] = 0, len(kept) - 1
    thinned: Counts = kept[np.unique(places)]
    return thinned


def _travelled(values: Values) -> Values:
    """Share of all movement up to each point."""
    moved = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(values)))])
    return moved / moved[-1] if moved[-1] else moved
