"""Lines of data capture -> a table with one row per inference record, and what was set aside.

Works on a chunk of lines at a time: requests of the same shape are gathered into columns together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, repeat
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import Column, as_array, canonical_labels, numbers
from inference_records.captured_requests import Request, parse_request
from inference_records.configuration import Configuration
from inference_records.features import feature_columns
from inference_records.lines import Line
from inference_records.predictions import Predictions, predictions
from inference_records.readings import Layout, gather
from inference_records.rejections import BadRecord, Rejected, rejected
from inference_records.roles import Roles, find_roles, first_named
from inference_records.schema import PREDICTIONS

CHUNK_RECORDS = 32_768
CHUNK_BYTES = 8 << 20


@dataclass(slots=True)
class Understanding:
    """How one file was understood: what `inspect` shows. Roles are decided once per shape."""

    response_forms: dict[str, int] = field(default_factory=dict)
    request_forms: dict[str, int] = field(default_factory=dict)
    roles: dict[tuple[Layout, tuple[str, ...]], Roles] = field(default_factory=dict)

    def count(self, request: Request) -> None:
        """Note the forms of one request."""
        for forms, reading in (
            (self.response_forms, request.response),
            (self.request_forms, request.request),
        ):
            form = reading.form if reading is not None else "not captured or opaque"
            forms[form] = forms.get(form, 0) + 1


class Chunk(NamedTuple):
    """Rows of some lines, in the schema `PREDICTIONS` and the features kept, and the rest."""

    table: pa.Table
    rejections: list[Rejected]


def read_capture(
    lines: Iterable[Line], configuration: Configuration, understanding: Understanding
) -> Iterator[Chunk]:
    """Tables of inference records without the columns that the object's key tells."""
    requests: list[Request] = []
    rejections: list[Rejected] = []
    records = size = 0
    for line in lines:
        try:
            request = parse_request(line, configuration)
        except BadRecord as error:
            rejections.append(rejected(line.number, error, line.data))
            size += len(rejections[-1].text)
        else:
            understanding.count(request)
            requests.append(request)
            records += request.response.count
            size += len(line.data)
        if records >= CHUNK_RECORDS or size >= CHUNK_BYTES:
            yield tabulate(requests, rejections, configuration, understanding)
            requests, rejections, records, size = [], [], 0, 0
    if requests or rejections:
        yield tabulate(requests, rejections, configuration, understanding)


