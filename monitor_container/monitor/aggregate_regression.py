"""Sufficient statistics of regressions, computed by the engine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import pandas as pd
import pyarrow as pa
from ibis import _

from monitor.cells import CELL, Inputs, Part, by_cell
from monitor.exact import exact_sum
from monitor.metrics import Residuals

# Sums of squares of larger numbers leave a double, which the engine refuses to compute.
LARGEST = 1e140
LARGEST_RATIO = 1e280
ROUNDING = 2.0**-50
_WINDOW = CELL[:2]
Cell = tuple[str, int]
NEAR = 0.1
_OF_WINDOW = ("mean_y", "mean_e", "median", "gap", "records")
_TERMS = ("y", "z", "e", "percentage", "symmetric")


def residuals(evaluated: ibis.Table) -> Part:
    """Sums over the records whose label and prediction are numbers to compute with."""
    table = _errors(evaluated)
    limits = _limits(table).to_pyarrow()
    bounded = table.join(ibis.memtable(limits), _WINDOW)
    sums = ibis.memtable(_sums(bounded).to_pyarrow())
    squares = _squares(bounded.join(sums.select(*CELL, "label_mean", "residual_mean"), CELL))
    median = {(row["variant"], row["window"]): row["median"] for row in limits.to_pylist()}
    fields = [*(set(sums.columns) - set(CELL)), "label_squares", "residual_squares"]

    def of_fold(rows: pd.DataFrame, whole: float | None = None) -> Inputs:
        parts = [
            Residuals(**dict(zip(fields, values, strict=True)))
            for values in rows[fields].itertuples(index=False, name=None)
        ]
        return {"residuals": Residuals.merge(parts, whole)} if parts else {}

    def of_all(rows: pd.DataFrame) -> Inputs:
        return of_fold(rows, median[rows.variant.iloc[0], rows.window.iloc[0]])

    return by_cell(sums.join(squares, CELL).order_by(*CELL), of_fold, of_all)


def _errors(evaluated: ibis.Table, *others: str) -> ibis.Table:
    """Label y, prediction z and error e = y - z of each record, and what some metrics divide by."""
    numeric = evaluated.filter(_.label_value.abs() <= LARGEST, _.prediction_value.abs() <= LARGEST)
    table = numeric.select(
        *CELL, *others, y=_.label_value, z=_.prediction_value, e=_.label_value - _.prediction_value
    )
    return table.mutate(
        percentage=ibis.ifelse(_.y == 0, None, ibis.least((_.e / _.y).abs(), LARGEST_RATIO)),
        symmetric=ibis.coalesce(2 * _.e.abs() / (_.y.abs() + _.z.abs()).nullif(0), 0.0),
    )


def contributions(evaluated: ibis.Table, known: Mapping[Cell, Residuals]) -> ibis.Table:
    """What each record adds to each sum, and by how much it moves each mean of its window."""
    columns = {
        "variant": pa.array([cell[0] for cell in known], pa.string()),
        "window": pa.array([cell[1] for cell in known], pa.int64()),
        "mean_y": pa.array([of.label_mean for of in known.values()], pa.float64()),
        "mean_e": pa.array([of.residual_mean for of in known.values()], pa.float64()),
        "median": pa.array([of.median_absolute_error for of in known.values()], pa.float64()),
        "records": pa.array([of.count for of in known.values()], pa.int64()),
    }
    errors = _errors(evaluated, "request")
    table = errors.join(ibis.memtable(pa.table(columns)), _WINDOW)
    table = table.join(ibis.memtable(_gaps(errors).to_pyarrow()), _WINDOW)
    # A projection of its own: the engine's next join cannot see through a computed key.
    plain = table.select(*_WINDOW, "request", *_TERMS, *_OF_WINDOW)
    label, residual = _.y - _.mean_y, _.e - _.mean_e
    return plain.select(
        *_WINDOW,
        "request",
        zero_label=_.percentage.isnull(),
        count=ibis.literal(1.0),
        under_sum=ibis.greatest(_.e, 0.0),
        over_sum=ibis.greatest(-_.e, 0.0),
        squared_sum=_.e * _.e,
        label_mean=label / _.records,
        label_squares=label * label,
        residual_mean=residual / _.records,
        residual_squares=residual * residual,
        absolute_label_sum=_.y.abs(),
        percentage_sum=ibis.coalesce(_.percentage, 0.0),
        percentage_count=ibis.ifelse(_.percentage.isnull(), 0.0, 1.0),
        symmetric_sum=_.symmetric,
        symmetric_count=ibis.literal(1.0),
        median_absolute_error=_moved_median(),
    )


def _gaps(errors: ibis.Table) -> ibis.Table:
    """How far apart the absolute errors are about their median, for each share of the records."""
    apart = _.e.abs().quantile(0.5 + NEAR) - _.e.abs().quantile(0.5 - NEAR)
    return errors.group_by(*_WINDOW).aggregate(gap=apart / (2 * NEAR))


def _moved_median() -> Any:
    """A record above the median moves it up by half a record, through so many as lie there.

    Equal errors lie infinitely near: how far they would move is not known.
    """
    side = ibis.ifelse(_.e.abs() > _.median, 0.5, ibis.ifelse(_.e.abs() < _.median, -0.5, 0.0))
    return side * _.gap.nullif(0.0) / _.records


def largest_contributions(terms: ibis.Table) -> dict[Cell, dict[str, float | None]]:
    """The largest of each of the `contributions` of each window; None of one that is not known."""
    names = [name for name in terms.columns if name not in (*_WINDOW, "request", "zero_label")]
    largest = terms.group_by(*_WINDOW).aggregate(**{name: _[name].abs().max() for name in names})
    return {
        (row["variant"], row["window"]): {name: row[name] for name in names}
        for row in largest.to_pyarrow().to_pylist()
    }


def _limits(table: ibis.Table) -> ibis.Table:
    """What bounds the terms of each window's sums, and the median, which needs no sum."""
    return table.group_by(*_WINDOW).aggregate(
        label_bound=_.y.abs().max(),
        label_range=_.y.max() - _.y.min(),
        error_bound=_.e.abs().max(),
        error_range=_.e.max() - _.e.min(),
        percentage_bound=ibis.coalesce(_.percentage.max(), 0.0),
        median=_.e.abs().median(),
    )


