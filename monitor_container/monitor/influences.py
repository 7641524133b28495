"""Each kind of statistic -> the coefficients by which the engine computes influences.

It knows the statistics' shapes, and no metric by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ibis
import numpy as np
from ibis import _

from inference_records.configuration import Configuration
from monitor.aggregate_classification import vectors
from monitor.aggregate_regression import contributions
from monitor.cells import Inputs
from monitor.clusters import ONE, Cell, Coefficients, Source
from monitor.interpretation import Interpretation
from monitor.metrics import (
    ClassProbabilities,
    ConfusionMatrix,
    Influence,
    Metric,
    Residuals,
    ScoreCounts,
    gradient,
    needs_nonzero_labels,
    of_statistic,
)

Build = Callable[[Any, Mapping[str, Any], list[Metric], Inputs], Coefficients]
_LARGEST_LOSS = 37.0


def confusion_source(
    records: ibis.Table, cells: Mapping[Cell, Inputs], metrics: list[Metric]
) -> Source:
    """A record's influence is that of its cell of the confusion matrix."""
    built = _built(cells, metrics, "confusion_matrix", _of_matrix)
    known = records.filter(_.prediction.notnull())
    return Source(known, ("label", "prediction"), built)


def score_source(
    records: ibis.Table,
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    reading: Interpretation,
) -> Source:
    """A record's influence is that of its probability and its outcome."""
    built = _built(cells, metrics, "score_counts", _of_scores)
    scored = records.filter(_.probability.notnull())
    is_positive = _.label == ibis.literal(reading.positive)
    return Source(scored.mutate(is_positive=is_positive), ("probability", "is_positive"), built)


def vector_source(
    records: ibis.Table,
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    configuration: Configuration,
) -> Source:
    """A record's influence comes of its rank, bin, confidence and losses."""
    built = _built(cells, metrics, "class_probabilities", _of_vectors)
    table = vectors(records, configuration)
    bounds = {"confidence": 1.0, "log_loss": _LARGEST_LOSS, "brier": 2.0}
    return Source(table, ("rank", "bin"), built, bounds)


def residual_source(
    records: ibis.Table, cells: Mapping[Cell, Inputs], metrics: list[Metric]
) -> Source:
    """A record's influence comes of what it adds to each sum."""
    built = _built(cells, metrics, "residuals", _of_residuals)
    means = {
        cell: (of.label_mean, of.residual_mean, of.count)
        for cell, inputs in cells.items()
        if isinstance(of := inputs.get("residuals"), Residuals)
    }
    return Source(contributions(records, means), ("zero_label",), built)


def _built(
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    statistic: str,
    build: Callable[[Any, dict[str, Any], list[Metric], Inputs], Coefficients],
) -> dict[Cell, Coefficients]:
    found = {}
    for cell, inputs in cells.items():
        if inputs.get(statistic) is None:
            continue
        gradients = {m.name: gradient(m, statistic, inputs) for m in metrics}
        defined = {name: value for name, value in gradients.items() if value is not None}
        if defined:
            found[cell] = build(inputs[statistic], defined, metrics, inputs)
    return found


def _of_matrix(
    matrix: ConfusionMatrix, found: dict[str, Influence], _metrics: list[Metric], _inputs: Inputs
) -> Coefficients:
    rows, columns = np.nonzero(matrix.counts)
    labels = list(matrix.labels)
    return Coefficients(
        {
            "label": [labels[row] for row in rows.tolist()],
            "prediction": [labels[column] for column in columns.tolist()],
        },
        {(name, ONE): of.values[rows, columns] for name, of in found.items()},
        {name: of.counted[rows, columns] for name, of in found.items()},
    )


def _of_scores(
    scores: ScoreCounts, found: dict[str, Influence], _metrics: list[Metric], _inputs: Inputs
) -> Coefficients:
    some = np.concatenate([scores.positives, scores.negatives]) > 0
    is_positive = np.repeat([True, False], len(scores.score))
    return Coefficients(
        {"probability": np.tile(scores.score, 2)[some], "is_positive": is_positive[some]},
        {(name, ONE): of.values.ravel()[some] for name, of in found.items()},
        {name: of.counted.ravel()[some] for name, of in found.items()},
    )


def _of_vectors(
    sums: ClassProbabilities, found: dict[str, Any], _metrics: list[Metric], _inputs: Inputs
) -> Coefficients:
    # -1 is the rank of a label that has no probability.
    ranks = np.concatenate([[-1], np.flatnonzero(sums.label_rank)])
    filled = np.flatnonzero(sums.confidence.count)
    rank, bins = np.repeat(ranks, len(filled)), np.tile(filled, len(ranks))
    values = {}
    for name, of in found.items():
        of_rank = np.where(rank >= 0, of.rank[rank] if len(of.rank) else 0.0, 0.0)
        right = np.where(rank == 0, of.bins[2][bins], 0.0)
        values[name, ONE] = of.count + of_rank + of.bins[0][bins] + right
        values[name, "confidence"] = of.bins[1][bins]
        values[name, "log_loss"] = np.full(len(rank), of.log_loss)
        values[name, "brier"] = np.full(len(rank), of.brier)
    used = {pair: column for pair, column in values.items() if column.any() or pair[1] == ONE}
    everyone = np.ones(len(rank), dtype=np.bool_)
    return Coefficients({"rank": rank, "bin": bins}, used, dict.fromkeys(found, everyone))


def _of_residuals(
    residuals: Residuals, found: dict[str, Any], metrics: list[Metric], inputs: Inputs
) -> Coefficients:
    known = {metric.name: metric for metric in metrics}
    counted = {}
    for name in found:
        function = of_statistic(known[name], "residuals", inputs)
        nonzero_only = needs_nonzero_labels(function, residuals)
        counted[name] = np.array([True, not nonzero_only])
    values = {
        (name, term): np.full(2, value) for name, of in found.items() for term, value in of.items()
    }
    return Coefficients({"zero_label": np.array([False, True])}, values, counted)
