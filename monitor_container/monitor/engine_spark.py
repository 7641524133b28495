"""The query engine on many machines: Spark through Ibis.

Executors read the files with pyarrow, as one machine does, on disks and on S3 alike; no Hadoop
file system takes part. What is materialised is a cache: a lost machine's share is computed again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.fs as pafs
from ibis.backends.pyspark import Backend
from ibis.formats.pyarrow import PyArrowData
from pyspark import StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import from_arrow_schema

from monitor.dialect_spark import SparkCompiler
from monitor.parquet_parts import Source, parts_of, read_parts
from monitor.spark_cluster import SETTINGS

_PARTS_A_CORE = 4
MOST_VALUES = 20_000_000
"""Distinct scores that the driver takes: 4 GiB of its memory, and a minute."""


class _Backend(Backend):  # type: ignore[misc]
    """Ibis' own, with numbers as DuckDB's and Arrow on the way in and out, not pandas."""

    compiler = SparkCompiler()

    def to_pyarrow(self, expr: ibis.Expr, /, **options: Any) -> pa.Table:
        table = expr.as_table()
        self._run_pre_execute_hooks(table)
        found = self.raw_sql(self.compile(table, **options)).toArrow()
        return expr.__pyarrow_result__(PyArrowData.convert_table(found, table.schema()))

    def _register_in_memory_table(self, op: Any) -> None:
        data = op.data.to_pyarrow(op.schema)
        _frame(self._session, data).createOrReplaceTempView(op.name)


@dataclass(frozen=True, slots=True)
class Spark:
    """An engine on a cluster, or on the cores of this machine."""

    backend: _Backend
    session: SparkSession
    most_values: int | None = MOST_VALUES

    def parquet(
        self, name: str, paths: Sequence[str], filesystem: pafs.FileSystem, schema: pa.Schema
    ) -> ibis.Table:
        """Parquet files, of which there are some, as a table."""
        parts = parts_of(paths, filesystem)
        cores = self.session.sparkContext.defaultParallelism
        rows = _frame(self.session, parts).repartition(min(len(parts), cores * _PARTS_A_CORE))
        read = partial(read_parts, Source(filesystem, schema))
        return self._kept(name, rows.mapInArrow(read, from_arrow_schema(schema)))

    def arrow(self, name: str, data: pa.Table) -> ibis.Table:
        """Arrow data as a table of the engine: few rows, which travel from this machine."""
        _frame(self.session, data).createOrReplaceTempView(name)
        return self.backend.table(name)

    def materialised(self, name: str, table: ibis.Table) -> ibis.Table:
        """The rows of an expression, computed once, on the executors' memory and disks."""
        self.backend._run_pre_execute_hooks(table)
        return self._kept(name, self.backend.raw_sql(self.backend.compile(table)))

    def hashed(self, text: ibis.Value) -> ibis.Value:
        """A whole number of a text."""
        return text.hash()

    def has_room(self, size: int) -> bool:  # noqa: ARG002 (rows stay, however few)
        """Rows stay on the cluster."""
        return False

    def batches(self, rows: ibis.Table) -> Iterator[pa.RecordBatch]:
        """All rows, in the driver."""
        yield from rows.to_pyarrow().to_batches()

    def _kept(self, name: str, rows: DataFrame) -> ibis.Table:
        rows.persist(StorageLevel.MEMORY_AND_DISK).createOrReplaceTempView(name)
        return self.backend.table(name)


def connect_spark() -> Spark:
    """A fresh engine in the session that there is; what an earlier one kept is forgotten."""
    session = SparkSession.builder.getOrCreate().newSession()
    session.catalog.clearCache()
    for name, value in SETTINGS.items():
        if session.conf.isModifiable(name):
            session.conf.set(name, value)
    backend = _Backend()
    backend.register_options()
    backend.do_connect(session)
    return Spark(backend, session)


def _frame(session: SparkSession, data: pa.Table) -> DataFrame:
    if not data.num_rows:
        return session.createDataFrame([], from_arrow_schema(data.schema))
    return session.createDataFrame(data)
