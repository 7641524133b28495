"""What is counted of records in arrays: the join's health, facts, labels that have come.

The same numbers as the expressions give that an engine runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitor.coded import NONE, Coded, Numbers, counts_of
from monitor.facts import NO_FACTS, Facts, classes_of
from monitor.record_arrays import Cell, RecordArrays

_TENTHS = 10
_Tenths: TypeAlias = tuple[NDArray[Any], list[int | None]]


def said_in_arrays(arrays: RecordArrays) -> pa.Table:
    """Records of each variant and window, and what was said of them."""
    rows = []
    for (variant, window), part in arrays.cells.items():
        records = int(np.count_nonzero(part.is_captured))
        evaluated = int(np.count_nonzero(part.is_evaluated))
        said = part.is_captured & (part.copies > 0)
        rows.append(
            {
                "variant": variant,
                "window": window,
                "records": records,
                "evaluated": evaluated,
                "unlabelled": records - evaluated,
                "duplicate_labels": int(part.copies[said].sum()) - int(np.count_nonzero(said)),
                "conflicting_labels": int(np.count_nonzero(part.conflicting & said)),
            }
        )
    names = ("records", "evaluated", "unlabelled", "duplicate_labels", "conflicting_labels")
    kinds = [("variant", pa.string()), *((name, pa.int64()) for name in ("window", *names))]
    return pa.Table.from_pylist(rows, schema=pa.schema(kinds))


def facts_in(arrays: RecordArrays) -> Facts:
    """The facts of the evaluated records."""
    chosen = arrays.is_evaluated
    records = int(np.count_nonzero(chosen))
    if not records:
        return NO_FACTS
    predicted, told = arrays.text("prediction"), arrays.text("label")
    labels = _Numbers.of(arrays.columns["label_value"], chosen)
    values = _Numbers.of(arrays.columns["prediction_value"], chosen)
    likely = _Numbers.of(arrays.columns["probability"], chosen)
    is_predicted = predicted.is_known & chosen
    return classes_of(
        Facts(
            records=records,
            probabilities=likely.count,
            vectors=_vectors(arrays, chosen),
            fractional_predictions=values.fractional,
            fractional_labels=labels.fractional,
            text_labels=records - labels.count,
            text_predictions=int(np.count_nonzero(is_predicted & ~values.is_known)),
            lowest=values.lowest,
            highest=values.highest,
            lowest_probability=likely.lowest,
            labelled_probabilities=int(np.count_nonzero(likely.is_known & is_predicted)),
        ),
        _occurring(told, chosen),
        () if values.fractional else _occurring(predicted, chosen),
    )


def labelled_in(
    cells: Mapping[Cell, RecordArrays], *, by_class: bool, by_tenth: bool, scored: bool
) -> dict[Cell, list[list[Any]]]:
    """Rows [predicted label, tenth of the probability, captured, labelled] of each cell."""
    return {cell: _labelled(part, by_class, by_tenth, scored) for cell, part in cells.items()}


def _labelled(part: RecordArrays, by_class: bool, by_tenth: bool, scored: bool) -> list[list[Any]]:
    chosen = None if part.is_captured.all() else part.is_captured
    is_known = part.text("label").is_known
    nothing: _Tenths = np.zeros(len(is_known), dtype=np.int8), [None]
    tenth, tenths = _tenths(part, scored) if by_tenth else nothing
    predicted = part.text("prediction")
    codes, names = predicted.codes, predicted.values
    if not by_class:
        codes, names = np.full(len(tenth), NONE, dtype=np.int8), ()
    columns = [codes.astype(np.int16) + 1, tenth, is_known]
    if chosen is not None:
        columns = [column[chosen] for column in columns]
    counts = counts_of(columns, [len(names) + 1 + (not predicted.are_told), len(tenths), 2])
    total = counts.sum(axis=2)
    # A text that is not told is one of too many to list.
    shown = [None, *names, *([] if predicted.are_told else [""])]
    rows = [
        [shown[one], tenths[other], int(total[one, other]), int(counts[one, other, 1])]
        for one, other in np.argwhere(total).tolist()
    ]
    return sorted(rows, key=lambda row: (row[0] is None, row[0] or "", row[1] is None, row[1] or 0))


def _tenths(part: RecordArrays, scored: bool) -> _Tenths:
    """Which tenth each record's probability is in, and what the codes stand for."""
    number = part.numbers("probability")
    if scored:
        number = np.where(np.isnan(number), part.numbers("prediction_value"), number)
    found = np.minimum(np.floor(number * _TENTHS), _TENTHS - 1.0)
    lowest = float(np.nanmin(found, initial=0.0))
    if lowest > -_TENTHS:
        codes = np.nan_to_num(found - lowest + 1, nan=0.0).astype(np.int8)
        return codes, [None, *range(int(lowest), _TENTHS)]
    every, places = np.unique(found, return_inverse=True)
    return places, [None if np.isnan(value) else int(value) for value in every]


class _Numbers:
    """Of a column's chosen rows: how many have a number, how many a fraction, and the bounds."""

    def __init__(self, is_known: NDArray[np.bool_], values: Iterable[tuple[Numbers, Any]]) -> None:
        self.is_known = is_known
        self.count, self.fractional = int(np.count_nonzero(is_known)), 0
        self.lowest: float | None = None
        self.highest: float | None = None
        for some, many in values:
            self.fractional += int(((some % 1 != 0) * many).sum())
            low, high = float(some.min()), float(some.max())
            self.lowest = low if self.lowest is None else min(self.lowest, low)
            self.highest = high if self.highest is None else max(self.highest, high)

    @classmethod
    def of(cls, column: Coded | Numbers, chosen: NDArray[np.bool_]) -> _Numbers:
        """The numbers of a column."""
        if isinstance(column, Coded):
            counts = counts_of(
                [column.codes[chosen].astype(np.int16) + 1], [len(column.values) + 1]
            )[1:]
            some = np.flatnonzero(counts)
            values = np.array(column.values, dtype=np.float64)[some]
            parts = [(values, counts[some])] if len(some) else []
            return cls(column.is_known & chosen, parts)
        is_known = chosen & ~np.isnan(column)
        return cls(is_known, _chunks(column, is_known))


def _chunks(column: Numbers, is_known: NDArray[np.bool_]) -> Iterable[tuple[Numbers, int]]:
    for begin in range(0, len(column), _CHUNK):
        where = slice(begin, begin + _CHUNK)
        if len(some := column[where][is_known[where]]):
            yield some, 1


_CHUNK = 1 << 17


def _vectors(arrays: RecordArrays, chosen: NDArray[np.bool_]) -> int:
    if arrays.vectors is None or "probabilities" not in arrays.vectors.column_names:
        return 0
    known = arrays.vectors["probabilities"].is_valid().to_numpy()
    return int(np.count_nonzero(known & chosen))


def _occurring(column: Coded, chosen: NDArray[np.bool_]) -> list[str] | None:
    """The values of the chosen rows; None if they are too many to be told."""
    if not column.are_told:
        return None
    counts = counts_of([column.codes[chosen].astype(np.int16) + 1], [len(column.values) + 1])[1:]
    return [column.values[code] for code in np.flatnonzero(counts).tolist()]
