"""What only the pages show, counted of records in arrays: where errors are, how far off values are.

The same numbers as `positions` has of an engine's rows, and the bins of both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitor.aggregate_regression import LARGEST
from monitor.coded import counts_of
from monitor.in_threads import in_threads
from monitor.quantiles import quantiles
from monitor.record_arrays import RecordArrays
from monitor.residual_arrays import Values

EDGES = (*range(8), *(2**power for power in range(3, 31)))
"""Where bins of positions and of payload sizes begin: the first ones alone, then by doubling."""
RESIDUAL_BINS, PREDICTION_BINS = 24, 12
# The rest is in the outermost bins: one wild value must not make all others one bar.
OUTER = 0.005
LARGE = 0.9

Flags = NDArray[np.bool_]


def wrong_in(part: RecordArrays) -> dict[str, Any]:
    """Records of a classifier and wrong ones, by position and by payload size."""
    label, predicted = part.text("label"), part.text("prediction")
    chosen = part.is_evaluated & predicted.is_known
    # By code, whether a label is not what was predicted.
    differ = np.array(
        [[one != other for other in predicted.values] for one in label.values], dtype=np.bool_
    )
    if not chosen.any():
        return {}
    return _placed(part, chosen, differ[label.codes[chosen], predicted.codes[chosen]])


def regression_in(part: RecordArrays, tenths: tuple[float, ...]) -> dict[str, Any]:
    """Residuals by prediction, where the largest errors are, predictions by tenths."""
    y, z = part.numbers("label_value"), part.numbers("prediction_value")
    found: dict[str, Any] = {}
    # NaN, which is nothing, is no less than anything.
    chosen = part.is_evaluated & (np.abs(y) <= LARGEST) & (np.abs(z) <= LARGEST)
    if tenths:
        found |= _predicted(z[part.is_captured & ~np.isnan(z)], tenths)
    if not chosen.any():
        return found
    z = z[chosen]
    e = y[chosen] - z
    ends = (OUTER, 1 - OUTER)
    asked = ((np.abs(e), (LARGE,)), (e, ends), (z, ends))
    (large,), of_e, of_z = in_threads(lambda of: quantiles(*of), asked)
    found |= _placed(part, chosen, np.abs(e) > large)
    return found | {"residuals": _grid(e, z, [*of_e, *of_z])}


def in_order(bins: Mapping[int, Iterable[int]]) -> list[list[int]]:
    """[where the bin begins, records, wrong ones], in order."""
    return [[EDGES[place], *counts] for place, counts in sorted(bins.items())]


def _placed(part: RecordArrays, chosen: Flags, is_wrong: Flags) -> dict[str, Any]:
    bin_of = np.searchsorted(EDGES, np.arange(int(part.counts.max()) + 1), side="right") - 1
    bin_of = bin_of.astype(np.int8)
    position = bin_of[part.position][chosen]
    size = np.repeat(bin_of[part.counts], part.counts)[chosen]
    counts = counts_of([position, size, is_wrong], [len(EDGES), len(EDGES), 2])
    return {
        name: in_order({place: (sum(row), row[1]) for place, row in enumerate(rows) if any(row)})
        for name, axis in (("positions", 1), ("sizes", 0))
        if (rows := counts.sum(axis=axis).tolist())
    }


def _grid(e: Values, z: Values, bounds: list[float]) -> dict[str, Any]:
    """Records in equal-width bins of residual and of prediction, which have bounds."""
    predicted = _even(z, bounds[2], bounds[3], PREDICTION_BINS)
    residual = _even(e, bounds[0], bounds[1], RESIDUAL_BINS)
    counts = counts_of([predicted, residual], [PREDICTION_BINS, RESIDUAL_BINS])
    cells = [
        [row, column, int(counts[row, column])] for row, column in np.argwhere(counts).tolist()
    ]
    return {
        **dict(zip(("e_low", "e_high", "z_low", "z_high"), bounds, strict=True)),
        "cells": cells,
    }


def _even(value: Values, low: float, high: float, bins: int) -> NDArray[np.int8]:
    """Number of the bin; where all values are one, the first."""
    if low == high:
        return np.zeros(len(value), dtype=np.int8)
    place = np.floor((value - low) / (high - low) * bins)
    return np.clip(place, 0.0, bins - 1.0, out=place).astype(np.int8)


def _predicted(z: Values, tenths: tuple[float, ...]) -> dict[str, Any]:
    """Every captured prediction, labelled or not, by the baseline's tenths."""
    if not len(z):
        return {}
    above = np.zeros(len(z), dtype=np.int8)
    for edge in tenths:
        above += z > edge
    return {"predicted": np.bincount(above, minlength=len(tenths) + 1).tolist()}
