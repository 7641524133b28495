"""Sufficient statistics of regressions, computed by the engine."""

from __future__ import annotations

import ibis
import pandas as pd
from ibis import _

from monitor.cells import CELL, Inputs, Part, by_cell
from monitor.metrics import Residuals

# Sums of squares of larger numbers leave a double, which the engine refuses to compute.
_LARGEST = 1e140


def residuals(evaluated: ibis.Table) -> Part:
    """Sums over the records whose label and prediction are numbers to compute with."""
    table = evaluated.filter(
        _.label_value.abs() <= _LARGEST, _.prediction_value.abs() <= _LARGEST
    ).select(*CELL, y=_.label_value, z=_.prediction_value, e=_.label_value - _.prediction_value)
    scale = _.y.abs() + _.z.abs()
    sums = table.group_by(*CELL).aggregate(
        count=_.count(),
        under_sum=ibis.greatest(_.e, 0.0).sum(),
        over_sum=ibis.greatest(-_.e, 0.0).sum(),
        squared_sum=(_.e * _.e).sum(),
        label_mean=_.y.mean(),
        label_squares=_.y.var(how="pop") * _.count(),
        residual_mean=_.e.mean(),
        residual_squares=_.e.var(how="pop") * _.count(),
        absolute_label_sum=_.y.abs().sum(),
        percentage_sum=ibis.coalesce((_.e / _.y.nullif(0)).abs().sum(), 0.0),
        percentage_count=_.y.nullif(0).count(),
        symmetric_sum=ibis.coalesce((2 * _.e.abs() / scale.nullif(0)).sum(), 0.0),
        symmetric_count=_.count(),
    )
    medians = table.group_by("variant", "window").aggregate(median=_.e.abs().median()).to_pandas()
    median = {(row.variant, row.window): row.median for row in medians.itertuples()}

    def of_fold(rows: pd.DataFrame, whole: float | None = None) -> Inputs:
        fields = [column for column in rows.columns if column not in CELL]
        parts = [
            Residuals(**dict(zip(fields, values, strict=True)))
            for values in rows[fields].itertuples(index=False, name=None)
        ]
        return {"residuals": Residuals.merge(parts, whole)} if parts else {}

    def of_all(rows: pd.DataFrame) -> Inputs:
        return of_fold(rows, median[rows.variant.iloc[0], rows.window.iloc[0]])

    return by_cell(sums.order_by(*CELL).to_pandas(), of_fold, of_all)
