"""The query engine: DuckDB through Ibis, with its memory bounded and a folder to spill to."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs
from ibis.backends import BaseBackend
from ibis.backends.duckdb import Backend

from inference_records.schema import LABELS, PARTITION_KEYS, PREDICTIONS, SET_ASIDE, as_stored

_SHARE_OF_MEMORY = 0.6
_VARIANT = pa.field("variant", pa.string())
_UNITS = ("bytes", "KiB", "MiB", "GiB", "TiB")
_SHARE_OF_DISK = 0.9
_LEAST_MIB = 64
_BATCH = 1 << 20
_BYTES_OF_THREAD = 125 << 20
# Of cgroup v2, then v1, which says a number larger than any memory where there is no limit.
_CGROUPS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def connect(memory_bytes: int | None = None) -> Backend:
    """A fresh in-memory engine that takes at most its share of the machine's memory."""
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
    return backend


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
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, memory_bytes // _BYTES_OF_THREAD))


def has_room(backend: BaseBackend, size: int) -> bool:
    """Whether so many bytes fit beside the engine: into half as many as it may take itself."""
    if not isinstance(backend, Backend):
        return False
    ((limit,),) = backend.raw_sql("SELECT current_setting('memory_limit')").fetchall()
    return size <= _bytes(str(limit)) // 2


def _bytes(text: str) -> int:
    """The engine's own way to write a size: `13.4 GiB`."""
    number, unit = text.split()
    return int(float(number) * 1024 ** _UNITS.index(unit))


def predictions_schema() -> pa.Schema:
    """Predictions as they are read: the stored columns, and the variant that the folder names."""
    return as_stored(PREDICTIONS).append(_VARIANT)


def set_aside_schema() -> pa.Schema:
    """What was set aside as it is read: the stored columns, and the folder's variant."""
    return as_stored(SET_ASIDE).append(_VARIANT)


def labels_schema() -> pa.Schema:
    """Labels as they are read: the stored columns, and the folder's endpoint, which may be none."""
    return as_stored(LABELS).append(pa.field("endpoint", pa.string()))


def predictions_table(
    backend: Backend,
    paths: Sequence[str],
    filesystem: pafs.FileSystem,
    name: str = "predictions",
) -> ibis.Table:
    """The predictions in some Parquet files, without the features."""
    return _table(backend, name, paths, filesystem, predictions_schema())


def labels_table(
    backend: Backend, paths: Sequence[str], filesystem: pafs.FileSystem, name: str = "labels"
) -> ibis.Table:
    """The labels in some Parquet files."""
    return _table(backend, name, paths, filesystem, labels_schema())


def set_aside_table(
    backend: Backend, paths: Sequence[str], filesystem: pafs.FileSystem, name: str = "set_aside"
) -> ibis.Table:
    """What was set aside, in some Parquet files."""
    return _table(backend, name, paths, filesystem, set_aside_schema())


def arrow_table(backend: Backend, name: str, data: pa.Table | pads.Dataset) -> ibis.Table:
    """Arrow data as a table of the engine, without a copy."""
    backend.con.register(name, data)
    return backend.table(name)


def streamed(backend: Backend, rows: ibis.Table) -> pa.Table:
    """All rows, never twice in memory: as a whole the engine would collect and then copy them."""
    reader = backend.con.sql(str(ibis.to_sql(rows, dialect="duckdb"))).to_arrow_reader(_BATCH)
    return reader.read_all().cast(rows.schema().to_pyarrow())


def _table(
    backend: Backend,
    name: str,
    paths: Sequence[str],
    filesystem: pafs.FileSystem,
    schema: pa.Schema,
) -> ibis.Table:
    if not paths:
        return arrow_table(backend, name, schema.empty_table())
    if isinstance(filesystem, pafs.LocalFileSystem):
        table = backend.read_parquet(
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
    return arrow_table(backend, name, dataset)
