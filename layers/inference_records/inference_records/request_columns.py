"""What one row per record takes from its request: ids, time, line, and columns of the payload."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

import pyarrow as pa

from inference_records.canonical import Column, identifiers
from inference_records.captured_requests import Request
from inference_records.configuration import Configuration
from inference_records.features import probable_numbers
from inference_records.gathering import gather
from inference_records.readings import Kind, Layout, in_columns
from inference_records.rejections import BadRecord
from inference_records.request_groups import Entry, Group
from inference_records.role_names import first_named
from inference_records.schema import PREDICTIONS

_RECORD_ID = ("recordid",)


def request_identity(entries: Sequence[Entry], row: pa.Array) -> dict[str, pa.Array]:
    """Ids, time and line of each row's request; `row` has the place of it among the entries."""

    def repeated(values: list[str | None]) -> pa.Array:
        texts = pa.array(values, pa.string())
        if None not in values and len(set(values)) == len(values):  # as ids of events are
            return pa.DictionaryArray.from_arrays(row, texts)
        encoded = texts.dictionary_encode()
        return pa.DictionaryArray.from_arrays(encoded.indices.take(row), encoded.dictionary)

    times = pa.array([entry.time for entry in entries], PREDICTIONS.field("inference_time").type)
    numbers_of_lines = pa.array([entry.line for entry in entries], pa.int32())
    return {
        "event_id": repeated([entry.event_id for entry in entries]),
        "inference_id": repeated([entry.inference_id for entry in entries]),
        "inference_time": times.take(row),
        "source_line": numbers_of_lines.take(row),
    }


def request_columns(
    group: Group, configuration: Configuration, known_texts: Collection[str]
) -> dict[str, Column]:
    """Columns of the payloads over all records, none if they were not captured."""
    kind = _with_columns(group.sides.request, configuration)
    if kind is None:
        return {}
    payloads = [entry.asked for entry in group.entries]
    counts = [entry.records for entry in group.entries]
    if configuration.kept_features.are_asked_for:
        numeric = numeric_columns(kind.names, configuration, known_texts)
        return gather(kind, payloads, counts, numeric=numeric)
    name = _record_id_column(kind.names, configuration)
    if name is None:
        return {}
    try:
        return gather(kind, payloads, counts, {name})
    except BadRecord:
        if len(counts) > 1 or configuration.request.record_id is not None:
            raise
        return {}  # an id that nobody asked for must not cost a good response


def numeric_columns(
    names: tuple[str, ...], configuration: Configuration, known_texts: Collection[str] = ()
) -> list[str]:
    """The columns of which nothing but numbers will be kept, if they hold nothing else."""
    kept = probable_numbers(names, configuration, known_texts)
    id_name = _record_id_column(names, configuration) if kept else None
    return [name for name in kept if name != id_name]


def _with_columns(request: Kind | None, configuration: Configuration) -> Kind | None:
    """The request, if it has columns or they are asked for."""
    is_counted = request is not None and request.layout is Layout.COUNTED
    return None if is_counted and not configuration.kept_features.are_asked_for else request


def may_go_unread(configuration: Configuration) -> bool:
    """Whether the number of a request's records is all that is asked of it."""
    asked = configuration.request
    named = (asked.record_id, asked.records, asked.content_type)
    is_fast = configuration.reading == "fast"
    return is_fast and named == (None,) * 3 and not configuration.kept_features.are_asked_for


def spare(request: Request, configuration: Configuration) -> Request:
    """The request without its body, the bulk of a line, where no column of it will be asked for."""
    body = request.request
    if body is None:
        return request
    if configuration.kept_features.are_asked_for:
        return request._replace(request=in_columns(body))
    if configuration.request.record_id is not None or _record_id_name(body.names):
        return request
    return request._replace(request=body._replace(payload=None))


@lru_cache(maxsize=64)
def _record_id_name(names: tuple[str, ...]) -> str | None:
    """The same for all lines of a shape."""
    return first_named(names, _RECORD_ID)


def record_ids(
    asked: dict[str, Column], request: Kind | None, configuration: Configuration, count: int
) -> pa.Array:
    """The business' id of each record; null without one."""
    request = _with_columns(request, configuration)
    name = _record_id_column(request.names, configuration) if request is not None else None
    if name is None or name not in asked:
        return pa.nulls(count, pa.string())
    return identifiers(asked[name])


def _record_id_column(names: Sequence[str], configuration: Configuration) -> str | None:
    column = configuration.request.record_id
    if column is None:
        return _record_id_name(tuple(names))
    if str(column) in names:
        return str(column)
    if isinstance(column, int) and column < len(names):
        return names[column]
    raise BadRecord(
        "missing_column",
        f"the request has no column {column!r} (monitor.json: request.record_id); "
        f"it has {', '.join(names) or 'none'}",
    )
