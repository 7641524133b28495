"""Records beside their labels in arrays: request after request, each record at its position.

The requests of a variant and window lie together, so that a part of the arrays is its records.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitor.coded import Coded, Numbers, as_coded, as_numbers, together

Cell = tuple[str, int]
Column = Coded | Numbers
_BYTE = 100
_VECTORS = {"probabilities": pa.list_(pa.float64()), "classes": pa.list_(pa.string())}


@dataclass(frozen=True, eq=False)
class RecordArrays:
    """Places of the records of some requests, and what is known of the record at each place."""

    requests: pa.Table
    """Their `request`, `variant`, `window`, `fold` and `record_count`, by window and variant."""
    is_captured: NDArray[np.bool_]
    """Whether there is a record of the windows: of each request of a count, one may be missing."""
    columns: Mapping[str, Column]
    """`label`, `label_value`, `prediction`, `prediction_value`, `probability`."""
    copies: NDArray[Any]
    conflicting: NDArray[np.bool_]
    vectors: pa.Table | None = None
    """Probabilities of classes, and their names, where any response has them."""

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Records of each request."""
        counts: NDArray[np.int64] = self.requests["record_count"].to_numpy().astype(np.int64)
        return counts

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """Where each request begins, and where the last one ends."""
        return np.concatenate([[0], np.cumsum(self.counts)])

    @cached_property
    def folds(self) -> NDArray[np.int8]:
        """Fold of each request."""
        folds: NDArray[np.int8] = self.requests["fold"].to_numpy()
        return folds

    @property
    def number(self) -> NDArray[np.int32]:
        """Of each record, which request it belongs to."""
        return np.repeat(np.arange(len(self.counts), dtype=np.int32), self.counts)

    @property
    def position(self) -> NDArray[np.int32]:
        """Of each record in its request."""
        begins = np.repeat(self.first[:-1].astype(np.int32), self.counts)
        return np.arange(len(begins), dtype=np.int32) - begins

    @cached_property
    def is_evaluated(self) -> NDArray[np.bool_]:
        """Where a record has a label."""
        return self.is_captured & self.text("label").is_known

    def text(self, name: str) -> Coded:
        """A column of texts."""
        return as_coded(self.columns[name])

    def numbers(self, name: str) -> Numbers:
        """A column of numbers, not a number where there is none."""
        return as_numbers(self.columns[name])

    @cached_property
    def cells(self) -> Mapping[Cell, RecordArrays]:
        """The records of each variant and window that has some."""
        parts = self._runs("window", "variant")
        return {(str(variant), int(window)): part for (window, variant), part in parts.items()}

    @cached_property
    def windows(self) -> Mapping[int, RecordArrays]:
        """The records of each window that has some."""
        return {int(window): part for (window,), part in self._runs("window").items()}

    @property
    def tells_all(self) -> bool:
        """Whether each text is told."""
        return all(of.are_told for of in self.columns.values() if isinstance(of, Coded))

    def of_one_variant(self, name: str) -> RecordArrays:
        """The same, all variants as one."""
        place = self.requests.column_names.index("variant")
        one = pa.repeat(pa.scalar(name), len(self.requests))
        return replace(self, requests=self.requests.set_column(place, "variant", one))

    def of(self, windows: Collection[int]) -> dict[Cell, RecordArrays]:
        """The cells of some windows."""
        return {cell: part for cell, part in self.cells.items() if cell[1] in windows}

    def _runs(self, *names: str) -> dict[tuple[Any, ...], RecordArrays]:
        codes = [self.requests[name].combine_chunks().dictionary_encode() for name in names]
        changes = np.zeros(len(self.requests), dtype=np.bool_)
        changes[:1] = True
        for code in codes:
            indices = code.indices.to_numpy()
            changes[1:] |= indices[1:] != indices[:-1]
        begins = np.flatnonzero(changes)
        ends = np.append(begins[1:], len(changes))
        found = {}
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True):
            part = self._part(begin, end)
            if part.is_captured.any():
                found[tuple(code[begin].as_py() for code in codes)] = part
        return found

    def _part(self, begin: int, end: int) -> RecordArrays:
        """The records of consecutive requests."""
        if (begin, end) == (0, len(self.requests)):
            return self
        start, stop = int(self.first[begin]), int(self.first[end])
        where = slice(start, stop)
        return RecordArrays(
            self.requests.slice(begin, end - begin),
            self.is_captured[where],
            {name: together(column, where) for name, column in self.columns.items()},
            self.copies[where],
            self.conflicting[where],
            None if self.vectors is None else self.vectors.slice(start, stop - start),
        )

    def table(self) -> pa.Table:
        """All captured records as rows, for an engine."""
        number = self.number
        columns: dict[str, Any] = {
            "number": number,
            "record_index": self.position,
            "request": pa.DictionaryArray.from_arrays(
                number, self.requests["request"].combine_chunks()
            ),
        }
        for name in ("variant", "window", "record_count", "fold"):
            columns[name] = _repeated(self.requests[name], number)
        for name, column in self.columns.items():
            columns[name] = _as_arrow(column)
        is_said = self.copies > 0
        columns["copies"] = pa.array(self.copies, mask=~is_said)
        columns["conflicting"] = pa.array(self.conflicting, mask=~is_said)
        table = pa.table(columns)
        for name, kind in _VECTORS.items():
            if self.vectors is not None and name in self.vectors.column_names:
                table = table.append_column(name, self.vectors[name])
            else:
                table = table.append_column(name, pa.nulls(len(table), kind))
        return table if self.is_captured.all() else table.filter(pa.array(self.is_captured))


def _as_arrow(column: Column) -> pa.Array:
    if isinstance(column, Coded):
        return column.as_arrow()
    return pa.array(column, from_pandas=True)


def _repeated(values: pa.ChunkedArray, number: NDArray[np.int32]) -> pa.DictionaryArray:
    """What each request has, for each record: few different values, and short codes of them."""
    encoded = values.combine_chunks().dictionary_encode()
    codes = encoded.indices.to_numpy()
    shortest = np.int8 if len(encoded.dictionary) <= _BYTE else np.int32
    return pa.DictionaryArray.from_arrays(codes.astype(shortest)[number], encoded.dictionary)
