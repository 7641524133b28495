"""An object with labels -> a table with one row per label, and what was set aside.

SageMaker's JSON Lines, JSON Lines or a JSON array of flat objects, CSV and Parquet tables; gzip of
any of them. The form is found from the first bytes, the columns from their names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.binary_forms import PARQUET_MAGIC
from inference_records.configuration import GroundTruth
from inference_records.json_arrays import json_array_chunks
from inference_records.json_text import load_json, load_json_lines
from inference_records.label_columns import find_label_columns
from inference_records.label_csv import csv_labels
from inference_records.label_lines import is_sagemaker_line, sagemaker_labels
from inference_records.label_table import NO_LABELS, LabelChunk, label_table
from inference_records.lines import BATCH_LINES, Line, line_batches, lines
from inference_records.rejections import (
    BadRecord,
    Rejected,
    UnreadableObject,
    rejected,
    written,
)

_BOM = b"\xef\xbb\xbf"


def read_ground_truth(stream: IO[bytes], settings: GroundTruth) -> Iterator[LabelChunk]:
    """Labels of a seekable, uncompressed stream; raises `UnreadableObject` if it has no labels."""
    head = stream.read(64 << 10)
    stream.seek(len(_BOM) if head.startswith(_BOM) else 0)
    if head.startswith(PARQUET_MAGIC):
        yield from _parquet(stream, settings)
        return
    match head.removeprefix(_BOM).lstrip()[:1]:
        case b"[":
            for first, rows in json_array_chunks(stream):
                yield _from_rows([(first + i, row) for i, row in enumerate(rows)], settings)
        case b"{":
            for chunk in line_batches(lines(stream)):
                yield _json_lines(chunk, settings)
        case _:
            yield from csv_labels(lines(stream), settings)


def _parquet(stream: IO[bytes], settings: GroundTruth) -> Iterator[LabelChunk]:
    try:
        file = pq.ParquetFile(stream)
        columns = find_label_columns(file.schema_arrow.names, settings)
        first = 1
        for batch in file.iter_batches(BATCH_LINES, columns=list(columns.names)):
            table = pa.Table.from_batches([batch])
            numbered = pa.array(range(first, first + table.num_rows), pa.int32())
            first += table.num_rows
            yield label_table(
                {name: table.column(name) for name in columns.names}, columns, numbered
            )
    except (pa.ArrowException, OSError) as error:
        raise UnreadableObject(
            f"not readable as Parquet: {error}", f"not readable as Parquet: {type(error).__name__}"
        ) from error


def _json_lines(chunk: list[Line], settings: GroundTruth) -> LabelChunk:
    rows: list[tuple[int, Any]] = []
    rejections: list[Rejected] = []
    whole = not any(line.too_long for line in chunk)
    documents = load_json_lines([line.data for line in chunk]) if whole else None
    for place, line in enumerate(chunk):
        try:
            document = documents[place] if documents is not None else _parse_line(line)
        except BadRecord as error:
            rejections.append(rejected(line.number, error, line.data))
        else:
            rows.append((line.number, document))
    found = _from_rows(rows, settings)
    return LabelChunk(found.table, rejections + found.rejections)


def _parse_line(line: Line) -> Any:
    if line.too_long:
        raise BadRecord("line_too_long", "the line is longer than any line of labels can be")
    try:
        return load_json(line.data)
    except orjson.JSONDecodeError as error:
        code = "not_utf8" if "UTF-8" in str(error) else "broken_json"
        raise BadRecord(code, f"the line is not JSON: {error}") from error


def _from_rows(rows: Sequence[tuple[int, Any]], settings: GroundTruth) -> LabelChunk:
    """Objects of SageMaker's form and flat ones, each numbered by line or place in the array."""
    rejections: list[Rejected] = []
    flat: list[tuple[int, dict[str, Any]]] = []
    sagemaker: list[tuple[int, dict[str, Any]]] = []
    for number, row in rows:
        if not isinstance(row, dict):
            error = BadRecord("not_a_label", f"not an object but {type(row).__name__}")
            rejections.append(rejected(number, error, written(row)))
        else:
            (sagemaker if is_sagemaker_line(row) else flat).append((number, row))
    tables = []
    for part in (sagemaker_labels(sagemaker), _flat_rows(flat, settings)):
        tables.append(part.table)
        rejections.extend(part.rejections)
    return LabelChunk(pa.concat_tables(tables), rejections)


def _flat_rows(rows: list[tuple[int, dict[str, Any]]], settings: GroundTruth) -> LabelChunk:
    groups: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for numbered in rows:
        groups.setdefault(tuple(numbered[1]), []).append(numbered)
    tables, rejections = [NO_LABELS], []
    for names, group in groups.items():
        try:
            columns = find_label_columns(names, settings)
        except UnreadableObject as error:
            fault = BadRecord("not_a_label", str(error))
            rejections += [rejected(number, fault, written(row)) for number, row in group]
            continue
        values = {name: [row[name] for _, row in group] for name in columns.names}
        numbered_rows = pa.array([number for number, _ in group], pa.int32())
        part = label_table(values, columns, numbered_rows)
        tables.append(part.table)
        rejections += part.rejections
    return LabelChunk(pa.concat_tables(tables), rejections)
