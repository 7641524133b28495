"""Evaluated records -> the inputs of the metrics, by variant and window.

A metric asks for a statistic by naming it as a parameter. Rows leave the engine only for a metric
of the user's own that names them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import ibis
import pandas as pd
from ibis import _

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.aggregate_arrays import parts_in, serve
from monitor.aggregate_classification import class_sums, confusion, scores
from monitor.aggregate_regression import residuals
from monitor.binary import THRESHOLD, read_binary
from monitor.cells import CELL, Inputs, Part, by_cell
from monitor.clusters import Cell
from monitor.dense_scores import DenseScores, dense_cells, dense_scores, is_in
from monitor.errors import InProcess, by_folds, errors, single_cells, sources
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, STATISTIC_TYPES, ProblemType, Uncertainty
from monitor.record_arrays import RecordArrays

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
    *,
    in_process: bool = True,
) -> dict[tuple[str, int], Statistics]:
    """Statistics of each (variant, window) that has evaluated records that can be judged.

    `in_process`: whether the engine's rows may leave it, where they are worth more in arrays.
    """
    if reading.refused is not None:
        return {}
    records = read_records(evaluated, reading, configuration)
    parts, dense = _parts(records, reading, configuration, in_process)
    if not _ROWS.isdisjoint(needed):
        parts.append(_combinations(records, reading))
    own, single = InProcess(scores=dense), single_cells(records)
    return _complete(parts, records, own, single, reading, configuration)


def aggregate_arrays(
    arrays: Mapping[Cell, RecordArrays],
    evaluated: Callable[[], ibis.Table],
    reading: Interpretation,
    configuration: Configuration,
    needed: Iterable[str],
) -> dict[tuple[str, int], Statistics]:
    """The same of records in arrays; `evaluated` are their rows, where they are asked for."""
    if reading.refused is not None:
        return {}
    if not serve(arrays, reading):
        return aggregate(evaluated(), reading, configuration, needed)
    parts, own, single = parts_in(arrays, reading, configuration)
    if not _ROWS.isdisjoint(needed):
        rows = read_records(evaluated(), reading, configuration)
        parts.append(_combinations(rows, reading))
    return _complete(parts, None, own, single, reading, configuration)


def _complete(
    parts: list[Part],
    records: ibis.Table | None,
    own: InProcess,
    single: Collection[Cell],
    reading: Interpretation,
    configuration: Configuration,
) -> dict[tuple[str, int], Statistics]:
    """Statistics with the errors that influences tell, and those that only the folds tell."""
    options = _options(configuration)
    cells = {cell for part in parts for cell in part}
    found = {
        cell: _statistics([part[cell] for part in parts if cell in part], options)
        for cell in sorted(cells)
    }
    inputs = {cell: of.inputs for cell, of in found.items()}
    known = errors(sources(records, reading, configuration, inputs, own), single)
    complete = {}
    for cell, of in found.items():
        errors_of = known.get(cell, {})
        rest = by_folds(reading.problem_type, of.inputs, of.folds, of.count, set(errors_of))
        complete[cell] = replace(of, errors={**errors_of, **rest})
    return complete


def _parts(
    records: ibis.Table, reading: Interpretation, configuration: Configuration, in_process: bool
) -> tuple[list[Part], Mapping[Cell, DenseScores]]:
    """Statistics of an engine's rows, and the arrays of windows that are dense."""
    if reading.problem_type == ProblemType.REGRESSION:
        return [residuals(records)], {}
    if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        own, dense = _scores(records, reading, in_process)
        return [confusion(records, reading), own], dense
    return [confusion(records, reading), class_sums(records, configuration)], {}


def read_records(
    evaluated: ibis.Table, reading: Interpretation, configuration: Configuration
) -> ibis.Table:
    """Records as the metrics understand them."""
    if reading.problem_type == ProblemType.BINARY_CLASSIFICATION:
        return read_binary(evaluated, reading, configuration)
    return evaluated


def _scores(
    records: ibis.Table, reading: Interpretation, in_process: bool
) -> tuple[Part, Mapping[Cell, DenseScores]]:
    """Probabilities counted by the engine, in arrays where hardly two of them are the same."""
    cells, are_all = dense_cells(records) if in_process else ([], False)
    if not cells:
        return scores(records, reading), {}
    part, dense = dense_scores(records, reading, cells, are_all and len(cells) == 1)
    if are_all:
        return part, dense
    return scores(records.filter(~is_in(cells)), reading) | part, dense


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
