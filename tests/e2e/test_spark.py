"""One window on Spark: a job of three hosts, of which one may be lost, against DuckDB on one."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.performance.prepared_hour import BINARY, ENDPOINT, Hour, write_hour
from tests.e2e.hosts import Job, started
from tests.e2e.world import eventually

pytestmark = pytest.mark.e2e

RECORDS = int(os.environ.get("SPARK_RECORDS", "50_000"))
"""What a test run has time for; docs/scaling.md has what came of ten million."""
PATIENCE = 600 + RECORDS / 5_000
KILLED = 137
ENVIRONMENT = {
    "engine": "spark",
    "prepared_s3_uri_path": "/data",
    "output_path": "/opt/ml/processing/output",
    "start_time": "2026-11-20T09:00:00Z",
    "end_time": "2026-11-20T10:00:00Z",
    "sagemaker_endpoint_name": ENDPOINT,
}
REPORTS = {"statistics.json", "constraints.json", "constraint_violations.json"}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared")
    write_hour(folder, Hour(BINARY, RECORDS, files=12))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def expected(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The numbers of DuckDB in the same image."""
    environment = {**ENVIRONMENT, "engine": "duckdb"}
    with started(tmp_path_factory.mktemp("one"), data, 1, environment) as job:
        assert job.ended() == [0]
        return numbers(job)


def numbers(job: Job) -> dict[str, float]:
    """Every number of the statistics by its path."""
    document = json.loads((job.folders[0] / "processing/output/statistics.json").read_text())
    return dict(_numbers("", document["binary_classification_metrics"]))


def _numbers(path: str, found: Any) -> Iterator[tuple[str, float]]:
    if isinstance(found, dict):
        for name, value in found.items():
            yield from _numbers(f"{path}/{name}", value)
    elif isinstance(found, list):
        for place, value in enumerate(found):
            yield from _numbers(f"{path}/{place}", value)
    elif isinstance(found, int | float):
        yield path, float(found)


def assert_same(found: dict[str, float], expected: dict[str, float]) -> None:
    assert found.keys() == expected.keys()
    assert expected["/auc/value"] > 0.5
    different = {
        name: (found[name], value)
        for name, value in expected.items()
        if not math.isclose(found[name], value, rel_tol=_tolerance(name), abs_tol=1e-15)
    }
    assert not different


def _tolerance(name: str) -> float:
    """Of a million scores one machine computes errors on a grid, and a cluster as ever."""
    return 1e-3 if RECORDS >= 1_000_000 and name.endswith("/standard_deviation") else 1e-12


def reports(job: Job) -> list[set[str]]:
    """Names of what each host has left for S3."""
    return [{f.name for f in (ml / "processing/output").iterdir()} for ml in job.folders]


def test_three_hosts_find_what_one_finds(
    tmp_path: Path, data: Path, expected: dict[str, float]
) -> None:
    with started(tmp_path, data, 3, ENVIRONMENT) as job:
        assert job.ended() == [0, 0, 0]
        assert_same(numbers(job), expected)
        assert [bool(names & REPORTS) for names in reports(job)] == [True, False, False]
        assert not (job.folders[1] / "output/message").exists()


def test_a_host_that_is_lost_changes_no_number(
    tmp_path: Path, data: Path, expected: dict[str, float]
) -> None:
    with started(tmp_path, data, 3, ENVIRONMENT) as job:
        # What the join made is on both workers now, and everything else is made of it.
        eventually(lambda: "judging" in job.log(0), "the join", PATIENCE, lambda: job.log(0))
        job.kill(1)
        assert job.ended() == [0, KILLED, 0]
        assert_same(numbers(job), expected)


def test_a_job_fails_with_its_first_host_and_the_others_end(tmp_path: Path, data: Path) -> None:
    environment = {**ENVIRONMENT, "baseline_constraints": "/nowhere/constraints.json"}
    with started(tmp_path, data, 3, environment) as job:
        assert job.ended() == [2, 0, 0]
        assert "Failed: " in (job.folders[0] / "output/message").read_text()
        assert reports(job) == [set(), set(), set()]
