"""The query engine on one machine: DuckDB, with its memory bounded and a folder to spill to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from ibis.backends.duckdb import Backend

from inference_records.schema import PARTITION_KEYS
from monitor.in_threads import cores

_SHARE_OF_MEMORY = 0.6
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_SHARE_OF_DISK = 0.9
_LEAST_MIB = 64
_BATCH = 1 << 17
_BYTES_OF_THREAD = 125 << 20
# Of cgroup v2, then v1, which says a number larger than any memory where there is no limit.
_CGROUPS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


@ibis.udf.scalar.builtin(name="hash", signature=(("string",), "uint64"))  # type: ignore[untyped-decorator]
def _hash(text: ibis.Value) -> ibis.Value:
    """The engine's: Ibis' own goes by way of the text of the bits."""


@dataclass(frozen=True, slots=True)
class DuckDB:
    """An in-memory engine; its tables are gone with it."""

    backend: Backend
    most_values: int | None = None

    @classmethod
    def connect(cls, memory_bytes: int | None = None) -> DuckDB:
        """A fresh engine that takes at most its share of the machine's memory."""
        limit = memory_bytes or int(available_memory() * _SHARE_OF_MEMORY)
        folder = tempfile.gettempdir()
        free = int(shutil.disk_usage(folder).free * _SHARE_OF_DISK)
        backend: Backend = ibis.duckdb.connect(
            memory_limit=f"{max(limit >> 20, _LEAST_MIB)}MiB",
            temp_directory=folder,
            max_temp_directory_size=f"{free >> 20}MiB",
            threads=available_cores(limit),
            preserve_insertion_order=False,
        )
        backend.raw_sql("SET TimeZone = 'UTC'")
        return cls(backend)

    def parquet(
        self, name: str, paths: Sequence[str], filesystem: pafs.FileSystem, schema: pa.Schema
    ) -> ibis.Table:
        """Parquet files, of which there are some, as a table."""
        if isinstance(filesystem, pafs.LocalFileSystem):
            table = self.backend.read_parquet(
                list(paths),
                table_name=name,
                union_by_name=True,
                hive_partitioning=True,
                hive_types_autocast=False,
            )
            return table.select(*schema.names)
        keys = pa.schema([(key, pa.string()) for key in PARTITION_KEYS])
        dataset = pads.dataset(
            list(paths),
            schema=schema,
            format="parquet",
            filesystem=filesystem,
            partitioning=pads.partitioning(keys, flavor="hive"),
        )
        return self._registered(name, dataset)

    def arrow(self, name: str, data: pa.Table) -> ibis.Table:
        """Arrow data as a table of the engine, without a copy."""
        return self._registered(name, data)

    def materialised(self, name: str, table: ibis.Table) -> ibis.Table:
        """The rows of an expression, computed once; what had the name before is forgotten."""
        self.backend.raw_sql(f'DROP TABLE IF EXISTS "{name}"')
        return self.backend.create_table(name, table, temp=True)

    def hashed(self, text: ibis.Value) -> ibis.Value:
        """A whole number of a text: 64 bits of it."""
        return _hash(text)

    def has_room(self, size: int) -> bool:
        """Whether so many bytes fit beside the engine: half as many as it may take itself."""
        ((limit,),) = self.backend.raw_sql("SELECT current_setting('memory_limit')").fetchall()
        return size <= _bytes(str(limit)) // 2

    def batches(self, rows: ibis.Table) -> Iterator[pa.RecordBatch]:
        """All rows, a part at a time, in no order."""
        query = self.backend.con.sql(str(ibis.to_sql(rows, dialect="duckdb")))
        schema = rows.schema().to_pyarrow()
        for batch in query.to_arrow_reader(_BATCH):
            yield batch.cast(schema)

    def _registered(self, name: str, data: pa.Table | pads.Dataset) -> ibis.Table:
        self.backend.con.register(name, data)
        return self.backend.table(name)


def available_memory(
    environment: Mapping[str, str] = os.environ, limit_files: Sequence[Path] = _CGROUPS
) -> int:
    """Bytes of memory of this machine, function or container."""
    if function := environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return int(function) << 20
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limits = (file.read_text().strip() for file in limit_files if file.exists())
    return min([machine, *(int(limit) for limit in limits if limit.isdigit())])


def available_cores(memory_bytes: int) -> int:
    """Threads of the engine: each needs memory of its own, so of little memory few."""
    return max(1, min(cores(), memory_bytes // _BYTES_OF_THREAD))


def _bytes(text: str) -> int:
    """The engine's own way to write a size: `13.4 GiB`."""
    number, unit = text.split()
    return int(float(number) * 1024 ** _UNITS.index(unit))
