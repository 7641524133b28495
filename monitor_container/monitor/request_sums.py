"""Influences summed by request, by the engine, and the errors that they make."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import reduce
from operator import add
from typing import Any

import ibis
from ibis import _

from monitor.clusters import (
    ONE,
    WINDOW,
    Cell,
    Influenced,
    Source,
    Sums,
    coefficient_table,
)
from monitor.metrics import Uncertainty

_MOST_METRICS = 60
"""Bits of a mask."""


def errors(source: Source, single: Collection[Cell]) -> dict[Cell, dict[str, Uncertainty]]:
    """Error of each metric by variant and window.

    `single` are those in which each record is a request of its own.
    """
    found: dict[Cell, dict[str, Uncertainty]] = {cell: {} for cell in source.cells}
    for metrics in portions(source):
        known = {cell for cell in source.cells if cell in single and _is_known(source, cell)}
        sums = _sums(source, metrics, known) if len(known) < len(source.cells) else {}
        for cell, coefficients in source.cells.items():
            for place, name in enumerate(metrics):
                of = coefficients.metrics.get(name)
                if of is not None and (cell in known or cell in sums):
                    of_metric = _of_records(of) if cell in known else sums[cell][place]
                    if (error := _uncertainty(of, of_metric)) is not None:
                        found[cell][name] = error
    return found


def portions(source: Source) -> list[list[str]]:
    """The metrics, as many at a time as a mask has bits."""
    names = source.metrics
    return [names[i : i + _MOST_METRICS] for i in range(0, len(names), _MOST_METRICS)]


def by_request(source: Source, metrics: list[str], *, squares: bool = False) -> ibis.Table:
    """Influences `i0`, `i1`, ... in units, summed over the records of each request.

    With `squares` also `q0`, `q1`, ..., the sums of the squares of the records' own.
    """
    cells = source.cells.values()
    pairs = list(
        dict.fromkeys(
            (name, term)
            for cell in cells
            for name in metrics
            if name in cell.metrics
            for term in cell.metrics[name].values
        )
    )
    table = ibis.memtable(coefficient_table(source, metrics, pairs))
    if source.records is None:
        raise TypeError("the records of this source are in arrays")
    joined = source.records.join(table, [*WINDOW, *source.keys])
    own = {f"i{k}": _influence(name, pairs) for k, name in enumerate(metrics)}
    weight = {} if source.weight is None else {"weight": _[source.weight]}
    rows = joined.select(*WINDOW, "request", "counted", **weight, **own)
    many = _.weight if weight else 1
    sums = {name: (_[name] * many).sum() for name in own}
    if squares:
        sums |= {f"q{k}": (_[f"i{k}"] * _[f"i{k}"]).sum() for k in range(len(metrics))}
    return rows.group_by(*WINDOW, "request").aggregate(counted=_.counted.bit_or(), **sums)


def _influence(name: str, pairs: list[tuple[str, str]]) -> Any:
    places = {term: place for place, (metric, term) in enumerate(pairs) if metric == name}
    if set(places) == {ONE}:
        return _[f"c{places[ONE]}"].cast("int64")
    terms = [
        _[f"c{i}"] * (1.0 if term == ONE else ibis.coalesce(_[term], 0.0))
        for term, i in places.items()
    ]
    return reduce(add, terms).round().cast("int64") if terms else ibis.literal(0, "int64")


def _sums(source: Source, metrics: list[str], known: Collection[Cell]) -> dict[Cell, list[Sums]]:
    if source.records is None:
        nothing = Sums(0, 0.0, None)
        return {
            cell: [of.sums(own[name]) if name in own else nothing for name in metrics]
            for cell, of in source.in_arrays.items()
            if cell in source.cells and cell not in known and (own := source.cells[cell].metrics)
        }
    squares = not all(_is_known(source, cell) for cell in source.cells)
    places = range(len(metrics))
    wanted: dict[str, Any] = {f"n{k}": ((_.counted >> k) & 1).sum() for k in places}
    # Sums of 64-bit numbers have 128 bits in the engine, and so have their products.
    wanted |= {f"s{k}": (_[f"i{k}"] * _[f"i{k}"]).sum().cast("float64") for k in places}
    if squares:
        wanted |= {f"q{k}": _[f"q{k}"].sum().cast("float64") for k in places}
    requests = by_request(source, metrics, squares=squares)
    rows = requests.group_by(*WINDOW).aggregate(**wanted).to_pyarrow().to_pylist()
    return {
        (row["variant"], row["window"]): [
            Sums(row[f"n{k}"], row[f"s{k}"], row.get(f"q{k}")) for k in places
        ]
        for row in rows
    }


def _is_known(source: Source, cell: Cell) -> bool:
    """Whether the sums over a cell's records are known without looking at them."""
    return all(of.squares is not None for of in source.cells[cell].metrics.values())


def _of_records(of: Influenced) -> Sums:
    return Sums(of.records, of.squares or 0.0, None)


def _uncertainty(of: Influenced, sums: Sums) -> Uncertainty | None:
    """None where one request is all there is: nothing can be compared with it."""
    if sums.requests < 2:
        return None
    by_record = of.squares if sums.by_record is None else sums.by_record
    return Uncertainty(
        _error(sums.by_request, sums.requests) * of.unit,
        _error(by_record or 0.0, of.records) * of.unit,
        sums.requests,
        of.records,
    )


def _error(squares: float, count: int) -> float:
    """Of a sum of that many centred terms, from the sum of their squares."""
    return math.sqrt(squares * count / (count - 1))
