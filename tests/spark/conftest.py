"""Spark on the cores of this machine, one session for all tests."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from monitor.engine import Connect

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="session")
def session() -> Iterator[SparkSession]:
    sql = pytest.importorskip("pyspark.sql", reason="needs PySpark: make spark")
    if shutil.which("java") is None:
        pytest.skip("needs Java 17 or newer")
    session = (
        sql.SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.pyspark.python", sys.executable)
        .getOrCreate()
    )
    yield session
    session.stop()


@pytest.fixture(scope="session")
def spark(session: SparkSession) -> Connect:
    from monitor.engine_spark import connect_spark

    return connect_spark
