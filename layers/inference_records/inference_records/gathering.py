"""Payloads of one kind, from however many requests -> columns at once: no loop per record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

import pyarrow as pa

from inference_records.canonical import Column, as_array
from inference_records.csv_rows import read_csv_rows
from inference_records.known_records import Place, combined
from inference_records.readings import Kind, Layout
from inference_records.rejections import BadRecord


def gather(
    kind: Kind,
    payloads: Sequence[Any],
    counts: Sequence[int],
    names: Collection[str] | None = None,
    numeric: Collection[str] = (),
) -> dict[str, Column]:
    """Columns over all records of payloads of one kind, in order; only `names` if given.

    What is `numeric` need not keep its text. Raises `BadRecord` if one of the payloads does not
    hold what its kind promised.
    """
    if kind.layout is Layout.COUNTED:
        raise BadRecord(payloads[0].code, payloads[0].message, counts[0])
    wanted = [name for name in kind.names if names is None or name in names]
    if kind.layout is Layout.TEXT:
        return _gather_text(kind.names, payloads, sum(counts), wanted, numeric)
    return _GATHER[kind.layout](kind.names, payloads, counts, wanted)


def _gather_objects(
    names: tuple[str, ...], payloads: Sequence[Any], counts: Sequence[int], wanted: Sequence[str]
) -> dict[str, Column]:
    kinds = set(map(type, payloads))
    if kinds == {dict}:
        return _gather_columns(names, payloads, counts, wanted)
    if kinds <= {dict, Place}:
        return _gather_known(names, payloads, counts, wanted)
    parts = zip(payloads, counts, strict=True)
    rows = list(chain.from_iterable(_objects(names, *part) for part in parts))
    width = len(names)
    try:
        columns: dict[str, Column] = {name: list(map(itemgetter(name), rows)) for name in wanted}
        if len(wanted) < width or sum(map(len, rows)) == width * len(rows):
            return columns
    except KeyError:
        pass
    all_wanted = len(wanted) == width
    every = dict.fromkeys(chain(wanted, chain.from_iterable(rows))) if all_wanted else wanted
    return {name: [row.get(name) for row in rows] for name in every}


def _objects(names: tuple[str, ...], payload: Any, count: int) -> Sequence[dict[str, Any]]:
    """Objects again, where others of their kind lack a name."""
    if type(payload) is list:
        return payload
    if type(payload) is Place:
        columns = _gather_known(names, [payload], [count], names)
        payload = {name: as_array(column).to_pylist() for name, column in columns.items()}
    values = zip(*payload.values(), strict=True)
    return [dict(zip(names, row, strict=True)) for row in values]


def _gather_known(
    names: tuple[str, ...], payloads: Sequence[Any], counts: Sequence[int], wanted: Sequence[str]
) -> dict[str, Column]:
    parts: dict[str, list[Column]] = {name: [] for name in names}
    owners = [getattr(payload, "records", None) for payload in payloads]
    for records, run in groupby(zip(owners, payloads, counts, strict=True), itemgetter(0)):
        _, found, many = zip(*run, strict=True)
        if records is None:
            columns: Iterable[list[Column]] = (
                [column] for column in _gather_columns(names, found, many, names).values()
            )
        else:
            columns = records.columns(found[0].start, sum(many))
        for name, more in zip(names, columns, strict=True):
            parts[name] += more
    return {name: combined(parts[name]) for name in wanted}


def _gather_rows(
    names: tuple[str, ...], payloads: Sequence[Any], _counts: Sequence[int], wanted: Sequence[str]
) -> dict[str, Column]:
    columns = zip(names, zip(*chain.from_iterable(payloads), strict=True), strict=True)
    return {name: column for name, column in columns if name in wanted}


def _gather_columns(
    _names: tuple[str, ...], payloads: Sequence[Any], _counts: Sequence[int], wanted: Sequence[str]
) -> dict[str, Column]:
    return {name: list(chain.from_iterable(map(itemgetter(name), payloads))) for name in wanted}


def _gather_tables(
    _names: tuple[str, ...], payloads: Sequence[Any], _counts: Sequence[int], wanted: Sequence[str]
) -> dict[str, Column]:
    tables = [payload.select(wanted) for payload in payloads]
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # numbers in one payload and text in another
        return {
            name: list(chain.from_iterable(t[name].to_pylist() for t in tables)) for name in wanted
        }
    return {name: table.column(name) for name in wanted}


def _gather_text(
    names: tuple[str, ...],
    payloads: Sequence[str],
    count: int,
    wanted: Sequence[str],
    numeric: Collection[str],
) -> dict[str, Column]:
    text = "\n".join(filter(None, payloads))
    table = read_csv_rows(text.encode(), names, numeric)
    if table.num_rows != count:
        raise BadRecord("broken_csv", f"{count} lines hold {table.num_rows} rows", count)
    return {name: table.column(name) for name in wanted}


_Gather = Callable[
    [tuple[str, ...], Sequence[Any], Sequence[int], Sequence[str]], dict[str, Column]
]
_GATHER: dict[Layout, _Gather] = {
    Layout.OBJECTS: _gather_objects,
    Layout.ROWS: _gather_rows,
    Layout.COLUMNS: _gather_columns,
    Layout.TABLE: _gather_tables,
}
