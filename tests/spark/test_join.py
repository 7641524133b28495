"""The join on Spark against the same join in plain Python, as on DuckDB."""

from __future__ import annotations

import random

import pytest

from monitor.engine import Connect
from monitor.health import Arrivals
from tests.unit.monitor.rows import HOUR, joined, reference
from tests.unit.monitor.test_join_laws import SPAN, captures, ground_truth, set_aside

pytestmark = pytest.mark.spark


@pytest.mark.parametrize("seed", range(3))
def test_spark_joins_as_plain_python_does(spark: Connect, seed: int) -> None:
    chance = random.Random(seed)
    rows, labels, lost = captures(chance), ground_truth(chance), set_aside(chance)
    arrivals = Arrivals(are_known=bool(seed % 2), are_shared=seed == 2)
    found = joined(rows, labels, SPAN, HOUR, lost, arrivals, engine=spark())
    assert found == reference(rows, labels, SPAN, HOUR, lost, arrivals)
