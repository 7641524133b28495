"""Influences of the records on the metrics: as coefficients of what is known of a record.

It knows no metric and no engine's table but those that it is handed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import ibis
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Cell = tuple[str, int]
ONE = ""
"""The term of a coefficient that stands for itself."""

WINDOW = ["variant", "window"]
# Influences become whole numbers of at most 30 bits, so that no order of the rows changes a sum:
# a square fits into 64 bits, and the squares of sums over 8 billion records into 128.
_BITS = 30
_SMALLEST = 2.0**-900
"""What is smaller than this is nothing: its unit has no inverse."""


@dataclass(frozen=True, slots=True, eq=False)
class Influenced:
    """What is known of one metric in one variant and window, row for row with the keys."""

    values: Mapping[str, NDArray[Any]]
    """By term, in units: whole numbers where the only term is `ONE`."""
    unit: float
    counted: NDArray[np.bool_]
    """Whether the metric is about the records of a row."""
    records: int
    """Number of the records that it is about."""
    squares: float | None = None
    """Sum of the squares of all records' influences, in units, where it takes no look at them."""


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Of one variant and window: a row for each value of the keys."""

    keys: Mapping[str, Sequence[object] | NDArray[Any]]
    metrics: Mapping[str, Influenced]

    def __len__(self) -> int:
        """Number of rows."""
        return len(next(iter(self.keys.values())))


@dataclass(frozen=True, slots=True)
class Sums:
    """Of one metric in one window, in units: sums of squares, and requests that count."""

    requests: int
    by_request: float
    by_record: float | None


class InArrays(Protocol):
    """Records of one variant and window that have left the engine."""

    def sums(self, of: Influenced) -> Sums:
        """Sums over the requests."""


NOWHERE: Mapping[Cell, InArrays] = {}


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Records with their keys and terms, and the coefficients of each variant and window."""

    records: ibis.Table | None
    """None where all are in arrays."""
    keys: tuple[str, ...]
    cells: Mapping[Cell, Coefficients]
    weight: str | None = None
    """The column with the number of records that a row stands for; None: one."""
    in_arrays: Mapping[Cell, InArrays] = field(default_factory=lambda: NOWHERE)
    """Of all cells or of none: the engine need not sum."""

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics that are defined anywhere."""
        return list(dict.fromkeys(name for cell in self.cells.values() for name in cell.metrics))


def unit_of(largest: float) -> float:
    """The power of two in which the largest influence is a whole number of at most 30 bits."""
    if not _SMALLEST < largest < np.inf:
        return 1.0
    return float(np.exp2(np.ceil(np.log2(largest)) - _BITS))


def by_count(
    values: NDArray[np.float64], counted: NDArray[np.bool_], counts: NDArray[np.int64]
) -> Influenced:
    """Of a metric whose influence is the same for all records of a row; `counts` of them."""
    unit = unit_of(float(np.abs(values).max(initial=0.0)))
    scaled = values / unit
    squares = float((scaled * scaled * counts).sum())
    whole = np.rint(scaled).astype(np.int32)
    return Influenced({ONE: whole}, unit, counted, int(counts[counted].sum()), squares)


def by_terms(
    values: Mapping[str, NDArray[np.float64]],
    bounds: Mapping[str, float],
    counted: NDArray[np.bool_],
    records: int,
) -> Influenced:
    """Of a metric whose influence is a sum of coefficients times terms, which have bounds."""
    largest = sum(float(np.abs(v).max(initial=0.0)) * bounds[t] for t, v in values.items())
    unit = unit_of(largest)
    scaled = {term: coefficients / unit for term, coefficients in values.items()}
    if set(scaled) == {ONE}:
        scaled = {ONE: np.rint(scaled[ONE])}
    return Influenced(scaled, unit, counted, records)


def coefficient_table(source: Source, metrics: list[str], pairs: list[tuple[str, str]]) -> pa.Table:
    """Keys, coefficients `c0`, `c1`, ... of the pairs, and a mask of the metrics that count."""
    cells = list(source.cells.values())
    lengths = [len(cell) for cell in cells]
    columns: dict[str, Any] = {
        "variant": pa.array(np.repeat([cell[0] for cell in source.cells], lengths).tolist()),
        "window": pa.array(np.repeat([cell[1] for cell in source.cells], lengths), pa.int64()),
    }
    for key in source.keys:
        columns[key] = pa.concat_arrays([pa.array(cell.keys[key]) for cell in cells])
    for place, (name, term) in enumerate(pairs):
        parts = [_values(cell, name, term) for cell in cells]
        columns[f"c{place}"] = np.concatenate(parts)
    return pa.table({**columns, "counted": _masks(cells, metrics)})


def _values(cell: Coefficients, name: str, term: str) -> NDArray[Any]:
    of = cell.metrics.get(name)
    found = of.values.get(term) if of is not None else None
    return np.zeros(len(cell), dtype=np.int32) if found is None else found


def _masks(cells: list[Coefficients], metrics: list[str]) -> NDArray[np.int64]:
    masks = []
    for cell in cells:
        mask = np.zeros(len(cell), dtype=np.int64)
        for place, name in enumerate(metrics):
            if name in cell.metrics:
                mask |= cell.metrics[name].counted.astype(np.int64) << place
        masks.append(mask)
    return np.concatenate(masks)
