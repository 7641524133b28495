"""Influences of the records on the metrics, summed by request, and the errors that they make.

It knows no metric: a record's influence is a sum of coefficients times what is known of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
from ibis import _
from numpy.typing import NDArray

from monitor.exact import exact_sum
from monitor.metrics import Uncertainty

Cell = tuple[str, int]
ONE = ""
"""The term of a coefficient that stands for itself."""

# Influences become whole numbers, of at most 36 bits: the squares of sums over 100 million records
# are then exact in 128 bits, and no order of the rows changes a sum.
_BITS = 36
_WINDOW = ["variant", "window"]
_MOST_METRICS = 60  # bits of a mask


@dataclass(frozen=True, slots=True, eq=False)
class Coefficients:
    """Of one variant and window: a row for each value of the keys."""

    keys: Mapping[str, Sequence[object] | NDArray[Any]]
    values: Mapping[tuple[str, str], NDArray[np.float64]]
    """By metric and term."""
    counted: Mapping[str, NDArray[np.bool_]]
    """By metric: whether it is about the records of a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Records with their keys and terms, and the coefficients of each variant and window."""

    records: ibis.Table
    keys: tuple[str, ...]
    cells: Mapping[Cell, Coefficients]
    bounds: Mapping[str, float] = field(default_factory=dict)
    """Of the terms whose size is known beforehand."""

    @property
    def metrics(self) -> list[str]:
        """Names of the metrics that are defined anywhere."""
        return list(dict.fromkeys(name for cell in self.cells.values() for name in cell.counted))


@dataclass(frozen=True, slots=True, eq=False)
class Influences:
    """Records with one whole number per metric, `i0`, `i1`, ... in the units of their window."""

    table: ibis.Table
    metrics: list[str]
    units: Mapping[Cell, NDArray[np.float64]]


def errors(source: Source, single: bool) -> dict[Cell, dict[str, Uncertainty]]:
    """Error of each metric by variant and window; `single`: each record is a request of its own."""
    found: dict[Cell, dict[str, Uncertainty]] = {cell: {} for cell in source.cells}
    for part in influences(source):
        by_record = _sums(part.table, part.metrics)
        by_request = by_record if single else _sums_by_request(part)
        for cell, units in part.units.items():
            for place, name in enumerate(part.metrics):
                if name in source.cells[cell].counted and cell in by_record:
                    clustered, requests = by_request[cell][place]
                    independent, records = by_record[cell][place]
                    if requests:
                        found[cell][name] = Uncertainty(
                            _error(clustered, requests) * float(units[place]),
                            _error(independent, records) * float(units[place]),
                            requests,
                            records,
                        )
    return found


def _error(squares: float, count: int) -> float:
    return math.sqrt(squares * count / max(count - 1, 1))


def influences(source: Source) -> list[Influences]:
    """The influences of every record, in portions of as many metrics as a mask has bits."""
    names = source.metrics
    starts = range(0, len(names), _MOST_METRICS)
    return [_influences(source, names[i : i + _MOST_METRICS]) for i in starts]


def _influences(source: Source, metrics: list[str]) -> Influences:
    pairs = list(
        dict.fromkeys(p for c in source.cells.values() for p in c.values if p[0] in metrics)
    )
    joined = source.records.join(
        ibis.memtable(_coefficient_table(source, metrics, pairs)), [*_WINDOW, *source.keys]
    )
    sums = {}
    for place, name in enumerate(metrics):
        terms = [
            _[f"c{i}"] if term == ONE else _[f"c{i}"] * _[term]
            for i, (metric, term) in enumerate(pairs)
            if metric == name
        ]
        sums[f"x{place}"] = reduce(add, terms) if terms else ibis.literal(0.0)
    raw = joined.select(*_WINDOW, "request", "counted", **sums)
    units = _units(source, raw, metrics)
    columns = [pa.array(values) for values in np.array(list(units.values())).T]
    table = pa.table(
        {**_cell_columns(list(units), [1] * len(units)),
         **{f"u{place}": column for place, column in enumerate(columns)}}
    )  # fmt: skip
    whole = {f"i{k}": (_[f"x{k}"] / _[f"u{k}"]).round().cast("int64") for k in range(len(metrics))}
    ready = raw.join(ibis.memtable(table), _WINDOW)
    return Influences(ready.select(*_WINDOW, "request", "counted", **whole), metrics, units)


def _coefficient_table(
    source: Source, metrics: list[str], pairs: list[tuple[str, str]]
) -> pa.Table:
    cells = source.cells.values()
    lengths = [len(next(iter(cell.counted.values()), ())) for cell in cells]
    columns: dict[str, Any] = _cell_columns(list(source.cells), lengths)
    for key in source.keys:
        columns[key] = pa.concat_arrays(
            [pa.array(cell.keys[key]) for cell in cells if cell.counted]
        )
    for place, pair in enumerate(pairs):
        parts = [cell.values.get(pair, np.zeros(n)) for cell, n in zip(cells, lengths, strict=True)]
        columns[f"c{place}"] = np.concatenate(parts)
    mask = np.zeros(sum(lengths), dtype=np.int64)
    for place, name in enumerate(metrics):
        flags = [
            cell.counted.get(name, np.zeros(n, dtype=np.bool_))
            for cell, n in zip(cells, lengths, strict=True)
        ]
        mask |= np.concatenate(flags).astype(np.int64) << place
    return pa.table({**columns, "counted": mask})


def _cell_columns(cells: list[Cell], lengths: list[int]) -> dict[str, Any]:
    return {
        "variant": pa.array(np.repeat([cell[0] for cell in cells], lengths).tolist(), pa.string()),
        "window": pa.array(np.repeat([cell[1] for cell in cells], lengths), pa.int64()),
    }


def _units(source: Source, raw: ibis.Table, metrics: list[str]) -> dict[Cell, NDArray[np.float64]]:
    """The largest influence there is, as a power of two, over 2^36."""
    terms = {term for cell in source.cells.values() for _metric, term in cell.values}
    if terms <= {ONE, *source.bounds}:
        largest = {
            cell: [
                sum(
                    float(np.abs(values).max(initial=0.0)) * source.bounds.get(term, 1.0)
                    for (name, term), values in found.values.items()
                    if name == metric
                )
                for metric in metrics
            ]
            for cell, found in source.cells.items()
        }
    else:
        maxima = {f"m{place}": _[f"x{place}"].abs().max() for place in range(len(metrics))}
        rows = raw.group_by(*_WINDOW).aggregate(**maxima).to_pyarrow().to_pylist()
        largest = {(row["variant"], row["window"]): [row[name] for name in maxima] for row in rows}
    return {cell: _power_of_two(np.array(values)) for cell, values in largest.items()}


def _power_of_two(largest: NDArray[np.float64]) -> NDArray[np.float64]:
    usable = np.where((largest > 0) & np.isfinite(largest), largest, 1.0)
    return np.exp2(np.maximum(np.ceil(np.log2(usable)), -900.0) - _BITS)


def _sums(table: ibis.Table, metrics: list[str]) -> dict[Cell, list[tuple[float, int]]]:
    """Sum of squares, and number of rows that count, of each metric."""
    squares = {
        f"s{k}": exact_sum((_[f"i{k}"] / 2.0**_BITS) ** 2, 1.0) * 4.0**_BITS
        for k in range(len(metrics))
    }
    return _by_cell(table, squares, len(metrics))


def _sums_by_request(part: Influences) -> dict[Cell, list[tuple[float, int]]]:
    """The same of the sums over each request, which the engine squares in 128 bits."""
    places = range(len(part.metrics))
    squares = {f"s{k}": (_[f"i{k}"] * _[f"i{k}"]).sum().cast("float64") for k in places}
    return _by_cell(by_request(part), squares, len(part.metrics))


def by_request(part: Influences) -> ibis.Table:
    """Influences summed over the records of each request."""
    sums = {f"i{k}": _[f"i{k}"].sum() for k in range(len(part.metrics))}
    grouped = part.table.group_by(*_WINDOW, "request")
    return grouped.aggregate(counted=_.counted.bit_or(), **sums)


def _by_cell(
    table: ibis.Table, squares: dict[str, Any], metrics: int
) -> dict[Cell, list[tuple[float, int]]]:
    counts = {f"n{k}": _bit(k).sum() for k in range(metrics)}
    rows = table.group_by(*_WINDOW).aggregate(**squares, **counts).to_pyarrow().to_pylist()
    return {
        (row["variant"], row["window"]): [(row[f"s{k}"], row[f"n{k}"]) for k in range(metrics)]
        for row in rows
    }


def _bit(place: int) -> Any:
    return (_.counted >> place) & 1
