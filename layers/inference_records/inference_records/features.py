"""Request columns that are kept beside the prediction.

Numbers are `feature_NAME` and text `feature_text_NAME`: a name has one type over all files.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import (
    Column,
    as_array,
    as_text,
    canonical_labels,
    numbers,
)
from inference_records.configuration import Configuration
from inference_records.rejections import written
from inference_records.schema import FEATURE_PREFIX

TEXT_PREFIX = f"{FEATURE_PREFIX}text_"
_NOT_FINITE = r"(?i)^\s*[+-]?(nan|inf|infinity)\s*$"


def feature_columns(
    asked: Mapping[str, Column], configuration: Configuration, known_texts: Collection[str]
) -> dict[str, pa.Array]:
    """The columns that `features` names, each as float64 if all its values are numbers.

    Those in `known_texts` are text even if these values are numbers: others of the file are not.
    Those to be hashed are canonical text, of which `with_digests` makes digests.
    """
    settings = configuration.kept_features
    found: dict[str, pa.Array] = {}
    for name in asked:
        if name in settings.hash:
            found[TEXT_PREFIX + name] = _canonical(_as_array(asked[name]))
        elif settings.keeps(name):
            is_text = _is_known_text(name, known_texts)
            values = None if is_text else _plain_numbers(asked[name])
            if values is None:
                array = _as_array(asked[name])
                values = None if is_text else _all_numbers(array)
            if values is None:
                found[TEXT_PREFIX + name] = _text(array)
            else:
                found[FEATURE_PREFIX + name] = values
    return found


def probable_numbers(
    names: Iterable[str], configuration: Configuration, known_texts: Collection[str]
) -> list[str]:
    """The columns of which nothing but numbers will be kept, unless they turn out to hold text."""
    settings = configuration.kept_features
    return [
        name
        for name in names
        if settings.keeps(name)
        and name not in settings.hash
        and not _is_known_text(name, known_texts)
    ]


def _is_known_text(name: str, known_texts: Collection[str]) -> bool:
    """A number called text_x is text, too: it would have the name of the text x."""
    return name in known_texts or f"{FEATURE_PREFIX}{name}".startswith(TEXT_PREFIX)


def text_features(columns: Iterable[str]) -> set[str]:
    """The request columns that some feature columns hold as text."""
    return {name.removeprefix(TEXT_PREFIX) for name in columns if name.startswith(TEXT_PREFIX)}


def number_features(columns: Iterable[str]) -> set[str]:
    """The request columns that some feature columns hold as numbers."""
    return {
        name.removeprefix(FEATURE_PREFIX) for name in columns if not name.startswith(TEXT_PREFIX)
    }


def _as_array(values: Column) -> pa.Array:
    """As Arrow; nested values are JSON text, whatever stands beside them."""
    array = as_array(values)
    is_simple = not (pa.types.is_nested(array.type) or pa.types.is_string(array.type))
    if is_simple or isinstance(values, pa.Array | pa.ChunkedArray):
        return array
    if not any(isinstance(value, list | dict) for value in values):
        return array
    texts = [_json(v) if isinstance(v, list | dict) else as_text(v) for v in values]
    return pa.array(texts, pa.string())


def _plain_numbers(values: Column) -> pa.Array | None:
    """Values of which none must be looked at to tell their type; None where one is no number."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return None
    try:
        return numbers(pa.array(values, pa.float64()))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
        return None


def _all_numbers(array: pa.Array) -> pa.Array | None:
    """The values as numbers; None unless every one is a number, NaN, infinite or missing."""
    found = numbers(array)
    if pa.types.is_floating(array.type) or found.null_count == array.null_count:
        return found
    no_number = pc.and_(pc.is_valid(array), pc.is_null(found))
    if pa.types.is_string(array.type):
        no_number = pc.and_(no_number, pc.invert(pc.match_substring_regex(array, _NOT_FINITE)))
    return None if pc.any(no_number).as_py() else found


def _text(array: pa.Array) -> pa.Array:
    """Text as it is, numbers in canonical form, whichever of them share a column."""
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return array.cast(pa.string())
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return canonical_labels(array)
    return pa.array([_json(value) for value in array.to_pylist()], pa.string())


def _canonical(array: pa.Array) -> pa.Array:
    """One text for one value, as of labels; what only Parquet or JSON knows is JSON text."""
    text = _text(array)
    return canonical_labels(text)


def _json(value: object) -> str | None:
    return value if value is None or isinstance(value, str) else written(value).decode()


def widened(schema: pa.Schema, found: pa.Schema) -> pa.Schema:
    """Both schemas in one: a feature that is text anywhere is text everywhere."""
    fields = {field.name: field for field in schema}
    more = {}
    for field in found:
        known = fields.get(field.name)
        if known is None or (known.type != field.type and known.type != pa.string()):
            more[field.name] = field
    return pa.schema(list({**fields, **more}.values())) if more else schema


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly the columns of a schema; a column that it lacks is null."""
    found = dict(zip(table.column_names, table.columns, strict=True))
    columns = []
    for field in schema:
        column = found.get(field.name)
        if column is None:
            column = pa.nulls(table.num_rows, field.type)
        columns.append(column if column.type == field.type else pc.cast(column, field.type))
    return pa.Table.from_arrays(columns, schema=schema)