def tabulate(
    requests: Sequence[Request],
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> Chunk:
    """The rows of some requests; requests of one shape on both sides go together."""
    groups: dict[object, list[Request]] = {}
    for request in requests:
        shape = (request.response.shape, request.request.shape if request.request else None)
        groups.setdefault(shape, []).append(request)
    tables = [
        _tabulate_group(group, rejections, configuration, understanding)
        for group in groups.values()
    ]
    empty = pa.table({name: pa.array([], PREDICTIONS.field(name).type) for name in _OWN_COLUMNS})
    table = pa.concat_tables([empty, *tables], promote_options="permissive")
    return Chunk(table, rejections)


def _tabulate_group(
    group: list[Request],
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> pa.Table:
    """One group at once; where that fails, request by request to find the one at fault."""
    try:
        return _rows(group, rejections, configuration, understanding)
    except BadRecord as error:
        if len(group) == 1:
            (request,) = group
            fault = BadRecord(error.code, error.message, max(request.response.count, 1))
            rejections.append(rejected(request.line.number, fault, request.line.data))
            return pa.table({})
    half = len(group) // 2
    tables = [
        _tabulate_group(part, rejections, configuration, understanding)
        for part in (group[:half], group[half:])
    ]
    return pa.concat_tables(tables, promote_options="permissive")


def _rows(
    group: list[Request],
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> pa.Table:
    responses = [request.response for request in group]
    shape = responses[0].shape
    roles = understanding.roles.get(shape)
    columns = gather(responses, roles.columns if roles is not None else None)
    counts = [reading.count for reading in responses]
    count = sum(counts)
    if count == 0:
        return pa.table({})
    if roles is None:
        roles = understanding.roles[shape] = find_roles(columns, configuration.response)
    said = predictions(columns, roles, configuration, count)
    row_request = pa.array(chain.from_iterable(map(repeat, range(len(group)), counts)), pa.int32())
    index = pa.array(chain.from_iterable(map(range, counts)), pa.int32())
    if roles.position is not None:
        index = _positions(columns[roles.position], row_request)
    record_count = pa.array(counts, pa.int32()).take(row_request)
    asked = _request_columns(group, configuration)
    table = pa.table(
        {
            **_request_identity(group, row_request),
            "record_id": _record_ids(asked, configuration, count),
            "record_index": index,
            "record_count": record_count,
            **_said(said),
            **feature_columns(asked, configuration),
        }
    )
    bad = _first_reason(said.bad, index, record_count)
    if bad.null_count == count:
        return table
    rejections.extend(_bad_records(group, row_request, index, bad))
    return table.filter(pc.is_null(bad))


_OWN_COLUMNS = (
    "event_id", "inference_id", "inference_time", "source_line", "record_id", "record_index",
    "record_count", "prediction", "prediction_value", "probability", "probabilities", "classes",
)  # fmt: skip


def _request_identity(group: list[Request], row: pa.Array) -> dict[str, pa.Array]:
    def repeated(values: list[str | None]) -> pa.Array:
        encoded = pa.array(values, pa.string()).dictionary_encode()
        return pa.DictionaryArray.from_arrays(encoded.indices.take(row), encoded.dictionary)

    times = pa.array([request.time for request in group], PREDICTIONS.field("inference_time").type)
    numbers_of_lines = pa.array([request.line.number for request in group], pa.int32())
    return {
        "event_id": repeated([request.event_id for request in group]),
        "inference_id": repeated([request.inference_id for request in group]),
        "inference_time": times.take(row),
        "source_line": numbers_of_lines.take(row),
    }


def _positions(given: Column, row_request: pa.Array) -> pa.Array:
    """Positions as the response numbers them; one given twice would make two records one."""
    index = numbers(given).cast(pa.int32(), safe=False)
    place = pc.add(pc.multiply(row_request.cast(pa.int64()), 2**31), index.cast(pa.int64()))
    if pc.count_distinct(place).as_py() < len(place) - place.null_count:
        raise BadRecord("bad_positions", "two records of the payload have the same position")
    return index


def _said(said: Predictions) -> dict[str, pa.Array]:
    return {
        "prediction": said.prediction,
        "prediction_value": said.prediction_value,
        "probability": said.probability,
        "probabilities": said.probabilities,
        "classes": said.classes,
    }


def _request_columns(group: list[Request], configuration: Configuration) -> dict[str, Column]:
    requests = [request.request for request in group if request.request is not None]
    if not requests:
        return {}
    if configuration.features == "none":
        name = _record_id_column(requests[0].names, configuration)
        return gather(requests, {name}) if name is not None else {}
    return gather(requests)


def _record_id_column(names: Iterable[str], configuration: Configuration) -> str | None:
    column = configuration.request.record_id
    return first_named(names, ("recordid",)) if column is None else str(column)


def _record_ids(asked: dict[str, Column], configuration: Configuration, count: int) -> pa.Array:
    name = _record_id_column(asked, configuration)
    if name is None or name not in asked:
        return pa.nulls(count, pa.string())
    return canonical_labels(as_array(asked[name]))


def _first_reason(bad: pa.Array, index: pa.Array, record_count: pa.Array) -> pa.Array:
    inside = pc.and_(pc.greater_equal(index, 0), pc.less(index, record_count))
    outside = pc.invert(pc.fill_null(inside, False))
    return pc.if_else(outside, "the record's position is outside its payload", bad)


def _bad_records(
    group: list[Request], row: pa.Array, index: pa.Array, bad: pa.Array
) -> Iterator[Rejected]:
    is_bad = pc.is_valid(bad)
    for request_number, position, reason in zip(
        row.filter(is_bad).to_pylist(),
        index.filter(is_bad).to_pylist(),
        bad.filter(is_bad).to_pylist(),
        strict=True,
    ):
        line = group[request_number].line
        yield rejected(line.number, BadRecord("no_prediction", reason), line.data, position)
