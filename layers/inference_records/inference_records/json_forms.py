"""The JSON forms in which a payload carries its records. A new form is one function here.

Each form gives its readings, the most natural first; see `readings`.
"""

from __future__ import annotations

from math import prod
from typing import Any

from inference_records.readings import OBJECTS, Layout, Reading, numbered, of_columns
from inference_records.rejections import BadRecord

WRAPPERS = (
    "instances", "predictions", "outputs", "output", "results", "result", "data", "inputs",
    "records", "rows", "response", "items", "dataframe_records", "dataframe_split",
)  # fmt: skip
_TABLES = (("columns", "data"), ("names", "ndarray"))
_SCALARS = frozenset({int, float, str, bool, type(None)})


def json_readings(document: Any) -> list[Reading]:
    """Readings of a decoded JSON body; raises `BadRecord` if it has no form known here."""
    if type(document) is list:
        return _list_readings(document)
    if type(document) is dict:
        return _object_readings(document)
    return [Reading("single value", Layout.COLUMNS, ("0",), {"0": [document]}, 1)]


def _list_readings(items: list[Any]) -> list[Reading]:
    kinds = set(map(type, items))
    if not items:
        return [Reading("empty list", Layout.COLUMNS, (), {}, 0)]
    if kinds == {dict}:
        return [Reading(OBJECTS, Layout.OBJECTS, tuple(items[0]), items, len(items))]
    if kinds == {list}:
        return _nested_list_readings(items)
    if kinds <= _SCALARS:
        many = Reading("list of values", Layout.COLUMNS, ("0",), {"0": items}, len(items))
        one = Reading("one record's values", Layout.ROWS, numbered(len(items)), [items], 1)
        return [many, one] if len(items) > 1 else [many]
    raise BadRecord("unknown_form", "the list mixes objects, lists and values", len(items))


def _nested_list_readings(items: list[list[Any]]) -> list[Reading]:
    widths = set(map(len, items))
    if all(map(_is_scored_classes, items)):
        columns = {
            "classes": [[entry.get("label") for entry in item] for item in items],
            "probabilities": [[entry.get("score") for entry in item] for item in items],
        }
        return [of_columns("list of scored classes", columns, len(items))]
    if len(widths) == 1 and set(map(type, items[0])) <= _SCALARS:
        width = widths.pop()
        return [Reading("list of lists", Layout.ROWS, numbered(width), items, len(items))]
    return [of_columns("list of lists of different lengths", {"0": items}, len(items))]


def _is_scored_classes(item: list[Any]) -> bool:
    return bool(item) and all(
        type(entry) is dict and {"label", "score"} <= entry.keys() for entry in item
    )


def _object_readings(document: dict[str, Any]) -> list[Reading]:
    for form in (_table, _tensors, _wrapped, _indexed_columns):
        if readings := form(document):
            return readings
    record = Reading("single record", Layout.OBJECTS, tuple(document), [document], 1)
    lists = {name: value for name, value in document.items() if type(value) is list}
    if len(set(map(len, lists.values()))) != 1:
        return [record]
    columns = of_columns("object of columns", lists, len(next(iter(lists.values()))))
    return [columns, record] if len(lists) == len(document) else [record, columns]


def _table(document: dict[str, Any]) -> list[Reading]:
    """`{"columns": [...], "data": [[...], ...]}`: pandas' split orientation, and Seldon's."""
    for names, rows in _TABLES:
        header, items = document.get(names), document.get(rows)
        if type(header) is list and type(items) is list:
            if any(type(item) is not list or len(item) != len(header) for item in items):
                raise BadRecord(
                    "unknown_form", f"a row of {rows} has not {len(header)} values", len(items)
                )
            return [Reading("table", Layout.ROWS, tuple(map(str, header)), items, len(items))]
    return []


def _tensors(document: dict[str, Any]) -> list[Reading]:
    """`{"outputs": [{"name": …, "shape": [n, …], "data": […]}]}`: the open inference protocol."""
    for key in ("outputs", "inputs"):
        tensors = document.get(key)
        if type(tensors) is not list or not tensors:
            continue
        if any(type(t) is not dict or not {"name", "shape", "data"} <= t.keys() for t in tensors):
            continue
        columns = {str(t["name"]): _unflatten(t["data"], t["shape"]) for t in tensors}
        counts = set(map(len, columns.values()))
        if len(counts) != 1 or len(columns) != len(tensors):
            message = f"the tensors of {key} differ in their first dimension or share a name"
            raise BadRecord("unknown_form", message, max(counts))
        return [of_columns("named tensors", columns, counts.pop())]
    return []


def _unflatten(data: object, shape: object) -> list[Any]:
    if type(data) is not list or type(shape) is not list or set(map(type, shape)) - {int}:
        raise BadRecord("unknown_form", "a tensor's data or shape is no list")
    count, width = (shape[0], prod(shape[1:])) if shape else (1, 1)
    if len(data) == count and (width == 1 or type(data[0]) is list):
        return data
    if min(shape, default=1) < 1 or len(data) != count * width:
        raise BadRecord("unknown_form", f"{len(data)} values do not fill the shape {shape}")
    return [data[start : start + width] for start in range(0, len(data), width)]


def is_payload(document: Any) -> bool:
    """Whether a document is certainly a whole payload and no record: nothing else is in it."""
    if type(document) is not dict:
        return False
    if len(document) == 1 and _wrapper(document) is not None:
        return True
    return bool(_table(document) or _tensors(document) or _indexed_columns(document))


def _wrapped(document: dict[str, Any]) -> list[Reading]:
    """`{"predictions": [...]}`, whatever scalars stand beside it."""
    key = _wrapper(document)
    return [] if key is None else json_readings(document[key])


def _wrapper(document: dict[str, Any]) -> str | None:
    keys = [key for key in WRAPPERS if type(document.get(key)) in (list, dict)]
    if len(keys) != 1:
        return None
    inner = document[keys[0]]
    beside = [v for key, v in document.items() if key != keys[0] and type(v) is list]
    if type(inner) is list and any(len(v) == len(inner) for v in beside):
        return None
    return keys[0]


def _indexed_columns(document: dict[str, Any]) -> list[Reading]:
    """`{"a": {"0": 1, "1": 2}}`: what pandas' `to_json` writes unless told otherwise."""
    values = list(document.values())
    if not values or set(map(type, values)) != {dict} or not values[0]:
        return []
    index = values[0].keys()
    if any(value.keys() != index for value in values) or not all(map(str.isdigit, index)):
        return []
    columns = {name: [value[i] for i in index] for name, value in document.items()}
    return [of_columns("object of indexed columns", columns, len(index))]
