"""Lines of data capture -> a table with one row per inference record, and what was set aside.

Works on a chunk of lines at a time: requests of the same shape are gathered into columns together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from inference_records.canonical import as_array
from inference_records.capture_reader import CaptureReader
from inference_records.configuration import Configuration
from inference_records.features import feature_columns
from inference_records.gathering import gather
from inference_records.lines import Span
from inference_records.places import given_places, places
from inference_records.predictions import Predictions, predictions
from inference_records.rejections import BadRecord, Rejected, rejected
from inference_records.request_columns import record_ids, request_columns, request_identity
from inference_records.request_groups import Entry, Group, Sides
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
    groups: dict[Sides, list[Entry]] = {}
    rejections: list[Rejected] = []
    records = size = 0
    reader = CaptureReader(configuration)
    sides, entries = None, []
    for span in spans:
        try:
            found, entry = reader.read(span)
        except BadRecord as error:
            rejections.append(rejected(span.number, error, span.excerpt))
            size += len(rejections[-1].text)
        else:
            if found is not sides:
                sides, entries = found, groups.setdefault(found, [])
            entries.append(entry)
            records += entry.records
            is_spared = entry.asked is None and found.request is not None
            size += len(entry.text) if is_spared else span.end - span.start
        if records >= CHUNK_RECORDS or size >= CHUNK_BYTES:
            yield tabulate(groups, rejections, configuration, understanding)
            groups, rejections, records, size, sides = {}, [], 0, 0, None
            reader.forget()
    if groups or rejections:
        yield tabulate(groups, rejections, configuration, understanding)
    understanding.settle()


def tabulate(
    groups: Mapping[Sides, Sequence[Entry]],
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> Chunk:
    """The rows of some requests; those that are alike on both sides go together."""
    tables = []
    for sides, entries in groups.items():
        understanding.count(sides, len(entries))
        group = Group(sides, entries)
        tables.append(_tabulate_group(group, rejections, configuration, understanding))
    found = [table for table in tables if table.num_rows] or [_EMPTY]
    table = found[0] if len(found) == 1 else pa.concat_tables(found, promote_options="permissive")
    return Chunk(table, rejections)


def _tabulate_group(
    group: Group,
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> pa.Table:
    """One group at once; where that fails, half by half to find the request at fault."""
    try:
        return _rows(group, rejections, configuration, understanding)
    except BadRecord as error:
        entries = group.entries
        if len(entries) == 1 or error.code == "ambiguous_response":  # a fault that all share
            rejections.extend(entry.rejected(error, max(entry.records, 1)) for entry in entries)
            return pa.table({})
    tables = [
        _tabulate_group(half, rejections, configuration, understanding) for half in group.halves()
    ]
    return pa.concat_tables(tables, promote_options="permissive")


def _rows(
    group: Group,
    rejections: list[Rejected],
    configuration: Configuration,
    understanding: Understanding,
) -> pa.Table:
    response, entries = group.sides.response, group.entries
    counts = [entry.records for entry in entries]
    if not (count := sum(counts)):
        return pa.table({})
    known = understanding.roles.get(response.shape)
    payloads = [entry.said for entry in entries]
    wanted, numeric = (None, ()) if known is None else (known.columns, known.numeric)
    found = gather(response, payloads, counts, wanted, numeric)
    columns = {name: as_array(values) for name, values in found.items()}
    roles = understanding.roles_of(response.shape, columns, configuration)
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
            **request_identity(entries, row_request),
            "record_id": record_ids(asked, group.sides.request, configuration, count),
            "record_index": index,
            "record_count": record_count,
            **_said(said),
            **features,
        }
    )
    if said.bad.null_count == count:
        return table
    rejections.extend(_bad_records(entries, row_request, index, said.bad))
    return table.filter(pc.is_null(said.bad))


_OWN_COLUMNS = (
    "event_id", "inference_id", "inference_time", "source_line", "record_id", "record_index",
    "record_count", "prediction", "prediction_value", "probability", "probabilities", "classes",
)  # fmt: skip


_EMPTY = pa.schema([PREDICTIONS.field(name) for name in _OWN_COLUMNS]).empty_table()


def _said(said: Predictions) -> dict[str, pa.Array]:
    return {
        "prediction": said.prediction,
        "prediction_value": said.prediction_value,
        "probability": said.probability,
        "probabilities": said.probabilities,
        "classes": said.classes,
    }


def _bad_records(
    entries: Sequence[Entry], row: pa.Array, index: pa.Array, bad: pa.Array
) -> Iterator[Rejected]:
    """One for all records of a line that share a fault: its text is kept once, not for each."""
    is_bad = pc.is_valid(bad)
    found: dict[tuple[int, str], list[int]] = {}
    for place, position, reason in zip(
        row.filter(is_bad).to_pylist(),
        index.filter(is_bad).to_pylist(),
        bad.filter(is_bad).to_pylist(),
        strict=True,
    ):
        found.setdefault((place, reason), []).append(position)
    for (place, reason), indices in found.items():
        fault = BadRecord("no_prediction", reason)
        yield entries[place].rejected(fault, len(indices), indices)
