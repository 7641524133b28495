"""The query engine on one machine: DuckDB, with its memory bounded and a folder to spill to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from ibis.backends.duckdb import Backend

from inference_records.schema import PARTITION_KEYS

_SHARE_OF_MEMORY = 0.6
# Of version 2 and of version 1, where no limit is a very large one.
_LIMITS = ("memory.max", "memory/memory.limit_in_bytes")
_CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class DuckDB:
    """An in-memory engine; its tables are gone with it."""

    backend: Backend
    most_values: int | None = None

    @classmethod
    def connect(cls, memory_bytes: int | None = None) -> DuckDB:
        """A fresh engine that takes at most its share of the machine's memory."""
        limit = memory_bytes or int(available_memory() * _SHARE_OF_MEMORY)
        backend: Backend = ibis.duckdb.connect(
            memory_limit=f"{max(limit >> 20, 64)}MB",
            temp_directory=tempfile.gettempdir(),
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
        """The rows of an expression, computed once."""
        return self.backend.create_table(name, table, temp=True)

    def _registered(self, name: str, data: pa.Table | pads.Dataset) -> ibis.Table:
        self.backend.con.register(name, data)
        return self.backend.table(name)


def available_memory() -> int:
    """Bytes of memory of this machine, function or container."""
    if function := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return int(function) << 20
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    found = [(_CGROUP / name).read_text().strip() for name in _LIMITS if (_CGROUP / name).exists()]
    return min([machine, *(int(limit) for limit in found if limit != "max")])
