"""Each kind of statistic -> the coefficients by which the engine computes influences.

It knows the statistics' shapes, and no metric by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import ibis
import numpy as np
from ibis import _

from inference_records.configuration import Configuration
from monitor.aggregate_classification import vectors
from monitor.cells import Inputs
from monitor.clusters import (
    NOWHERE,
    ONE,
    WINDOW,
    Cell,
    Coefficients,
    InArrays,
    Source,
    by_count,
    by_terms,
)
from monitor.dense_scores import DenseScores, is_in
from monitor.interpretation import Interpretation
from monitor.metrics import (
    ClassProbabilities,
    ConfusionMatrix,
    Influence,
    Metric,
    ProbabilityGradient,
    ScoreCounts,
    gradient,
)

_BOUNDS = {ONE: 1.0, "confidence": 1.0, "log_loss": 37.0, "brier": 2.0}


def confusion_source(
    records: ibis.Table | None,
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    in_arrays: Mapping[Cell, InArrays] = NOWHERE,
) -> Source:
    """A record's influence is that of its cell of the confusion matrix."""

    def build(matrix: ConfusionMatrix, cell: Cell) -> Coefficients:
        rows, columns = np.nonzero(matrix.counts)
        counts, labels = matrix.counts[rows, columns], list(matrix.labels)
        found: Iterator[tuple[Metric, Influence]] = gradients(
            metrics, "confusion_matrix", cells[cell]
        )
        return Coefficients(
            {
                "label": [labels[row] for row in rows.tolist()],
                "prediction": [labels[column] for column in columns.tolist()],
            },
            {
                metric.name: by_count(of.values[rows, columns], of.counted[rows, columns], counts)
                for metric, of in found
            },
        )

    keys = ("label", "prediction")
    built = built_of(cells, "confusion_matrix", build)
    if records is None:
        return Source(None, keys, built, "weight", in_arrays)
    known = records.filter(_.prediction.notnull()).group_by(*WINDOW, "request", *keys)
    return Source(known.aggregate(weight=_.count()), keys, built, "weight")


def score_sources(
    records: ibis.Table | None,
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    reading: Interpretation,
    dense: Mapping[Cell, DenseScores],
) -> list[Source]:
    """A record's influence is that of its probability and its outcome; on a grid where dense."""
    on_grid = {cell: {**cells[cell], "score_counts": of.grid} for cell, of in dense.items()}
    others = {cell: inputs for cell, inputs in cells.items() if cell not in dense}
    cells = others | on_grid

    def build(scores: ScoreCounts, cell: Cell) -> Coefficients:
        both = np.concatenate([scores.positives, scores.negatives])
        some = both > 0
        is_positive = np.repeat([True, False], len(scores.score))
        found: Iterator[tuple[Metric, Influence]] = gradients(metrics, "score_counts", cells[cell])
        return Coefficients(
            {"probability": np.tile(scores.score, 2)[some], "is_positive": is_positive[some]},
            {
                metric.name: by_count(of.values.ravel()[some], of.counted.ravel()[some], both[some])
                for metric, of in found
            },
        )

    keys = ("probability", "is_positive")
    built = built_of(on_grid, "score_counts", build)
    in_arrays = Source(None, keys, built, in_arrays={cell: dense[cell] for cell in built})
    if records is None:
        return [in_arrays]
    scored = records.filter(_.probability.notnull()).select(
        *WINDOW, "request", "probability", is_positive=_.label == ibis.literal(reading.positive)
    )
    scored = scored.filter(~is_in(list(dense))) if dense else scored
    return [Source(scored, keys, built_of(others, "score_counts", build)), in_arrays]


def vector_source(
    records: ibis.Table,
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    configuration: Configuration,
) -> Source:
    """A record's influence comes of its rank, bin, confidence and losses."""

    def build(sums: ClassProbabilities, cell: Cell) -> Coefficients:
        # -1 is the rank of a label that has no probability.
        ranks = np.concatenate([[-1], np.flatnonzero(sums.label_rank)])
        filled = np.flatnonzero(sums.confidence.count)
        rank, bins = np.repeat(ranks, len(filled)), np.tile(filled, len(ranks))
        everyone = np.ones(len(rank), dtype=np.bool_)
        found: Iterator[tuple[Metric, ProbabilityGradient]] = gradients(
            metrics, "class_probabilities", cells[cell]
        )
        return Coefficients(
            {"rank": rank, "bin": bins},
            {
                metric.name: by_terms(_of_vectors(of, rank, bins), _BOUNDS, everyone, sums.count)
                for metric, of in found
            },
        )

    built = built_of(cells, "class_probabilities", build)
    return Source(vectors(records, configuration), ("rank", "bin"), built)


def _of_vectors(of: ProbabilityGradient, rank: Any, bins: Any) -> dict[str, Any]:
    of_rank = np.where(rank >= 0, of.rank[rank] if len(of.rank) else 0.0, 0.0)
    right = np.where(rank == 0, of.bins[2][bins], 0.0)
    values = {
        ONE: of.count + of_rank + of.bins[0][bins] + right,
        "confidence": of.bins[1][bins],
        "log_loss": np.full(len(rank), of.log_loss),
        "brier": np.full(len(rank), of.brier),
    }
    return {term: column for term, column in values.items() if column.any()}


def gradients(
    metrics: list[Metric], statistic: str, inputs: Inputs
) -> Iterator[tuple[Metric, Any]]:
    """Of one metric at a time: of a million probabilities a gradient is large."""
    for metric in metrics:
        found = gradient(metric, statistic, inputs)
        if found is not None:
            yield metric, found


def built_of(
    cells: Mapping[Cell, Inputs], statistic: str, build: Callable[[Any, Cell], Coefficients]
) -> dict[Cell, Coefficients]:
    built = {
        cell: build(inputs[statistic], cell)
        for cell, inputs in cells.items()
        if inputs.get(statistic) is not None
    }
    return {
        cell: coefficients
        for cell, coefficients in built.items()
        if coefficients.metrics and len(coefficients)
    }
