"""An object with labels -> a table with one row per label, and what was set aside.

SageMaker's JSON Lines, JSON Lines or a JSON array of flat objects, CSV and Parquet tables; gzip of
any of them. The form is found from the first bytes, the columns from their names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.binary_forms import PARQUET_MAGIC
from inference_records.configuration import GroundTruth
from inference_records.csv_forms import numeric_row
from inference_records.json_arrays import json_array_chunks
from inference_records.label_columns import LabelColumns, find_label_columns
from inference_records.label_lines import is_sagemaker_line, sagemaker_labels
from inference_records.label_table import NO_LABELS, LabelChunk, label_table
from inference_records.lines import Line, lines
from inference_records.readings import read_csv_rows
from inference_records.rejections import BadRecord, Rejected, UnreadableObject, rejected

CHUNK_RECORDS = 32_768
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
            for chunk in _batches(lines(stream)):
                yield _json_lines(chunk, settings)
        case _:
            yield from _csv(lines(stream), settings)


def _batches(source: Iterable[Line]) -> Iterator[list[Line]]:
    iterator = iter(source)
    while batch := list(islice(iterator, CHUNK_RECORDS)):
        yield batch


def _parquet(stream: IO[bytes], settings: GroundTruth) -> Iterator[LabelChunk]:
    try:
        file = pq.ParquetFile(stream)
        columns = find_label_columns(file.schema_arrow.names, settings)
        first = 1
        for batch in file.iter_batches(CHUNK_RECORDS, columns=list(columns.names)):
            table = pa.Table.from_batches([batch])
            numbered = pa.array(range(first, first + table.num_rows), pa.int32())
            first += table.num_rows
            yield label_table(
                {name: table.column(name) for name in columns.names}, columns, numbered
            )
    except (pa.ArrowInvalid, OSError) as error:
        raise UnreadableObject(f"not readable as Parquet: {error}") from error


def _json_lines(chunk: list[Line], settings: GroundTruth) -> LabelChunk:
    rows: list[tuple[int, Any]] = []
    rejections: list[Rejected] = []
    documents = _parse_together(chunk)
    for place, line in enumerate(chunk):
        try:
            document = documents[place] if documents is not None else _parse_line(line)
        except BadRecord as error:
            rejections.append(rejected(line.number, error, line.data))
        else:
            rows.append((line.number, document))
    found = _from_rows(rows, settings)
    return LabelChunk(found.table, rejections + found.rejections)


def _parse_together(chunk: list[Line]) -> list[Any] | None:
    """All lines at once, which is several times faster; None if any of them is at fault."""
    if any(line.too_long for line in chunk):
        return None
    try:
        documents = orjson.loads(b"[" + b",".join(line.data for line in chunk) + b"]")
    except orjson.JSONDecodeError:
        return None
    return documents if len(documents) == len(chunk) else None


def _parse_line(line: Line) -> Any:
    if line.too_long:
        raise BadRecord("line_too_long", "the line is longer than any line of labels can be")
    try:
        return orjson.loads(line.data)
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
            rejections.append(rejected(number, error, orjson.dumps(row)))
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
            rejections += [rejected(number, fault, orjson.dumps(row)) for number, row in group]
            continue
        values = {name: [row[name] for _, row in group] for name in columns.names}
        numbered_rows = pa.array([number for number, _ in group], pa.int32())
        part = label_table(values, columns, numbered_rows)
        tables.append(part.table)
        rejections += part.rejections
    return LabelChunk(pa.concat_tables(tables), rejections)


def _csv(source: Iterator[Line], settings: GroundTruth) -> Iterator[LabelChunk]:
    first = next(source, None)
    if first is None:
        return
    header = first.data.decode("utf-8", errors="replace").strip("\r\n")
    if "\0" in header or numeric_row(header):
        raise UnreadableObject(
            f"line {first.number} begins neither JSON, Parquet nor a CSV header with column names"
        )
    names = [name.strip().strip('"') for name in header.split(",")]
    columns = find_label_columns(names, settings)
    for chunk in _batches(source):
        yield _csv_chunk(chunk, names, columns)


def _csv_chunk(chunk: list[Line], names: list[str], columns: LabelColumns) -> LabelChunk:
    good: list[Line] = []
    rejections: list[Rejected] = []
    for line in chunk:
        try:
            _check_csv_line(line)
            good.append(line)
        except BadRecord as error:
            rejections.append(rejected(line.number, error, line.data))
    try:
        table = read_csv_rows(b"\n".join(line.data for line in good), names) if good else None
        if table is not None and table.num_rows != len(good):
            raise BadRecord("broken_csv", "a quoted cell spans lines")
    except BadRecord as error:
        if len(good) == 1:
            fault = BadRecord(error.code, error.message)
            return LabelChunk(
                NO_LABELS, [*rejections, rejected(good[0].number, fault, good[0].data)]
            )
        half = len(good) // 2
        parts = [_csv_chunk(part, names, columns) for part in (good[:half], good[half:])]
        tables = pa.concat_tables([part.table for part in parts])
        return LabelChunk(tables, rejections + [r for part in parts for r in part.rejections])
    if table is None:
        return LabelChunk(NO_LABELS, rejections)
    numbered = pa.array([line.number for line in good], pa.int32())
    found = label_table({name: table.column(name) for name in columns.names}, columns, numbered)
    return LabelChunk(found.table, rejections + found.rejections)


def _check_csv_line(line: Line) -> None:
    if line.too_long:
        raise BadRecord("line_too_long", "the line is longer than any line of labels can be")
    if b"\0" in line.data:
        raise BadRecord("nul_byte", "the line holds a NUL byte")
    if not line.data.isascii():
        try:
            line.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRecord("not_utf8", f"not UTF-8 at byte {error.start} of the line") from error
