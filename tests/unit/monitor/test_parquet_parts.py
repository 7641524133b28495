"""Parquet files in parts: every row in one of them, however a file is cut."""

from __future__ import annotations

import pickle
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from monitor.parquet_parts import PART, Source, parts_of, read_parts

SCHEMA = pa.schema([("x", pa.int64()), ("absent", pa.string()), ("variant", pa.string())])
ROWS = 1_000


@pytest.fixture
def file(tmp_path: Path) -> str:
    folder = tmp_path / "endpoint=churn/variant=blue/date=2026-11-20/hour=09"
    folder.mkdir(parents=True)
    table = pa.table({"x": pa.array(range(ROWS), pa.int64()), "other": [1] * ROWS})
    pq.write_table(table, folder / "a.parquet", row_group_size=100)
    return str(folder / "a.parquet")


def read(parts: pa.Table) -> pa.Table:
    # As it travels to other machines.
    source = pickle.loads(pickle.dumps(Source(pafs.LocalFileSystem(), SCHEMA)))  # noqa: S301
    return pa.Table.from_batches(read_parts(source, parts.to_batches()), SCHEMA)


def test_a_file_is_read_with_the_columns_of_the_schema_and_of_its_folder(file: str) -> None:
    found = read(parts_of([file], pafs.LocalFileSystem()))
    assert found["x"].to_pylist() == list(range(ROWS))
    assert found["absent"].null_count == ROWS
    assert set(found["variant"].to_pylist()) == {"blue"}


@pytest.mark.parametrize("parts", [1, 3, 10, 25])
def test_the_parts_of_a_file_are_all_of_it_and_nothing_twice(file: str, parts: int) -> None:
    rows = [{"path": file, "part": part, "parts": parts} for part in range(parts)]
    found = read(pa.Table.from_pylist(rows, PART))
    assert sorted(found["x"].to_pylist()) == list(range(ROWS))


def test_s3_travels_with_its_endpoint_and_without_credentials() -> None:
    filesystem = pafs.S3FileSystem(
        region="eu-west-1",
        endpoint_override="localhost:1",
        scheme="http",
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=8),
    )
    travelled = pickle.dumps(Source(filesystem, SCHEMA))
    assert pickle.loads(travelled).filesystem == filesystem  # noqa: S301
