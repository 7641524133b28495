"""Readings: the ways in which one payload can be understood.

A payload can often be read in more than one way (`[0.1, 0.9]`: two records, or the two class
probabilities of one); the number of records on the other side of the request decides.
"""

from __future__ import annotations

import enum
from functools import lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from inference_records.rejections import BadRecord


class Layout(enum.Enum):
    """How a payload's records lie in memory; what `gather` goes by."""

    OBJECTS = enum.auto()
    ROWS = enum.auto()
    COLUMNS = enum.auto()
    TABLE = enum.auto()
    TEXT = enum.auto()
    COUNTED = enum.auto()


class Kind(NamedTuple):
    """What payloads have in common that can be gathered together."""

    form: str
    layout: Layout
    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[Layout, tuple[str, ...]]:
        """Columns of one shape have the same roles, in whatever form they came."""
        return self.layout, self.names


class Reading(NamedTuple):
    """One way to understand one payload: `count` records with the columns `names`."""

    form: str
    layout: Layout
    names: tuple[str, ...]
    payload: Any
    count: int  # type: ignore[assignment]  # a tuple counts, too

    @property
    def kind(self) -> Kind:
        """What it has in common with other payloads."""
        return Kind(self.form, self.layout, self.names)


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
