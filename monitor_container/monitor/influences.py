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
from monitor.aggregate_regression import contributions, largest_contributions
from monitor.cells import Inputs
from monitor.clusters import ONE, WINDOW, Cell, Coefficients, Source, by_count, by_terms
from monitor.dense_scores import DenseScores, is_in
from monitor.interpretation import Interpretation
from monitor.metrics import (
    ClassProbabilities,
    ConfusionMatrix,
    Influence,
    Metric,
    ProbabilityGradient,
    Residuals,
    ScoreCounts,
    gradient,
    needs_nonzero_labels,
    of_statistic,
)

_BOUNDS = {ONE: 1.0, "confidence": 1.0, "log_loss": 37.0, "brier": 2.0}


def confusion_source(
    records: ibis.Table, cells: Mapping[Cell, Inputs], metrics: list[Metric]
) -> Source:
    """A record's influence is that of its cell of the confusion matrix."""

    def build(matrix: ConfusionMatrix, cell: Cell) -> Coefficients:
        rows, columns = np.nonzero(matrix.counts)
        counts, labels = matrix.counts[rows, columns], list(matrix.labels)
        found: Iterator[tuple[Metric, Influence]] = _gradients(
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
    known = records.filter(_.prediction.notnull()).group_by(*WINDOW, "request", *keys)
    counted = known.aggregate(weight=_.count())
    return Source(counted, keys, _built(cells, "confusion_matrix", build), "weight")


def score_sources(
    records: ibis.Table,
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
        found: Iterator[tuple[Metric, Influence]] = _gradients(metrics, "score_counts", cells[cell])
        return Coefficients(
            {"probability": np.tile(scores.score, 2)[some], "is_positive": is_positive[some]},
            {
                metric.name: by_count(of.values.ravel()[some], of.counted.ravel()[some], both[some])
                for metric, of in found
            },
        )

    scored = records.filter(_.probability.notnull()).select(
        *WINDOW, "request", "probability", is_positive=_.label == ibis.literal(reading.positive)
    )
    keys = ("probability", "is_positive")
    built = _built(on_grid, "score_counts", build)
    return [
        Source(
            scored.filter(~is_in(list(dense))) if dense else scored,
            keys,
            _built(others, "score_counts", build),
        ),
        Source(scored, keys, built, in_arrays={cell: dense[cell] for cell in built}),
    ]


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
        found: Iterator[tuple[Metric, ProbabilityGradient]] = _gradients(
            metrics, "class_probabilities", cells[cell]
        )
        return Coefficients(
            {"rank": rank, "bin": bins},
            {
                metric.name: by_terms(_of_vectors(of, rank, bins), _BOUNDS, everyone, sums.count)
                for metric, of in found
            },
        )

    built = _built(cells, "class_probabilities", build)
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


def residual_source(
    records: ibis.Table, cells: Mapping[Cell, Inputs], metrics: list[Metric]
) -> Source:
    """A record's influence comes of what it adds to each sum."""
    known = {
        cell: of
        for cell, inputs in cells.items()
        if isinstance(of := inputs.get("residuals"), Residuals)
    }
    terms = contributions(records, known)
    bounds = largest_contributions(terms)

    def build(residuals: Residuals, cell: Cell) -> Coefficients:
        nonzero = residuals.percentage_count
        found: Iterator[tuple[Metric, dict[str, float]]] = _gradients(
            metrics, "residuals", cells[cell]
        )
        influenced = {}
        largest = {term: bound for term, bound in bounds[cell].items() if bound is not None}
        for metric, of in found:
            if not of.keys() <= largest.keys():
                continue
            function = of_statistic(metric, "residuals", cells[cell])
            only = needs_nonzero_labels(function, residuals)
            influenced[metric.name] = by_terms(
                {term: np.full(2, value) for term, value in of.items()},
                largest,
                np.array([True, not only]),
                nonzero if only else residuals.count,
            )
        return Coefficients({"zero_label": np.array([False, True])}, influenced)

    return Source(terms, ("zero_label",), _built(cells, "residuals", build))


def _gradients(
    metrics: list[Metric], statistic: str, inputs: Inputs
) -> Iterator[tuple[Metric, Any]]:
    """Of one metric at a time: of a million probabilities a gradient is large."""
    for metric in metrics:
        found = gradient(metric, statistic, inputs)
        if found is not None:
            yield metric, found


def _built(
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
