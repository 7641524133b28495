"""Folds of requests: the same in arrays as by an engine."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.engine import arrow_table, connect
from monitor.folds import fold, folds_of

ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
times = st.integers(0, 3_000_000_000)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(ids, times), min_size=1, max_size=20))
def test_arrays_and_engine_agree(rows: list[tuple[str, int]]) -> None:
    request = pa.array([name for name, _time in rows])
    second = np.array([time for _name, time in rows], dtype=np.int64)
    time = pa.array(second * 1_000_000).cast(pa.timestamp("us", "UTC"))
    numbers = pa.array(range(len(rows)))
    data = pa.table({"n": numbers, "request": request, "inference_time": time})
    table = arrow_table(connect(), "requests", data)

    expected = table.select("n", fold=fold()).order_by("n").to_pyarrow()["fold"].to_pylist()
    found = folds_of(second, request)
    assert found is not None
    assert found.tolist() == expected
    part = folds_of(second[1:], request[1:])
    assert part is not None
    assert part.tolist() == expected[1:]


def test_ids_beyond_ascii_are_left_to_the_engine() -> None:
    assert folds_of(np.array([0]), pa.array(["ä"])) is None
