"""Sums over a regression's records -> the coefficients of what each record adds to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import ibis
import numpy as np

from monitor.aggregate_regression import contributions, largest_contributions
from monitor.cells import Inputs
from monitor.clusters import Cell, Coefficients, Source, by_terms
from monitor.influences import built_of, gradients
from monitor.metrics import Metric, Residuals, needs_nonzero_labels, of_statistic
from monitor.residual_sums import Adding

_KEYS = ("zero_label",)


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
    return Source(terms, _KEYS, _coefficients(cells, metrics, largest_contributions(terms)))


def residual_source_in(
    adding: Mapping[Cell, Adding], cells: Mapping[Cell, Inputs], metrics: list[Metric]
) -> Source:
    """The same of records in arrays."""
    largest = {cell: of.largest for cell, of in adding.items()}
    built = _coefficients(cells, metrics, largest)
    return Source(None, _KEYS, built, in_arrays={cell: adding[cell].arrays for cell in built})


def _coefficients(
    cells: Mapping[Cell, Inputs],
    metrics: list[Metric],
    bounds: Mapping[Cell, Mapping[str, float | None]],
) -> dict[Cell, Coefficients]:
    def build(residuals: Residuals, cell: Cell) -> Coefficients:
        nonzero = residuals.percentage_count
        found: Iterator[tuple[Metric, dict[str, float]]] = gradients(
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

    return built_of(cells, "residuals", build)
