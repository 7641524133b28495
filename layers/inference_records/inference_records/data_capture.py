"""Lines of data capture -> a table with one row per inference record, and what was set aside.

Works on a chunk of lines at a time: requests of the same shape are gathered into columns together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import as_array
from inference_records.capture_reader import CaptureReader
from inference_records.captured_requests import Request
from inference_records.configuration import Configuration
from inference_records.features import feature_columns
from inference_records.lines import Span
from inference_records.places import given_places, places
from inference_records.predictions import Predictions, predictions
from inference_records.readings import gather
from inference_records.rejections import BadRecord, Rejected, rejected
from inference_records.request_columns import record_ids, request_columns, request_identity
from inference_records.schema import PREDICTIONS
from inference_records.understanding import Understanding

CHUNK_RECORDS = 32_768
CHUNK_BYTES = 8 << 20


class Chunk(NamedTuple):
    """Rows of some lines, in the schema `PREDICTIONS` and the features kept, and the rest."""

    table: pa.Table
    rejections: list[Rejected]


def read_capture(
    spans: Iterable[Span], configuration: Configuration, understanding: Understanding
) -> Iterator[Chunk]:
    """Tables of inference records without the columns that the object's key tells.

    Raises `Contradicted` where the lines must be read again with the same findings.
    """
    requests: list[Request] = []
    rejections: list[Rejected] = []
    records = size = 0
    reader = CaptureReader(configuration)
    for span in spans:
        try:
            request = reader.request(span)
        except BadRecord as error:
            rejections.append(rejected(span.number, error, span.excerpt.data))
            size += len(rejections[-1].text)
        else:
            understanding.count(request)
            requests.append(request)
            records += request.response.count
            size += _bytes_kept(span, request)
        if records >= CHUNK_RECORDS or size >= CHUNK_BYTES:
            yield tabulate(requests, rejections, configuration, understanding)
            requests, rejections, records, size = [], [], 0, 0
    if requests or rejections:
        yield tabulate(requests, rejections, configuration, understanding)
    understanding.settle()


def _bytes_kept(span: Span, request: Request) -> int:
    """About as much of the line as is held until its rows are written."""
    body = request.request
    if body is None or body.payload is not None:
        return span.end - span.start
    return len(request.line.data)


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
        if len(group) == 1 or error.code == "ambiguous_response":  # a fault that all share
            rejections.extend(_bad_request(request, error) for request in group)
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
    counts = [reading.count for reading in responses]
    if not (count := sum(counts)):
        return pa.table({})
    known = understanding.roles.get(shape)
    found = gather(responses, known.columns if known is not None else None)
    columns = {name: as_array(values) for name, values in found.items()}
    roles = understanding.roles_of(shape, columns, configuration)
    said = predictions(columns, roles, configuration, count)
    row_request, record_count, index = places(counts)
    if roles.position is not None:
        index = given_places(columns[roles.position], index, row_request, record_count)
    texts = understanding.findings.text_features
    asked = request_columns(group, configuration, texts)
    features = feature_columns(asked, configuration, texts)
    understanding.note_features(features)
    table = pa.table(
        {
            **request_identity(group, row_request),
            "record_id": record_ids(asked, group, configuration, count),
            "record_index": index,
            "record_count": record_count,
            **_said(said),
            **features,
        }
    )
    if said.bad.null_count == count:
        return table
    rejections.extend(_bad_records(group, row_request, index, said.bad))
    return table.filter(pc.is_null(said.bad))


_OWN_COLUMNS = (
    "event_id", "inference_id", "inference_time", "source_line", "record_id", "record_index",
    "record_count", "prediction", "prediction_value", "probability", "probabilities", "classes",
)  # fmt: skip


def _said(said: Predictions) -> dict[str, pa.Array]:
    return {
        "prediction": said.prediction,
        "prediction_value": said.prediction_value,
        "probability": said.probability,
        "probabilities": said.probabilities,
        "classes": said.classes,
    }


def _bad_records(
    group: list[Request], row: pa.Array, index: pa.Array, bad: pa.Array
) -> Iterator[Rejected]:
    """One for all records of a line that share a fault: its text is kept once, not for each."""
    is_bad = pc.is_valid(bad)
    found: dict[tuple[int, str], list[int]] = {}
    for request_number, position, reason in zip(
        row.filter(is_bad).to_pylist(),
        index.filter(is_bad).to_pylist(),
        bad.filter(is_bad).to_pylist(),
        strict=True,
    ):
        found.setdefault((request_number, reason), []).append(position)
    for (request_number, reason), indices in found.items():
        request = group[request_number]
        fault = BadRecord("no_prediction", reason, len(indices), request.asked)
        yield rejected(request.line.number, fault, request.line.data, indices)


def _bad_request(request: Request, error: BadRecord) -> Rejected:
    records = max(request.response.count, 1)
    fault = BadRecord(error.code, error.message, records, request.asked)
    return rejected(request.line.number, fault, request.line.data)
