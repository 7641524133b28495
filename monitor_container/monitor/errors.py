"""Errors of every metric of each window: by influences where it has them, else by the folds.

It decides which way, and knows no formula.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import ibis
from ibis import _

from inference_records.configuration import Configuration
from monitor import request_sums
from monitor.cells import Inputs
from monitor.clusters import WINDOW, Cell, Source
from monitor.dense_scores import DenseScores
from monitor.influences import confusion_source, residual_source, score_sources, vector_source
from monitor.interpretation import Interpretation
from monitor.metrics import (
    FOLDS,
    STATISTIC_TYPES,
    Metric,
    ProblemType,
    Registry,
    Uncertainty,
    leave_one_out,
    registered,
    standard_deviations,
)


def sources(
    records: ibis.Table,
    reading: Interpretation,
    configuration: Configuration,
    cells: Mapping[Cell, Inputs],
    dense: Mapping[Cell, DenseScores],
) -> list[Source]:
    """Where the influences on the metrics of a problem type come from."""
    metrics = registered(reading.problem_type)

    def about(statistic: str) -> list[Metric]:
        return [metric for metric in metrics if statistic in metric.parameters]

    if reading.problem_type == ProblemType.REGRESSION:
        found = [residual_source(records, cells, about("residuals"))]
    elif reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        found = [
            confusion_source(records, cells, about("confusion_matrix")),
            *score_sources(records, cells, about("score_counts"), reading, dense),
        ]
    else:
        found = [
            confusion_source(records, cells, about("confusion_matrix")),
            vector_source(records, cells, about("class_probabilities"), configuration),
        ]
    return [source for source in found if source.cells]


def errors(found: Sequence[Source], records: ibis.Table) -> dict[Cell, dict[str, Uncertainty]]:
    """Error of each metric that has influences, by variant and window."""
    single = _each_is_a_request(records)
    by_cell: dict[Cell, dict[str, Uncertainty]] = {}
    for source in found:
        for cell, known in request_sums.errors(source, single).items():
            by_cell.setdefault(cell, {}).update(known)
    return by_cell


def _each_is_a_request(records: ibis.Table) -> bool:
    most = records.aggregate(most=_.record_count.max()).to_pyarrow()["most"][0].as_py()
    if most is None or most > 1:
        return False
    # Two variants may have answered one request.
    grouped = records.group_by(*WINDOW).aggregate(more=_.count() - _.request.nunique())
    return not any(grouped.to_pyarrow()["more"].to_pylist())


def by_folds(
    problem_type: ProblemType, inputs: Inputs, folds: Sequence[Inputs], count: int, known: set[str]
) -> dict[str, Uncertainty]:
    """Error of each other metric, from its values without each fold of the requests."""
    others = Registry(
        {
            (problem_type, metric.name): metric
            for metric in registered(problem_type)
            if metric.name not in known
        }
    )
    defined = {
        n for n, found in others.evaluate(problem_type, inputs).items() if found.value is not None
    }
    filled = sum(_has_records(fold) for fold in folds)
    if not defined or filled < 2:
        return {}
    needed = Registry({key: metric for key, metric in others.entries.items() if key[1] in defined})
    deviations = standard_deviations(problem_type, leave_one_out(folds), needed)
    # A jackknife: the mean square of the five moves, times four.
    return {
        name: Uncertainty(math.sqrt(FOLDS - 1) * deviation, None, filled, count)
        for name, deviation in deviations.items()
        if deviation is not None
    }


def _has_records(fold: Inputs) -> bool:
    return any(isinstance(of, STATISTIC_TYPES) and of.count > 0 for of in fold.values())
