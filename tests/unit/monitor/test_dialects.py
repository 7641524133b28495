"""Every expression of a run as SQL of an engine that is not at hand: Athena's, and Trino's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis.backends.sql.compilers as compilers
import pytest
import sqlglot
from ibis.backends.duckdb import Backend
from ibis.common.exceptions import OperationNotDefinedError

from benchmarks.performance.prepared_hour import (
    BINARY,
    END,
    ENDPOINT,
    MULTICLASS,
    REGRESSION,
    START,
    Hour,
    write_hour,
)
from monitor.engine_duckdb import DuckDB
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.requested import RunRequest
from monitor.run import run

Write = Callable[[Any], str]


class Compiling(Backend):  # type: ignore[misc]
    """DuckDB, which also has each expression written for somebody else."""

    written: list[str]
    write: Write

    def create_table(self, name: str, obj: Any = None, /, **options: Any) -> Any:
        self.written.append(self.write(obj))
        return super().create_table(name, obj, **options)

    def to_pyarrow(self, expr: Any, /, **options: Any) -> Any:
        self.written.append(self.write(expr))
        return super().to_pyarrow(expr, **options)


class InEngine(DuckDB):
    """One whose rows stay in it, as a cluster's do."""

    def has_room(self, size: int) -> bool:
        return size < 0


def written(kind: str, dialect: str, folder: Path) -> tuple[list[str], Any]:
    """The SQL of a run over a small hour, and the dialect that it is in."""
    compiler = getattr(compilers, dialect).compiler

    def write(expression: Any) -> str:
        return str(compiler.to_sqlglot(expression.as_table()).sql(compiler.dialect))

    backend = Compiling()
    backend.do_connect()
    backend.raw_sql("SET TimeZone = 'UTC'")
    backend.written, backend.write = [], write
    write_hour(folder, Hour(kind, records=200, a_request=10, files=1))
    request = RunRequest(
        prepared=Prepared(Location.of(str(folder))),
        endpoint=ENDPOINT,
        period=timedelta(hours=1),
        as_of=datetime(2026, 12, 20, tzinfo=UTC),
        start=START,
        end=END,
        connect=lambda: InEngine(backend),
    )
    assert run(request).windows
    return backend.written, compiler.dialect


@pytest.mark.parametrize(
    ("kind", "dialect"), [(BINARY, "athena"), (BINARY, "trino"), (MULTICLASS, "trino")]
)
def test_a_whole_run_compiles(kind: str, dialect: str, tmp_path: Path) -> None:
    statements, of = written(kind, dialect, tmp_path)
    assert len(statements) > 10
    for sql in statements:
        assert sqlglot.parse_one(sql, dialect=of)


# Athena is Trino, and has it; Ibis does not know. Trino has no exact median.
@pytest.mark.parametrize(
    ("kind", "dialect", "lacking"),
    [
        (MULTICLASS, "athena", "ArrayMap"),
        (REGRESSION, "athena", "Median"),
        (REGRESSION, "trino", "Median"),
    ],
)
def test_what_does_not_compile_is_known(
    kind: str, dialect: str, lacking: str, tmp_path: Path
) -> None:
    with pytest.raises(OperationNotDefinedError, match=lacking):
        written(kind, dialect, tmp_path)
