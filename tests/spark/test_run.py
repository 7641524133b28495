"""A whole window on Spark and on DuckDB: the same numbers, to 12 digits and better."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

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
from monitor.engine import Connect, connect
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.quality import Quality
from monitor.requested import RunRequest
from monitor.run import run
from tests.integration.storage import upload

pytestmark = pytest.mark.spark


def quality(folder: Path | str, to: Connect) -> Quality:
    request = RunRequest(
        prepared=Prepared(Location.of(str(folder))),
        endpoint=ENDPOINT,
        period=timedelta(hours=1),
        as_of=datetime(2026, 12, 20, tzinfo=UTC),
        start=START,
        end=END,
        connect=to,
        each_alone=True,
    )
    ((found,),) = [window.variants for window in run(request).windows]
    return found


def same(found: float | None, expected: float | None) -> bool:
    if found is None or expected is None:
        return found is expected
    return math.isclose(found, expected, rel_tol=1e-12)


@pytest.mark.parametrize("kind", [BINARY, MULTICLASS, REGRESSION])
def test_spark_finds_what_duckdb_finds(kind: str, tmp_path: Path, spark: Connect) -> None:
    write_hour(tmp_path, Hour(kind, records=12_000, a_request=20, files=3))
    found, expected = quality(tmp_path, spark), quality(tmp_path, connect)
    assert found.judged == expected.judged > 11_000
    assert found.health == expected.health
    assert found.reading == expected.reading
    assert found.labelled == expected.labelled
    assert set(found.values) == set(expected.values)
    for name, value in expected.values.items():
        assert same(found.values[name].value, value.value), name
    assert set(found.errors) == set(expected.errors) != set()
    for name, error in expected.errors.items():
        assert same(found.errors[name].standard_error, error.standard_error), name
        assert found.errors[name].requests == error.requests, name


def test_executors_read_s3_as_they_read_a_disk(tmp_path: Path, spark: Connect) -> None:
    write_hour(tmp_path, Hour(BINARY, records=2_000, a_request=20, files=3))
    found, expected = quality(upload(tmp_path, "prepared"), spark), quality(tmp_path, connect)
    assert found.health == expected.health
    assert same(found.values["auc"].value, expected.values["auc"].value)
