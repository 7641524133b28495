"""Columns that are filled batch by batch: short codes while values are few, else the numbers.

It knows no column by name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from monitor.metrics.inputs import MAXIMUM_CLASSES

NONE = -1
_MOST_NUMBERS = 100
_SAMPLE = 1 << 14
_BYTE, _SHORT = 1 << 7, 1 << 15

Numbers = NDArray[np.float64]
Where = slice | NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """A code a row, `NONE` where there is no value, and what each code stands for."""

    codes: NDArray[Any]
    values: tuple[Any, ...]
    are_told: bool = True
    """False: more texts than a classifier may have classes. One code stands for all of them."""
    kind: pa.DataType = field(default_factory=pa.string)
    """Of the values: texts or numbers."""

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        known: NDArray[np.bool_] = self.codes >= 0
        return known

    def at(self, where: Where) -> Coded:
        """Some of the rows."""
        return replace(self, codes=self.codes[where])

    def as_arrow(self) -> pa.Array:
        """For an engine; texts that are not told are empty ones."""
        values = self.values if self.are_told else ("",)
        codes = pa.array(self.codes, mask=self.codes < 0)
        return pa.DictionaryArray.from_arrays(codes, pa.array(values, self.kind))


class Filling:
    """A column of texts or numbers that becomes known in parts, in any order."""

    def __init__(self, length: int, kind: pa.DataType, *, keeps_texts: bool = False) -> None:
        self._codes: NDArray[Any] = np.full(length, NONE, dtype=np.int8)
        self._known: dict[Any, int] = {}
        self._numbers: Numbers | None = None
        self._kind = kind
        self._is_text = not pa.types.is_floating(kind)
        self._are_told = True
        self._rows = 0
        self._keeps_texts = keeps_texts
        self.texts: list[pa.Array] = []
        """Of all rows, which came in order, where they are not told and somebody will ask."""

    def put(self, where: Where, values: pa.Array) -> None:
        """The values of some rows."""
        if self._numbers is None and self._are_told:
            if self._has_many(values) or (codes := self._coded(values)) is None:
                self._give_up()
            else:
                self._codes[where] = codes
                self._rows += len(values)
                return
        if self._numbers is not None:
            self._numbers[where] = values.to_numpy(zero_copy_only=False)
        else:
            self._codes[where] = np.where(values.is_valid().to_numpy(zero_copy_only=False), 0, NONE)
            if self._keeps_texts:
                self.texts.append(values)

    def done(self, length: int | None = None) -> Coded | Numbers:
        """The column, or so many first rows of it."""
        if self._numbers is not None:
            return self._numbers[:length]
        return Coded(self._codes[:length], tuple(self._known), self._are_told, self._kind)

    @property
    def _most(self) -> int:
        return MAXIMUM_CLASSES if self._is_text else _MOST_NUMBERS

    def _has_many(self, values: pa.Array) -> bool:
        return len(values.slice(0, _SAMPLE).unique()) > self._most + 1

    def _coded(self, values: pa.Array) -> NDArray[Any] | None:
        """Codes of some values; None if they are too many."""
        encoded = values.dictionary_encode()
        for value in encoded.dictionary.to_pylist():
            if value == value:
                self._known.setdefault(value, len(self._known))
        if len(self._known) > self._most:
            return None
        self._codes = self._codes.astype(_shortest(len(self._known)), copy=False)
        own = [self._known.get(value, NONE) for value in encoded.dictionary.to_pylist()]
        table = np.array([*own, NONE], dtype=self._codes.dtype)
        found: NDArray[Any] = table[encoded.indices.fill_null(len(own)).to_numpy()]
        return found

    def _give_up(self) -> None:
        if not self._is_text:
            # The last one is what a code of -1 finds.
            table = np.array([*self._known, np.nan])
            is_empty = not self._known
            self._numbers = np.full(len(self._codes), np.nan) if is_empty else table[self._codes]
            return
        if self._keeps_texts:
            told = Coded(self._codes[: self._rows], tuple(self._known)).as_arrow()
            self.texts.append(told.dictionary_decode())
        self._codes = np.minimum(self._codes, 0).astype(np.int8)
        self._known, self._are_told = {}, False


def _shortest(values: int) -> type[np.signedinteger[Any]]:
    return np.int8 if values <= _BYTE else np.int16


def together(column: Coded | Numbers, where: Where) -> Coded | Numbers:
    """Some rows of a column."""
    return column.at(where) if isinstance(column, Coded) else column[where]


def as_coded(column: Coded | Numbers) -> Coded:
    """A column of texts."""
    if not isinstance(column, Coded):
        raise TypeError("a column of numbers has no codes")
    return column


def as_numbers(column: Coded | Numbers) -> Numbers:
    """Numbers of a column, not a number where there is none."""
    if not isinstance(column, Coded):
        return column
    # The last one is what a code of -1 finds.
    found: Numbers = np.array([*column.values, np.nan])[column.codes]
    return found


def counts_of(codes: Sequence[NDArray[Any]], sizes: Sequence[int]) -> NDArray[np.int64]:
    """How often each combination of codes occurs, an array with an axis a column.

    Each code is at least 0; chunk by chunk, so that no column is widened whole.
    """
    total = int(np.prod(sizes))
    found = np.zeros(total, dtype=np.int64)
    for begin in range(0, len(codes[0]), _CHUNK):
        key = codes[0][begin : begin + _CHUNK].astype(np.int64)
        for column, size in zip(codes[1:], sizes[1:], strict=True):
            key *= size
            key += column[begin : begin + _CHUNK]
        found += np.bincount(key, minlength=total)
    return found.reshape(tuple(sizes))


_CHUNK = 1 << 17
