"""Errors of every metric of each window: by influences where it has them, else by the folds.

It decides which way, and knows no formula.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
from ibis import _

from inference_records.configuration import Configuration
from monitor import request_sums
from monitor.cells import Inputs
from monitor.clusters import WINDOW, Cell, InArrays, Source
from monitor.dense_scores import DenseScores, is_in
from monitor.influences import confusion_source, score_sources, vector_source
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
from monitor.residual_influences import residual_source, residual_source_in
from monitor.residual_sums import Adding


@dataclass(frozen=True, slots=True)
class InProcess:
    """What the errors of some variants and windows are made of whose records are in arrays."""

    confusion: Mapping[Cell, InArrays] = field(default_factory=dict)
    scores: Mapping[Cell, DenseScores] = field(default_factory=dict)
    residuals: Mapping[Cell, Adding] = field(default_factory=dict)


NOTHING = InProcess()


def sources(
    records: ibis.Table | None,
    reading: Interpretation,
    configuration: Configuration,
    cells: Mapping[Cell, Inputs],
    own: InProcess = NOTHING,
) -> list[Source]:
    """Where the influences on the metrics of a problem type come from.

    `records` are None where all are in this process.
    """
    metrics = registered(reading.problem_type)

    def about(statistic: str) -> list[Metric]:
        return [metric for metric in metrics if statistic in metric.parameters]

    if reading.problem_type == ProblemType.REGRESSION:
        of_residuals = about("residuals")
        found = [
            residual_source_in(own.residuals, cells, of_residuals)
            if records is None
            else residual_source(records, cells, of_residuals)
        ]
    else:
        found = [confusion_source(records, cells, about("confusion_matrix"), own.confusion)]
        if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
            of_scores = about("score_counts")
            found += score_sources(records, cells, of_scores, reading, own.scores)
        elif records is not None:
            of_vectors = about("class_probabilities")
            found.append(vector_source(records, cells, of_vectors, configuration))
    return [source for source in found if source.cells]


def errors(found: Sequence[Source], single: Collection[Cell]) -> dict[Cell, dict[str, Uncertainty]]:
    """Error of each metric that has influences, by variant and window.

    `single` are those in which each record is a request of its own.
    """
    by_cell: dict[Cell, dict[str, Uncertainty]] = {}
    for source in found:
        for cell, known in request_sums.errors(source, single).items():
            by_cell.setdefault(cell, {}).update(known)
    return by_cell


def single_cells(records: ibis.Table) -> set[Cell]:
    """Variants and windows in which each record is a request of its own."""
    most = records.group_by(*WINDOW).aggregate(most=_.record_count.max()).filter(_.most == 1)
    if not (found := most.to_pyarrow().to_pylist()):
        return set()
    alone = records.filter(is_in([(row["variant"], row["window"]) for row in found]))
    # Two variants may have answered one request.
    grouped = alone.group_by(*WINDOW).aggregate(more=_.count() - _.request.nunique())
    rows = grouped.to_pyarrow().to_pylist()
    return {(row["variant"], row["window"]) for row in rows if not row["more"]}


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
