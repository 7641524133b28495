"""The stream of real records is what the page on delays says that it is."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.playing import BEFORE, Told
from benchmarks.streams import CHANGES, PER_REQUEST, baseline, population, window


def accuracy(change: str, windows: int = 20) -> float:
    rng = np.random.default_rng(1)
    frames = [window(50, change, rng) for _ in range(windows)]
    return float(np.mean([((f.probability > 0.5) == (f.label == 1)).mean() for f in frames]))


def test_baseline_and_unchanged_windows_are_drawn_alike() -> None:
    frame = baseline(4_000, np.random.default_rng(2))
    right = float(((frame.probability > 0.5) == (frame.label == 1)).mean())
    assert accuracy("nothing") == pytest.approx(right, abs=0.015)


@pytest.mark.parametrize("change", [change for change in CHANGES if change != "nothing"])
def test_a_change_makes_the_model_worse(change: str) -> None:
    assert accuracy(change) < accuracy("nothing") - 0.02


def test_records_of_a_request_are_right_or_wrong_together() -> None:
    frame = window(2_000, "nothing", np.random.default_rng(3))
    right = (frame.probability > 0.5) == (frame.label == 1)
    alone = right.mean() * (1 - right.mean()) / PER_REQUEST
    assert right.groupby(frame.request).mean().var() > 1.2 * alone


def test_the_model_has_not_seen_what_it_is_judged_by() -> None:
    assert len(population().digit) == 1_797 - 600


def test_a_page_before_the_change_is_false_and_the_first_one_after_it_ends_the_delay() -> None:
    pages = np.zeros(BEFORE + 24, dtype=bool)
    assert (Told(pages).false, Told(pages).delay) == (0, None)
    pages[[3, 9, BEFORE + 1, BEFORE + 5]] = True
    assert (Told(pages).false, Told(pages).delay) == (2, 2)
