"""Probabilities counted and placed: as sorting and searching them one by one."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.metrics import ScoreCounts
from monitor.sorted_scores import counted, places

scores = st.lists(
    st.tuples(st.floats(0, 1) | st.sampled_from([0.0, 0.5, 1.0]), st.booleans()),
    min_size=1,
    max_size=60,
)


@settings(deadline=None)
@given(scores)
def test_records_are_counted_at_each_score(rows: list[tuple[float, bool]]) -> None:
    score = np.array([own for own, _is_positive in rows])
    is_positive = np.array([own for _score, own in rows])

    found = counted(score, is_positive)
    expected = ScoreCounts.from_counts(score, is_positive, ~is_positive)
    for name in ("score", "positives", "negatives"):
        assert np.array_equal(getattr(found, name), getattr(expected, name))


@settings(deadline=None)
@given(scores, st.integers(1, 7))
def test_each_score_finds_its_run(rows: list[tuple[float, bool]], step: int) -> None:
    score = np.array([own for own, _is_positive in rows])
    begins = np.unique(score)[::step]

    expected = np.searchsorted(begins, score, side="right") - 1
    assert np.array_equal(places(begins, score), expected)


def test_runs_that_crowd_in_one_place_are_searched() -> None:
    crowd = 0.3 + np.arange(40) * 1e-15
    begins = np.unique(np.concatenate([[0.0], crowd, [1.0]]))
    assert np.array_equal(places(begins, begins[::-1]), np.arange(len(begins))[::-1])
