"""Sufficient statistics as a ledger keeps them: what later questions can be asked of.

Scores are kept at no more than a thousand points, so that a window costs kilobytes whatever its
size; everything else is kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import orjson

from monitor.metrics import ClassProbabilities, ConfusionMatrix, Residuals, ScoreCounts

POINTS = 1_000


def statistics_document(inputs: Mapping[str, object]) -> str:
    """JSON of the statistics among the inputs of a window's metrics."""
    found = {name: part for name, value in inputs.items() if (part := _document(value)) is not None}
    return orjson.dumps(found, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY).decode()


def _document(value: object) -> dict[str, Any] | None:
    match value:
        case ConfusionMatrix():
            rows, columns = np.nonzero(value.counts)
            cells = np.stack([rows, columns, value.counts[rows, columns]], axis=1)
            return {
                "labels": value.labels,
                "positive": value.positive,
                "cells": cells.tolist(),
            }
        case ScoreCounts():
            return _scores(value)
        case ClassProbabilities() | Residuals():
            return asdict(value)
    return None


def _scores(counts: ScoreCounts) -> dict[str, Any]:
    """Counts at each score, or in equal-width bins where there are more than a thousand."""
    score, columns = counts.score, (counts.positives, counts.negatives)
    exact = len(score) <= POINTS
    if not exact:
        low, high = float(score[0]), float(score[-1])
        place = np.minimum(((score - low) / (high - low) * POINTS).astype(np.int64), POINTS - 1)
        sums = [np.bincount(place, column, minlength=POINTS) for column in columns]
        filled = np.flatnonzero(sums[0] + sums[1])
        # The middle of each bin stands for its scores.
        score = low + (filled + 0.5) * (high - low) / POINTS
        columns = (sums[0][filled].astype(np.int64), sums[1][filled].astype(np.int64))
    return {
        "exact": exact,
        "score": score.tolist(),
        "positives": columns[0].tolist(),
        "negatives": columns[1].tolist(),
    }
