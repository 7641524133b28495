"""Spark on the cores of this machine, one session for all tests."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from monitor.engine import Connect
from tests.integration.storage import embedded_s3

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    with embedded_s3() as address:
        yield address


@pytest.fixture(scope="session")
def session(s3: str) -> Iterator[SparkSession]:
    sql = pytest.importorskip("pyspark.sql", reason="needs PySpark: make spark")
    if shutil.which("java") is None:
        pytest.skip("needs Java 17 or newer")
    # Executors run this Python, and not the first on the path, which has none of our packages.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: SparkSession) -> Connect:
    from monitor.engine_spark import connect_spark

    return connect_spark
