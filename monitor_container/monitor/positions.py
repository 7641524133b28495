"""What only the pages show, counted by the engine: where errors are, how far off values are.

Whole numbers in a bounded number of bins, whatever the size of payloads and windows; counts are the
same in any order of the records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import reduce
from operator import add
from typing import Any

import ibis
import orjson
from ibis import _

from inference_records.configuration import Configuration
from monitor.aggregate import read_records
from monitor.aggregate_arrays import serve
from monitor.aggregate_regression import LARGEST
from monitor.array_classes import read_in_arrays
from monitor.array_positions import (
    EDGES,
    LARGE,
    OUTER,
    PREDICTION_BINS,
    RESIDUAL_BINS,
    in_order,
    regression_in,
    wrong_in,
)
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType
from monitor.record_arrays import RecordArrays

Cell = tuple[str, int]
_Counts = Mapping[Cell, dict[str, Any]]
_WINDOW = ("variant", "window")


def pictures_in(
    arrays: RecordArrays,
    evaluated: Callable[[], ibis.Table],
    windows: Mapping[Interpretation, list[int]],
    configuration: Configuration,
    tenths: tuple[float, ...] = (),
) -> dict[Cell, str]:
    """The same of records in arrays; `evaluated` are their rows, for what only an engine reads."""

    def counted(reading: Interpretation, some: list[int]) -> Iterator[_Counts]:
        cells = arrays.of(some)
        if reading.problem_type == ProblemType.REGRESSION:
            yield {cell: regression_in(part, tenths) for cell, part in cells.items()}
        elif serve(cells, reading):
            parts = {cell: read_in_arrays(of, reading, configuration) for cell, of in cells.items()}
            yield {cell: wrong_in(part) for cell, part in parts.items()}
        else:
            records = evaluated().filter(_.window.isin(some))
            yield _wrong(read_records(records, reading, configuration))

    return _documents(windows, counted)


def pictures(
    evaluated: ibis.Table,
    matched: ibis.Table,
    windows: Mapping[Interpretation, list[int]],
    configuration: Configuration,
    tenths: tuple[float, ...] = (),
) -> dict[Cell, str]:
    """JSON of each window's counts; `tenths` are where the baseline's tenths of predictions end."""

    def counted(reading: Interpretation, some: list[int]) -> Iterator[_Counts]:
        records = evaluated.filter(_.window.isin(some))
        if reading.problem_type == ProblemType.REGRESSION:
            yield _regression(records)
            if tenths:
                yield _predicted(matched.filter(_.window.isin(some)), tenths)
        else:
            yield _wrong(read_records(records, reading, configuration))

    return _documents(windows, counted)


def _documents(
    windows: Mapping[Interpretation, list[int]],
    counted: Callable[[Interpretation, list[int]], Iterator[_Counts]],
) -> dict[Cell, str]:
    """What is counted of the windows of each reading that was not refused."""
    found: dict[Cell, dict[str, Any]] = defaultdict(dict)
    for reading, some in windows.items():
        for counts in counted(reading, some) if reading.refused is None else ():
            _add(found, counts)
    return {cell: orjson.dumps(of, option=orjson.OPT_SORT_KEYS).decode()
            for cell, of in found.items() if of}  # fmt: skip


def _add(found: dict[Cell, dict[str, Any]], more: _Counts) -> None:
    for cell, of in more.items():
        found[cell].update(of)


def _wrong(records: ibis.Table) -> dict[Cell, dict[str, Any]]:
    known = records.filter(_.prediction.notnull())
    return _placed(known.mutate(is_wrong=_.prediction != _.label))


def _placed(records: ibis.Table) -> dict[Cell, dict[str, Any]]:
    """Records and wrong ones by position and by payload size, from one pass over both."""
    binned = records.mutate(position=_bin(_.record_index), size=_bin(_.record_count))
    counts = binned.group_by(*_WINDOW, "position", "size").aggregate(
        records=_.count(), wrong=_.is_wrong.sum()
    )
    found: dict[Cell, dict[str, dict[int, list[int]]]] = {}
    for row in counts.to_pyarrow().to_pylist():
        cell = found.setdefault((row["variant"], row["window"]), {"positions": {}, "sizes": {}})
        for name, place in (("positions", row["position"]), ("sizes", row["size"])):
            if place is not None:
                total = cell[name].setdefault(place, [0, 0])
                total[0] += row["records"]
                total[1] += row["wrong"]
    return {cell: {name: in_order(bins) for name, bins in of.items()} for cell, of in found.items()}


def _bin(value: Any) -> Any:
    return value.bucket(EDGES, include_over=True)


def _regression(records: ibis.Table) -> dict[Cell, dict[str, Any]]:
    """Residuals by prediction, and where the tenth with the largest errors is."""
    numeric = records.filter(_.label_value.abs() <= LARGEST, _.prediction_value.abs() <= LARGEST)
    table = numeric.select(
        *_WINDOW,
        "record_index",
        "record_count",
        z=_.prediction_value,
        e=_.label_value - _.prediction_value,
    )
    limits = table.group_by(*_WINDOW).aggregate(
        large=_.e.abs().quantile(LARGE),
        e_low=_.e.quantile(OUTER),
        e_high=_.e.quantile(1 - OUTER),
        z_low=_.z.quantile(OUTER),
        z_high=_.z.quantile(1 - OUTER),
    )
    limits = ibis.memtable(limits.to_pyarrow())
    joined = table.join(limits, _WINDOW)
    found = _placed(joined.mutate(is_wrong=_.e.abs() > _.large))
    _add(found, _grids(joined))
    return found


def _grids(joined: ibis.Table) -> dict[Cell, dict[str, Any]]:
    """Records in equal-width bins of residual and of prediction."""
    rows = joined.mutate(
        residual=_even(_.e, _.e_low, _.e_high, RESIDUAL_BINS),
        predicted=_even(_.z, _.z_low, _.z_high, PREDICTION_BINS),
    )
    bounds = ("e_low", "e_high", "z_low", "z_high")
    counts = rows.group_by(*_WINDOW, *bounds, "residual", "predicted").aggregate(n=_.count())
    found: dict[Cell, dict[str, Any]] = {}
    for row in counts.order_by(*_WINDOW, "predicted", "residual").to_pyarrow().to_pylist():
        grid = found.setdefault(
            (row["variant"], row["window"]),
            {"residuals": {**{name: row[name] for name in bounds}, "cells": []}},
        )
        grid["residuals"]["cells"].append([row["predicted"], row["residual"], row["n"]])
    return found


def _even(value: Any, low: Any, high: Any, bins: int) -> Any:
    """Number of the bin; where all values are one, the first."""
    place = ((value - low) / (high - low).nullif(0.0) * bins).floor()
    inside = ibis.greatest(ibis.least(ibis.coalesce(place, 0.0), bins - 1.0), 0.0)
    return inside.cast("int64")


def _predicted(matched: ibis.Table, tenths: tuple[float, ...]) -> dict[Cell, dict[str, Any]]:
    """Every captured prediction, labelled or not, by the baseline's tenths."""
    known = matched.filter(_.prediction_value.notnull())
    above = reduce(add, [(_.prediction_value > edge).cast("int64") for edge in tenths])
    counts = known.mutate(tenth=above).group_by(*_WINDOW, "tenth").aggregate(n=_.count())
    found: dict[Cell, dict[str, Any]] = {}
    for row in counts.to_pyarrow().to_pylist():
        empty = {"predicted": [0] * (len(tenths) + 1)}
        cell = found.setdefault((row["variant"], row["window"]), empty)
        cell["predicted"][row["tenth"]] = row["n"]
    return found
