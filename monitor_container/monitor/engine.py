"""What the monitor needs of a query engine, whichever it is, and the tables that it reads with it.

An engine runs Ibis expressions. Which one it is, is chosen once, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import ibis
import pyarrow as pa
import pyarrow.fs as pafs

from inference_records.schema import LABELS, PREDICTIONS, SET_ASIDE, as_stored
from monitor.engine_duckdb import DuckDB
from monitor.engine_name import EngineName

_VARIANT = pa.field("variant", pa.string())


class EngineMissing(ValueError):
    """The engine that is asked for is not installed here."""


class Engine(Protocol):
    """Tables made of files and of Arrow data, on which Ibis expressions run."""

    @property
    def most_values(self) -> int | None:
        """So many distinct numbers may be asked of it; None: it has no such limit."""

    def parquet(
        self, name: str, paths: Sequence[str], filesystem: pafs.FileSystem, schema: pa.Schema
    ) -> ibis.Table:
        """Parquet files, of which there are some, as a table with the columns of the schema."""

    def arrow(self, name: str, data: pa.Table) -> ibis.Table:
        """Arrow data as a table."""

    def materialised(self, name: str, table: ibis.Table) -> ibis.Table:
        """The rows of an expression that is looked at more than once, computed once."""

    def hashed(self, text: ibis.Value) -> ibis.Value:
        """A whole number of a text: equal ones have the same, and hardly any others."""

    def has_room(self, size: int) -> bool:
        """Whether rows may leave it, and so many bytes of them fit into this process beside it."""

    def batches(self, rows: ibis.Table) -> Iterator[pa.RecordBatch]:
        """All rows, in this process, a part at a time, in no order."""


Connect = Callable[[], Engine]


def connect() -> DuckDB:
    """The engine for what is known to fit on one machine."""
    return DuckDB.connect()


def engine_named(name: EngineName) -> Connect:
    """How to connect to an engine; raises `EngineMissing`."""
    if name is EngineName.DUCKDB:
        return connect
    try:
        # Not in the image that runs without it, nor is Java.
        from monitor.engine_spark import connect_spark
    except ModuleNotFoundError as error:
        raise EngineMissing(
            f"engine {name} needs {error.name}, which is not in this image: build it with "
            "`make image-spark` (docs/scaling.md)"
        ) from error
    return connect_spark


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
    engine: Engine,
    paths: Sequence[str],
    filesystem: pafs.FileSystem,
    name: str = "predictions",
) -> ibis.Table:
    """The predictions in some Parquet files, without the features."""
    return _table(engine, name, paths, filesystem, predictions_schema())


def labels_table(
    engine: Engine, paths: Sequence[str], filesystem: pafs.FileSystem, name: str = "labels"
) -> ibis.Table:
    """The labels in some Parquet files."""
    return _table(engine, name, paths, filesystem, labels_schema())


def set_aside_table(
    engine: Engine, paths: Sequence[str], filesystem: pafs.FileSystem, name: str = "set_aside"
) -> ibis.Table:
    """What was set aside, in some Parquet files."""
    return _table(engine, name, paths, filesystem, set_aside_schema())


def arrow_table(engine: Engine, name: str, data: pa.Table) -> ibis.Table:
    """Arrow data as a table of the engine."""
    return engine.arrow(name, data)


def _table(
    engine: Engine,
    name: str,
    paths: Sequence[str],
    filesystem: pafs.FileSystem,
    schema: pa.Schema,
) -> ibis.Table:
    if not paths:
        return engine.arrow(name, schema.empty_table())
    return engine.parquet(name, paths, filesystem, schema)


def only_row(table: ibis.Table) -> list[Any]:
    """The values of a table of one row."""
    return list(table.to_pyarrow().to_pylist()[0].values())
