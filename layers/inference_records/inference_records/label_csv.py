"""CSV tables of labels: many lines at once; where that fails, half by half to the one at fault."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pyarrow as pa

from inference_records.configuration import GroundTruth
from inference_records.csv_forms import numeric_row
from inference_records.csv_rows import read_csv_rows
from inference_records.label_columns import LabelColumns, find_label_columns
from inference_records.label_table import NO_LABELS, LabelChunk, label_table
from inference_records.lines import Line, line_batches
from inference_records.rejections import BadRecord, Rejected, UnreadableObject, rejected


def csv_labels(source: Iterator[Line], settings: GroundTruth) -> Iterator[LabelChunk]:
    """Labels of a table with column names; raises `UnreadableObject` without them."""
    first = next(source, None)
    if first is None:
        return
    header = first.data.decode("utf-8", errors="replace").strip("\r\n")
    if "\0" in header or numeric_row(header):
        raise UnreadableObject(
            f"line {first.number} begins neither JSON, Parquet nor a CSV header with column names"
        )
    try:
        names = [name.strip() for name in next(csv.reader([header], skipinitialspace=True))]
    except csv.Error as error:
        raise UnreadableObject(f"line {first.number} is no CSV header: {error}") from error
    columns = find_label_columns(names, settings)
    for chunk in line_batches(source):
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
            (line,) = good
            fault = BadRecord(error.code, error.message)
            return LabelChunk(NO_LABELS, [*rejections, rejected(line.number, fault, line.data)])
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
    if b"\r" in line.data.rstrip() or line.data.count(b'"') % 2:
        raise BadRecord("broken_csv", "a cell holds a line break, or its quotes are not closed")
    if not line.data.isascii():
        try:
            line.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise BadRecord("not_utf8", f"not UTF-8 at byte {error.start} of the line") from error
