"""Records of requests that follow each other, in columns as soon as there are enough of them."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

import pyarrow as pa
from msgspec import Struct
from msgspec.structs import astuple

from inference_records.canonical import Column, as_array

_ROWS, _VALUES = 1 << 10, 1 << 15
"""At most as many wait to become columns: more would not stay in the processor's cache."""


class Records:
    """Records with the same names."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.names = names
        self._limit = max(min(_ROWS, _VALUES // len(names)), 1)
        self._waiting: list[Struct] = []
        self._parts: list[list[pa.Array]] = []
        self._settled = 0

    def add(self, records: list[Struct]) -> Place:
        """Append those of one request."""
        place = Place(self, self._settled + len(self._waiting))
        self._waiting += records
        if len(self._waiting) >= self._limit:
            self._settle()
        return place

    def columns(self, start: int, count: int) -> list[list[pa.Array]]:
        """So many values of each name, in parts whose types may differ."""
        if self._waiting:
            self._settle()
        found, end = [], start + count
        for part in self._parts:
            rows = len(part[0])
            first, last = max(start, 0), min(end, rows)
            if first < last:
                found.append([column.slice(first, last - first) for column in part])
            start, end = start - rows, end - rows
        return list(map(list, zip(*found, strict=True)))

    def _settle(self) -> None:
        columns = zip(*map(astuple, self._waiting), strict=True)
        self._parts.append(list(map(_column, columns)))
        self._settled += len(self._waiting)
        self._waiting.clear()


def _column(values: Sequence[Any]) -> pa.Array:
    """Numbers are packed, which takes a third of the time of finding out what each value is."""
    code, kind = _PACKED.get(type(values[0]), _UNPACKED)
    if code is not None:
        with suppress(struct.error):  # there is text among them, or one is missing
            packed = struct.pack(f"{len(values)}{code}", *values)
            return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(packed)])
    return as_array(values)


_PACKED = {int: ("q", pa.int64()), float: ("d", pa.float64())}
_UNPACKED = (None, None)


class Place(Struct, frozen=True, gc=False):
    """Where the records of one request begin."""

    records: Records
    start: int


def combined(parts: Sequence[Column]) -> Column:
    """One array if all parts are of one type, else the values, whose type is found out at once."""
    arrays = [part for part in parts if isinstance(part, pa.Array)]
    kinds = {array.type for array in arrays}
    if len(kinds) > 1:
        kinds.discard(pa.null())
    if len(kinds) == 1 and len(arrays) == len(parts):
        (kind,) = kinds
        return pa.concat_arrays([array.cast(kind) for array in arrays])
    return list(chain.from_iterable(map(_values, parts)))


def _values(part: Column) -> Sequence[object]:
    return part.to_pylist() if isinstance(part, pa.Array) else part
