"""Readings: the ways in which one payload can be understood, and how readings become columns.

A payload can often be read in more than one way (`[0.1, 0.9]`: two records, or the two class
probabilities of one); the number of records on the other side of the request decides. Readings of
one shape, from however many requests, are gathered into columns at once: no loop per record.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from itertools import chain
from operator import attrgetter, itemgetter
from typing import Any, NamedTuple

import pyarrow as pa

from inference_records.canonical import Column
from inference_records.csv_rows import read_csv_rows
from inference_records.rejections import BadRecord


class Layout(enum.Enum):
    """How a payload's records lie in memory; what `gather` goes by."""

    OBJECTS = enum.auto()
    ROWS = enum.auto()
    COLUMNS = enum.auto()
    TABLE = enum.auto()
    TEXT = enum.auto()
    COUNTED = enum.auto()


class Reading(NamedTuple):
    """One way to understand one payload: `count` records with the columns `names`."""

    form: str
    layout: Layout
    names: tuple[str, ...]
    payload: Any
    count: int  # type: ignore[assignment]  # a tuple counts, too

    @property
    def shape(self) -> tuple[Layout, tuple[str, ...]]:
        """Payloads of one shape can be gathered together."""
        return self.layout, self.names


@lru_cache(maxsize=64)
def numbered(width: int) -> tuple[str, ...]:
    """Names of nameless columns."""
    return tuple(map(str, range(width)))


def of_columns(form: str, columns: dict[str, list[Any]], count: int) -> Reading:
    """A reading of a payload that already lies in columns."""
    return Reading(form, Layout.COLUMNS, tuple(columns), columns, count)


def counted(form: str, count: int, why: BadRecord) -> Reading:
    """A payload whose records can be counted but not read, and why."""
    return Reading(form, Layout.COUNTED, (), why, count)


UNREAD = "list of objects, counted unread"


@lru_cache(maxsize=1024)
def unread(count: int) -> Reading:
    """A payload of which nothing but the number of its records is known."""
    return Reading(UNREAD, Layout.OBJECTS, (), None, count)


def with_all_names(reading: Reading) -> Reading:
    """The reading with the names of all its objects, where the first may lack some."""
    if reading.layout is not Layout.OBJECTS or type(reading.payload) is dict:
        return reading
    return reading._replace(names=tuple(dict.fromkeys(chain.from_iterable(reading.payload))))


OBJECTS = "list of objects"


def objects_named(names: tuple[str, ...], rows: list[Any]) -> Reading | None:
    """Columns of a list if it is one of objects that all have these names, the first in order."""
    try:
        if tuple(rows[0]) != names or sum(map(len, rows)) != len(names) * len(rows):
            return None
        columns = {name: list(map(itemgetter(name), rows)) for name in names}
    except (KeyError, TypeError):  # only objects have values by name
        return None
    return Reading(OBJECTS, Layout.OBJECTS, names, columns, len(rows))


def in_columns(reading: Reading) -> Reading:
    """Objects that all have the same names as their columns, which cost less to keep and gather."""
    if reading.layout is not Layout.OBJECTS:
        return reading
    rows, names = reading.payload, reading.names
    # Every name found in every row and no row longer: then all rows have the same names.
    if sum(map(len, rows)) != len(names) * len(rows):
        return reading
    try:
        columns = {name: list(map(itemgetter(name), rows)) for name in names}
    except KeyError:
        return reading
    return reading._replace(payload=columns)


def gather(
    readings: Sequence[Reading],
    names: Collection[str] | None = None,
    numeric: Collection[str] = (),
) -> dict[str, Column]:
    """Columns over all records of readings of one shape, in order; only `names` if given.

    What is `numeric` need not keep its text. Raises `BadRecord` if one of the readings does not
    hold what its shape promised.
    """
    first = readings[0]
    if first.layout is Layout.COUNTED:
        raise BadRecord(first.payload.code, first.payload.message, first.count)
    wanted = [name for name in first.names if names is None or name in names]
    if first.layout is Layout.TEXT:
        return _gather_text(readings, wanted, numeric)
    return _GATHER[first.layout](readings, wanted)


def _gather_objects(readings: Sequence[Reading], names: Sequence[str]) -> dict[str, Column]:
    if all(type(reading.payload) is dict for reading in readings):
        return _gather_columns(readings, names)
    rows = list(chain.from_iterable(map(_rows, readings)))
    width = len(readings[0].names)
    try:
        columns: dict[str, Column] = {name: list(map(itemgetter(name), rows)) for name in names}
        if len(names) < width or sum(map(len, rows)) == width * len(rows):
            return columns
    except KeyError:
        pass
    all_wanted = len(names) == width
    every = dict.fromkeys(chain(names, chain.from_iterable(rows))) if all_wanted else names
    return {name: [row.get(name) for row in rows] for name in every}


def _rows(reading: Reading) -> Sequence[dict[str, Any]]:
    """Objects again, where others of their shape lack a name."""
    if type(reading.payload) is not dict:
        return reading.payload  # type: ignore[no-any-return]
    values = zip(*reading.payload.values(), strict=True)
    return [dict(zip(reading.names, row, strict=True)) for row in values]


def _gather_rows(readings: Sequence[Reading], names: Sequence[str]) -> dict[str, Column]:
    rows = chain.from_iterable(map(attrgetter("payload"), readings))
    columns = zip(*rows, strict=True)
    return {
        name: column
        for name, column in zip(readings[0].names, columns, strict=True)
        if name in names
    }


def _gather_columns(readings: Sequence[Reading], names: Sequence[str]) -> dict[str, Column]:
    payloads = list(map(attrgetter("payload"), readings))
    return {name: list(chain.from_iterable(map(itemgetter(name), payloads))) for name in names}


def _gather_tables(readings: Sequence[Reading], names: Sequence[str]) -> dict[str, Column]:
    tables = [reading.payload.select(names) for reading in readings]
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers in one payload and text in another
        return {
            name: list(chain.from_iterable(t[name].to_pylist() for t in tables)) for name in names
        }
    return {name: table.column(name) for name in names}


def _gather_text(
    readings: Sequence[Reading], names: Sequence[str], numeric: Collection[str]
) -> dict[str, Column]:
    text = "\n".join(reading.payload for reading in readings if reading.count)
    table = read_csv_rows(text.encode(), readings[0].names, numeric)
    count = sum(reading.count for reading in readings)
    if table.num_rows != count:
        raise BadRecord("broken_csv", f"{count} lines hold {table.num_rows} rows", count)
    return {name: table.column(name) for name in names}


_Gather = Callable[[Sequence[Reading], Sequence[str]], dict[str, Column]]
_GATHER: dict[Layout, _Gather] = {
    Layout.OBJECTS: _gather_objects,
    Layout.ROWS: _gather_rows,
    Layout.COLUMNS: _gather_columns,
    Layout.TABLE: _gather_tables,
}
