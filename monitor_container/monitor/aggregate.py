"""Evaluated records -> the inputs of the metrics, by variant and window.

A metric asks for a statistic by naming it as a parameter. Rows leave the engine only for a metric
of the user's own that names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import ibis
import pandas as pd
from ibis import _

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.aggregate_classification import class_sums, confusion, scores
from monitor.aggregate_regression import residuals
from monitor.binary import THRESHOLD, read_binary
from monitor.cells import CELL, Inputs, Part, by_cell
from monitor.clusters import Cell
from monitor.dense_scores import DenseScores, dense_cells, dense_scores, is_in
from monitor.errors import by_folds, errors, sources
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, STATISTIC_TYPES, ProblemType, Uncertainty

_ROWS = frozenset({"label", "prediction", "probability", "label_value", "prediction_value"})


@dataclass(frozen=True, slots=True)
class Statistics:
    """Inputs of the metrics of one window: of all its records, and of each fold."""

    inputs: Inputs
    folds: tuple[Inputs, ...]
    count: int
    errors: Mapping[str, Uncertainty] = field(default_factory=dict)
    """Of each metric whose error is known."""


def aggregate(
    evaluated: ibis.Table,
    reading: Interpretation,
    configuration: Configuration,
    needed: Iterable[str],
) -> dict[tuple[str, int], Statistics]:
    """Statistics of each (variant, window) that has evaluated records that can be judged."""
    if reading.refused is not None:
        return {}
    dense: Mapping[Cell, DenseScores] = {}
    if reading.problem_type == ProblemType.REGRESSION:
        parts = [residuals(evaluated)]
    else:
        binary = reading.problem_type == ProblemType.BINARY_CLASSIFICATION
        records = read_records(evaluated, reading, configuration)
        parts = [confusion(records, reading)]
        if binary:
            own, dense = _scores(records, reading)
            parts.append(own)
        else:
            parts.append(class_sums(records, configuration))
        evaluated = records
    if not _ROWS.isdisjoint(needed):
        parts.append(_combinations(evaluated, reading))
    options = _options(configuration)
    cells = {cell for part in parts for cell in part}
    found = {
        cell: _statistics([part[cell] for part in parts if cell in part], options)
        for cell in sorted(cells)
    }
    return _with_errors(found, evaluated, reading, configuration, dense)


def read_records(
    evaluated: ibis.Table, reading: Interpretation, configuration: Configuration
) -> ibis.Table:
    """Records as the metrics understand them."""
    if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        return read_binary(evaluated, reading, configuration)
    return evaluated


def _scores(
    records: ibis.Table, reading: Interpretation
) -> tuple[Part, Mapping[Cell, DenseScores]]:
    """Probabilities counted by the engine, in arrays where hardly two of them are the same."""
    cells, are_all = dense_cells(records)
    if not cells:
        return scores(records, reading), {}
    part, dense = dense_scores(records, reading, cells, are_all and len(cells) == 1)
    if are_all:
        return part, dense
    return scores(records.filter(~is_in(cells)), reading) | part, dense


def _with_errors(
    found: dict[tuple[str, int], Statistics],
    records: ibis.Table,
    reading: Interpretation,
    configuration: Configuration,
    dense: Mapping[Cell, DenseScores],
) -> dict[tuple[str, int], Statistics]:
    if "number" in records.columns:
        # Of a request that has one: shorter than its id.
        records = records.mutate(request=_.number)
    inputs = {cell: of.inputs for cell, of in found.items()}
    known = errors(sources(records, reading, configuration, inputs, dense), records)
    complete = {}
    for cell, of in found.items():
        own = known.get(cell, {})
        rest = by_folds(reading.problem_type, of.inputs, of.folds, of.count, set(own))
        complete[cell] = replace(of, errors={**own, **rest})
    return complete


def _statistics(parts: list[tuple[Inputs, tuple[Inputs, ...]]], options: Inputs) -> Statistics:
    inputs = {**options, **{k: v for whole, _folds in parts for k, v in whole.items()}}
    folds = tuple(
        {**options, **{k: v for _whole, folds in parts for k, v in folds[i].items()}}
        for i in range(FOLDS)
    )
    counts = (value.count for value in inputs.values() if isinstance(value, STATISTIC_TYPES))
    return Statistics(inputs, folds, max(counts, default=0))


def _options(configuration: Configuration) -> Inputs:
    matrix = configuration.cost_matrix
    return {
        "quantile": configuration.quantile,
        "threshold": THRESHOLD if configuration.threshold is None else configuration.threshold,
        "cost_matrix": None if matrix is None else _canonical_costs(matrix),
    }


def _canonical_costs(matrix: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    def names(labels: Iterable[str]) -> list[str]:
        return [str(label) for label in canonical_labels(list(labels)).to_pylist()]

    return {
        actual: dict(zip(names(costs), costs.values(), strict=True))
        for actual, costs in zip(names(matrix), matrix.values(), strict=True)
    }


def _combinations(evaluated: ibis.Table, reading: Interpretation) -> Part:
    """The distinct combinations of label and prediction, for metrics of the user's own."""
    regression = reading.problem_type == ProblemType.REGRESSION
    names = (
        ["label_value", "prediction_value"]
        if regression
        else ["label", "prediction", "probability"]
    )
    counts = evaluated.group_by(*CELL, *names).aggregate(weight=_.count()).order_by(*CELL, *names)

    def build(rows: pd.DataFrame) -> Inputs:
        return {name: rows[name].to_numpy() for name in (*names, "weight")}

    return by_cell(counts, build)