def _sums(bounded: ibis.Table) -> ibis.Table:
    return bounded.group_by(*CELL).aggregate(
        count=_.count(),
        under_sum=exact_sum(ibis.greatest(_.e, 0.0), _.error_bound),
        over_sum=exact_sum(ibis.greatest(-_.e, 0.0), _.error_bound),
        squared_sum=exact_sum(_.e * _.e, _.error_bound * _.error_bound),
        label_mean=exact_sum(_.y, _.label_bound) / _.count(),
        residual_mean=exact_sum(_.e, _.error_bound) / _.count(),
        absolute_label_sum=exact_sum(_.y.abs(), _.label_bound),
        percentage_sum=ibis.coalesce(exact_sum(_.percentage, _.percentage_bound), 0.0),
        percentage_count=_.percentage.count(),
        symmetric_sum=exact_sum(_.symmetric, 2.0),
        symmetric_count=_.count(),
    )


def _squares(centred: ibis.Table) -> ibis.Table:
    """Squared distances from the means, in a pass of their own: nothing cancels."""
    label, residual = _.y - _.label_mean, _.e - _.residual_mean
    # Equal values, too, are as far from their mean as that was rounded.
    label_spread = _.label_range + _.label_bound * ROUNDING
    error_spread = _.error_range + _.error_bound * ROUNDING
    return centred.group_by(*CELL).aggregate(
        label_squares=exact_sum(label * label, label_spread * label_spread),
        residual_squares=exact_sum(residual * residual, error_spread * error_spread),
    )
