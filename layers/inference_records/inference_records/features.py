"""Request columns that are kept beside the prediction as `feature_*`: numbers, else text."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import Column, as_array, numbers
from inference_records.configuration import Configuration
from inference_records.schema import FEATURE_PREFIX


def feature_columns(
    asked: Mapping[str, Column], configuration: Configuration
) -> dict[str, pa.Array]:
    """The columns that `features` names, each as float64 if all its values are numbers."""
    wanted = asked if configuration.features == "all" else configuration.features
    return {
        f"{FEATURE_PREFIX}{name}": _numbers_or_text(as_array(asked[name]))
        for name in asked
        if name in wanted
    }


def _numbers_or_text(array: pa.Array) -> pa.Array:
    if pa.types.is_nested(array.type):
        return pa.array([_json(value) for value in array.to_pylist()], pa.string())
    values = numbers(array)
    is_number = pa.types.is_floating(array.type) or values.null_count == array.null_count
    return values if is_number else array.cast(pa.string())


def _json(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def widened(schema: pa.Schema, found: pa.Schema) -> pa.Schema:
    """Both schemas in one: a feature that is text anywhere is text everywhere."""
    fields = {field.name: field for field in schema}
    for field in found:
        known = fields.get(field.name)
        if known is None or (known.type != field.type and known.type != pa.string()):
            fields[field.name] = field
    return pa.schema(list(fields.values()))


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """The table with exactly the columns of a schema; a column that it lacks is null."""
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        column = table.column(field.name)
        columns.append(column if column.type == field.type else pc.cast(column, field.type))
    return pa.table(columns, schema=schema)
