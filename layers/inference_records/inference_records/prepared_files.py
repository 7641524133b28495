"""Rows of one source object -> compressed Parquet, a file an hour, chunk by chunk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inference_records.features import conform, widened

_SPOOL_BYTES = 8 << 20
_FEW_ROWS = 4096


class SchemaChanged(Exception):
    """A feature column appeared, or became text, behind rows that are already written."""

    def __init__(self, schema: pa.Schema) -> None:
        super().__init__()
        self.schema = schema


def spool(resources: ExitStack) -> IO[bytes]:
    """A temporary file that stays in memory while it is small."""
    file = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - resources close it
    return cast(IO[bytes], resources.enter_context(file))


def empty_file(schema: pa.Schema, resources: ExitStack) -> IO[bytes]:
    """Overwrites what an earlier reading, under other settings, may have left."""
    file = spool(resources)
    pq.write_table(schema.empty_table(), file, compression="zstd", store_schema=False)
    file.seek(0)
    return file


@dataclass(slots=True)
class PreparedFiles:
    """The files of one object by key; `constants` are columns that the object itself tells."""

    schema: pa.Schema
    time_column: str
    key_of: Callable[[datetime], str]
    constants: Mapping[str, object]
    resources: ExitStack
    files: dict[str, IO[bytes]] = field(default_factory=dict)
    _writers: dict[str, pq.ParquetWriter] = field(default_factory=dict)

    def add(self, table: pa.Table) -> None:
        """Append rows; raises `SchemaChanged` with the schema that fits all rows so far."""
        for name, value in self.constants.items():
            kind = self.schema.field(name).type
            table = table.append_column(name, _repeated(value, kind, table.num_rows))
        schema = widened(self.schema, table.schema)
        if schema is not self.schema and self._writers:
            raise SchemaChanged(schema)
        self.schema = schema
        for hour, rows in _by_hour(conform(table, schema), self.time_column):
            self._writer(self.key_of(hour), rows).write_table(rows)

    def close(self) -> dict[str, IO[bytes]]:
        """The finished files, each at its beginning."""
        for writer in self._writers.values():
            writer.close()
        for file in self.files.values():
            file.seek(0)
        return self.files

    def _writer(self, key: str, rows: pa.Table) -> pq.ParquetWriter:
        if key not in self._writers:
            self.files[key] = spool(self.resources)
            writer = _parquet_writer(self.files[key], rows)
            self._writers[key] = self.resources.enter_context(writer)
        return self._writers[key]


def _repeated(value: object, kind: pa.DataType, count: int) -> pa.Array:
    if not pa.types.is_dictionary(kind):
        return pa.repeat(pa.scalar(value, kind), count)
    indices = pa.repeat(pa.scalar(0, pa.int32()), count)
    return pa.DictionaryArray.from_arrays(indices, pa.array([value], kind.value_type))


def _by_hour(table: pa.Table, time_column: str) -> Iterator[tuple[datetime, pa.Table]]:
    times = table.column(time_column)
    bounds = pc.min_max(times).as_py()
    first, last = (bounds[name].replace(minute=0, second=0, microsecond=0) for name in bounds)
    if first == last:
        yield first, table
        return
    hours = pc.floor_temporal(times, unit="hour")
    for hour in pc.unique(hours).sort():
        yield hour.as_py(), table.filter(pc.equal(hours, hour))


def _parquet_writer(sink: IO[bytes], rows: pa.Table) -> pq.ParquetWriter:
    """Dictionaries for what repeats, as the first rows have it, and split bytes for the rest."""
    split = [field.name for field in rows.schema if not _repeats(rows.column(field.name))]
    doubles = [name for name in split if pa.types.is_floating(rows.schema.field(name).type)]
    counted = [field.name for field in rows.schema if _is_counted(field.type)]
    return pq.ParquetWriter(
        sink,
        rows.schema,
        compression="zstd",
        use_dictionary=[name for name in rows.column_names if name not in split],
        column_encoding=dict.fromkeys(doubles, "BYTE_STREAM_SPLIT"),
        write_statistics=counted,
        store_schema=False,
    )


def _is_counted(kind: pa.DataType) -> bool:
    """Whether readers make use of its bounds: of times and whole numbers, not of ids and text."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_integer(kind))


def _repeats(column: pa.ChunkedArray) -> bool:
    """Whether a dictionary pays: ids, in many rows all but numbers of many digits."""
    if pa.types.is_dictionary(column.type):
        return True
    if len(column) < _FEW_ROWS:  # a dictionary is a page more, to be compressed
        return False
    if not pa.types.is_floating(column.type) or column.null_count == len(column):
        return True
    return bool(pc.count_distinct(column, mode="all").as_py() * 2 <= len(column))
