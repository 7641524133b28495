"""The query engine: DuckDB through Ibis, with its memory bounded and a folder to spill to."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
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
_CGROUP = Path("/sys/fs/cgroup/memory.max")


def connect(memory_bytes: int | None = None) -> Backend:
    """A fresh in-memory engine that takes at most its share of the machine's memory."""
    limit = memory_bytes or int(available_memory() * _SHARE_OF_MEMORY)
    backend: Backend = ibis.duckdb.connect(
        memory_limit=f"{max(limit >> 20, 64)}MB",
        temp_directory=tempfile.gettempdir(),
        preserve_insertion_order=False,
    )
    backend.raw_sql("SET TimeZone = 'UTC'")
    return backend


def available_memory() -> int:
    """Bytes of memory of this machine, function or container."""
    if function := os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"):
        return int(function) << 20
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit = _CGROUP.read_text().strip() if _CGROUP.exists() else "max"
    return machine if limit == "max" else min(machine, int(limit))


def has_room(backend: BaseBackend, size: int) -> bool:
    """Whether so many bytes beside the engine fit into what it may take of this process."""
    if not isinstance(backend, Backend):
        return False
    ((limit,),) = backend.raw_sql("SELECT current_setting('memory_limit')").fetchall()
    return size <= _bytes(str(limit))


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
