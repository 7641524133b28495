"""Sums that no order of the rows can change."""

from __future__ import annotations

import math
import random

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis import _

from monitor.engine import arrow_table, connect
from monitor.exact import exact_sum

values = st.lists(st.floats(-1e100, 1e100, allow_subnormal=False), min_size=1, max_size=50)


def _sum(numbers: list[float]) -> float:
    table = arrow_table(connect(), "numbers", pa.table({"x": pa.array(numbers, pa.float64())}))
    bound = table.aggregate(bound=_.x.abs().max())
    bounded = table.cross_join(bound)
    return float(bounded.aggregate(sum=exact_sum(_.x, _.bound)).to_pyarrow()["sum"][0].as_py())


@settings(deadline=None, max_examples=30)
@given(values, st.randoms(use_true_random=False))
def test_the_order_changes_no_bit(numbers: list[float], shuffle: random.Random) -> None:
    shuffled = list(numbers)
    shuffle.shuffle(shuffled)
    assert _sum(shuffled) == _sum(numbers)


@settings(deadline=None, max_examples=30)
@given(values)
def test_the_sum_is_as_near_as_a_double_can_tell(numbers: list[float]) -> None:
    # Half a unit a term, a unit being up to 2^-51 of the largest, and the sum's own rounding.
    rounding = 1.5 * len(numbers) * 2.0**-52 * max(map(abs, numbers))
    assert _sum(numbers) == pytest.approx(math.fsum(numbers), rel=0, abs=max(rounding, 1e-250))


def test_a_bound_may_be_a_number() -> None:
    table = ibis.memtable(pa.table({"x": [0.1, 0.2, 0.3]}))
    found = connect().backend.to_pyarrow(table.aggregate(sum=exact_sum(_.x, 1.0)))
    assert found["sum"][0].as_py() == pytest.approx(0.6, rel=1e-15)
