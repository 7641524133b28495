"""One text for one class label, whatever wrote it: `1`, `1.0`, `"1"` and `true` meet.

Works on whole columns with Arrow, so that it costs the same in the functions and in the monitor.
The rules are documented in docs/data.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, chain
from math import isfinite
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

Column: TypeAlias = Sequence[object] | pa.Array | pa.ChunkedArray

_EXACT_INTEGERS = float(2**53)
# A number that is not yet in its one form; plain integers are, and stay text however long they are.
_NUMBER = r"^[+-]?(\d+\.\d*|\.\d+|\d+(\.\d*)?[eE][+-]?\d+)$|^\+(0|[1-9]\d*)$|^-0$"
_LEADING_ZEROS = r"^[+-]?0\d"
_BOOLEAN = {"true": "1", "false": "0"}
_NO_LABEL = r"^([+-]?(nan|inf|infinity))?$"
_MAX_POSITION = 2**31 - 1


def as_array(values: Column) -> pa.Array:
    """Values of one column as Arrow; a column of mixed types becomes text in canonical form."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        is_encoded = pa.types.is_dictionary(values.type)
        return values.dictionary_decode() if is_encoded else values
    return _converted(values, _nested)


def _converted(
    values: Sequence[object], otherwise: Callable[[Sequence[object]], pa.Array]
) -> pa.Array:
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return otherwise(values)


def _nested(values: Sequence[Any]) -> pa.Array:
    """Lists or objects of which one holds something odd: the others keep their values."""
    missing = pa.array([value is None for value in values])
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {list}:
        flat = _converted(list(chain.from_iterable(value or () for value in values)), _texts)
        ends = accumulate((len(value or ()) for value in values), initial=0)
        return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), flat, mask=missing)
    if kinds == {dict}:
        names = dict.fromkeys(chain.from_iterable(value or () for value in values))
        parts = [_converted([(v or {}).get(name) for v in values], _texts) for name in names]
        return pa.StructArray.from_arrays(parts, names=list(names), mask=missing)
    return _texts(values)


def _texts(values: Sequence[object]) -> pa.Array:
    return pa.array(map(as_text, values), pa.string())


def canonical_labels(values: Column) -> pa.Array:
    """Class labels as canonical text; null where a value is no label (null, NaN, empty, nested)."""
    array = as_array(values)
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _each_once(_canonical_text, array.cast(pa.string()))
    if pa.types.is_boolean(kind):
        return array.cast(pa.int8()).cast(pa.string())
    if pa.types.is_integer(kind):
        return array.cast(pa.string())
    if pa.types.is_floating(kind):
        return _canonical_numbers(array.cast(pa.float64()))
    if pa.types.is_date(kind) or pa.types.is_decimal(kind):
        return _canonical_text(array.cast(pa.string()))
    return pa.nulls(len(array), pa.string())


def _each_once(canonical: Callable[[pa.Array], pa.Array], array: pa.Array) -> pa.Array:
    """Labels are few: what they become is found out for each, not for each record."""
    encoded = array.dictionary_encode()
    if len(encoded.dictionary) * 2 > len(array):
        return canonical(array)
    return canonical(encoded.dictionary).take(encoded.indices)


def numbers(values: Column) -> pa.Array:
    """Values as float64; null where a value is no finite number."""
    array = as_array(values)
    kind = array.type
    if pa.types.is_boolean(kind):
        array = array.cast(pa.int8())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        array = _parse_numbers(array.cast(pa.string()))
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        return pa.nulls(len(array), pa.float64())
    if kind != pa.float64():
        array = array.cast(pa.float64(), safe=False)
    total = pc.sum(array).as_py()  # which is finite only if all are
    if total is None or isfinite(total):
        return array
    return pc.if_else(pc.is_finite(array), array, None)


def identifiers(values: Column) -> pa.Array:
    """Ids as text: text stays as it is, since `1.0` and `1` may be two ids."""
    array = as_array(values)
    if not (pa.types.is_string(array.type) or pa.types.is_large_string(array.type)):
        return canonical_labels(array)
    text = pc.utf8_trim_whitespace(array.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), None, text)


def positions(values: Column) -> pa.Array:
    """Values as int32; null where a value is no whole number from 0."""
    given = numbers(values)
    whole = pc.and_(pc.equal(pc.floor(given), given), pc.less_equal(given, _MAX_POSITION))
    whole = pc.and_(whole, pc.greater_equal(given, 0))
    return pc.if_else(whole, given, None).cast(pa.int32())


def _canonical_text(array: pa.Array) -> pa.Array:
    text = pc.utf8_trim_whitespace(array)
    lower = pc.utf8_lower(text)
    for name, canonical in _BOOLEAN.items():
        text = pc.if_else(pc.equal(lower, name), canonical, text)
    is_number = pc.and_(
        pc.match_substring_regex(text, _NUMBER),
        pc.invert(pc.match_substring_regex(text, _LEADING_ZEROS)),
    )
    if pc.any(is_number).as_py():
        as_number = pc.if_else(is_number, text, None).cast(pa.float64())
        text = pc.if_else(is_number, pc.coalesce(_canonical_numbers(as_number), text), text)
    return pc.if_else(pc.match_substring_regex(lower, _NO_LABEL), None, text)


def _canonical_numbers(array: pa.Array) -> pa.Array:
    finite = pc.if_else(pc.is_finite(array), array, None)
    integral = pc.and_(pc.equal(pc.floor(finite), finite), pc.less(pc.abs(finite), _EXACT_INTEGERS))
    as_integer = pc.if_else(integral, finite, None).cast(pa.int64()).cast(pa.string())
    return pc.if_else(integral, as_integer, finite.cast(pa.string()))


def _parse_numbers(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.float64())
    except pa.ArrowInvalid:
        text = pc.utf8_trim_whitespace(array)
        is_number = pc.match_substring_regex(text, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
        return pc.if_else(is_number, text, None).cast(pa.float64())


def as_text(value: object) -> str | None:
    """The slow way for one value of a column that holds several types; null if it is nested."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | str):
        return str(value)
    if isinstance(value, float):
        text: str | None = _canonical_numbers(pa.array([value]))[0].as_py()
        return text
    return None
