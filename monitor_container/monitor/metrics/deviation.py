"""SageMaker's standard deviation of a metric: its spread over five subsamples of 80 %.

SageMaker draws the five at random; here the records fall into five folds and a subsample is all but
one of them, so that one pass over the data serves all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from monitor.metrics.inputs import ClassProbabilities, ConfusionMatrix, Residuals, ScoreCounts
from monitor.metrics.registry import REGISTRY, ProblemType, Registry

FOLDS = 5
MINIMUM_RECORDS = 200
STATISTIC_TYPES = (ConfusionMatrix, ScoreCounts, ClassProbabilities, Residuals)


def leave_one_out(folds: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Inputs of all records but one fold's, for each fold; a fold without an input adds nothing."""
    names = list(dict.fromkeys(name for fold in folds for name in fold))
    return [
        {
            name: _union([fold.get(name) for other, fold in enumerate(folds) if other != left_out])
            for name in names
        }
        for left_out in range(len(folds))
    ]


def standard_deviations(
    problem_type: ProblemType,
    folds: Sequence[Mapping[str, object]],
    registry: Registry = REGISTRY,
) -> dict[str, float | None]:
    """Standard deviation of each metric over the five leave-one-fold-out inputs, None if unknown.

    It is the population's (ddof = 0). A metric near a mean over n records of variance s^2 has
    variance s^2 (1 - 0.8) / 0.8 n = s^2 / 4n in a random 80 % of them, about its value in all. A
    fold's mean has 4 s^2 / n, and leaving the fold out moves the metric by a quarter of the fold's
    distance: s^2 / 4n again. But the five moves add up to zero, the mean being known, so that the
    mean square over all five estimates what ddof = 1 estimates of independent draws.
    """
    if len(folds) != FOLDS:
        raise ValueError(f"a standard deviation needs {FOLDS} replicates, not {len(folds)}")
    replicates = [registry.evaluate(problem_type, fold) for fold in folds]
    enough = _records(folds) >= MINIMUM_RECORDS
    deviations: dict[str, float | None] = {}
    for name in replicates[0]:
        values = [replicate[name].value for replicate in replicates]
        known = [value for value in values if value is not None]
        complete = enough and len(known) == FOLDS
        deviations[name] = float(np.std(known, ddof=0)) if complete else None
    return deviations


def _records(folds: Sequence[Mapping[str, object]]) -> int:
    """Number of records in all: each is in every replicate but one."""
    counts = [
        max((part.count for part in fold.values() if isinstance(part, STATISTIC_TYPES)), default=0)
        for fold in folds
    ]
    return sum(counts) // (FOLDS - 1)


def _union(parts: Sequence[object]) -> object:
    given = [part for part in parts if part is not None]
    if not given:
        return None
    for kind in STATISTIC_TYPES:
        if isinstance(given[0], kind):
            return kind.merge(given)  # type: ignore[arg-type]
    if isinstance(given[0], np.ndarray):
        return np.concatenate(given)  # type: ignore[arg-type]
    return given[0]  # an option is the same in every fold
