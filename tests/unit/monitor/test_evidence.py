"""Chance and visible drop: exact tests where there are any, and laws where there are none."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from monitor.dispersion import Side
from monitor.evidence import Comparison, against_baseline, against_limit, difference

LEVEL = 1e-3
unhurried = settings(deadline=None)


def side(errors: float, records: int, requests: int | None = None, effect: float = 1.0) -> Side:
    """A share of errors among independent records, or with a design effect."""
    share = errors / records
    variance = share * (1 - share) / max(records - 1, 1)
    return Side(share, variance * effect, variance, requests or records, records)


def judged(window: Side, baseline: Side, limit: float | None = None) -> Comparison:
    return against_baseline(window, baseline, baseline.distance if limit is None else limit, 1.0)


@pytest.mark.parametrize(
    ("errors", "records", "before", "of"),
    [(30, 1000, 50, 5000), (12, 400, 100, 10_000), (9, 100, 200, 9000), (3, 500, 2, 10_000),
     (1, 50, 10, 5000), (130, 1000, 1000, 10_000), (5, 1000, 0, 3000)],
)  # fmt: skip
def test_of_independent_records_it_is_fishers_exact_test(
    errors: int, records: int, before: int, of: int
) -> None:
    table = [[errors, records - errors], [before, of - before]]
    exact = stats.fisher_exact(table, alternative="greater").pvalue
    found = float(judged(side(errors, records), side(before, of)).p_value)
    # Student's t for the estimated dispersion makes the far tail of a hundred records heavier.
    assert exact * 0.9 <= found <= max(exact * 1.6, exact**0.8)


@pytest.mark.parametrize(("errors", "records", "limit"), [(9, 200, 0.02), (4, 500, 0.001)])
def test_against_a_fixed_limit_it_is_the_binomial_test(
    errors: int, records: int, limit: float
) -> None:
    exact = stats.binomtest(errors, records, limit, alternative="greater").pvalue
    window = side(errors, records)
    found = float(against_limit(window, None, limit, 1.0).p_value)
    assert exact * 0.8 <= found <= exact**0.85


def test_a_metric_as_good_as_perfect_is_no_evidence_of_a_drop() -> None:
    assert float(judged(side(0, 100), side(10, 1000)).p_value) == 1.0
    assert float(judged(side(0, 100), side(0, 1000)).p_value) == 1.0


def test_that_all_is_wrong_is_evidence_and_no_certainty() -> None:
    some, more = (float(judged(side(n, n), side(100, 1000)).p_value) for n in (3, 30))
    assert 0 < more < LEVEL < some < 0.1


def test_requests_that_are_all_wrong_are_no_more_than_a_record_each() -> None:
    baseline = side(100, 1000)
    alone = float(judged(side(5, 5), baseline).p_value)
    for size in (2, 20, 200):
        grouped = Side(1.0, 0.0, 0.0, 5, 5 * size)
        assert float(judged(grouped, baseline).p_value) >= alone


def test_a_single_request_that_holds_most_records_is_one_event() -> None:
    # 49 of 87 predicted positives were wrong, all in one of 26 requests.
    share = 49 / 87
    burst = Side(share, ((1 - share) * share) ** 2, share * (1 - share) / 86, 26, 87)
    alone = Side(share, share * (1 - share) / 86, share * (1 - share) / 86, 87, 87)
    baseline = side(1, 200)
    assert float(judged(alone, baseline).p_value) < 1e-12
    assert float(judged(burst, baseline).p_value) > LEVEL


def test_a_perfect_baseline_was_lucky() -> None:
    one, five = (float(judged(side(n, 1000), side(0, 1000)).p_value) for n in (1, 5))
    # Of one error in 2000 records the chance that it is in the second half is a half.
    assert one == pytest.approx(0.5, abs=0.01)
    assert five == pytest.approx(0.5**5, rel=0.1)


def test_one_request_is_no_evidence() -> None:
    window = side(90, 100, requests=1, effect=20)
    found = judged(window, side(1, 1000))
    assert float(found.p_value) == 1.0
    assert math.isinf(float(found.shown(LEVEL)))


def test_few_requests_need_a_larger_drop() -> None:
    baseline = side(100, 1000)
    chances = [
        float(judged(side(150, 500, requests, 4.0), baseline).p_value)
        for requests in (2, 3, 5, 10, 100)
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.05


def test_the_drop_that_is_visible_is_found_four_times_in_five() -> None:
    records, baseline = 1000, side(500, 10_000)
    shown = float(judged(side(50, records), baseline).shown(LEVEL))
    errors = np.random.default_rng(1).binomial(records, shown, 4000).astype(np.float64)
    share = errors / records
    variance = share * (1 - share) / (records - 1)
    counts = np.full(4000, records)
    draws = Side(share, variance, variance, counts, counts)
    found = float((judged(draws, baseline).p_value <= LEVEL).mean())
    assert found == pytest.approx(0.8, abs=0.04)


errors_before = st.integers(0, 400)
sizes = st.sampled_from([(20, 20), (100, 100), (1000, 1000), (1000, 50), (5000, 100)])
effects = st.floats(1.0, 20.0)


@pytest.mark.parametrize("effect", [1.0, 2.0, 5.0])
@pytest.mark.parametrize("requests", [20, 100])
def test_the_more_is_wrong_the_less_likely_until_everything_is(
    requests: int, effect: float
) -> None:
    baseline = side(100, 1000)
    chances = [
        float(judged(side(errors, 100, requests, effect), baseline).p_value)
        for errors in range(10, 100, 5)
    ]
    # Of clumsy requests it rises a little where more errors might still be a single one's.
    assert all(worse <= 1.5 * better for better, worse in pairwise(chances))
    assert chances[-1] < 1e-3 * chances[4]
    assert float(judged(side(100, 100, requests, effect), baseline).p_value) < 1e-6


@unhurried
@given(errors_before, sizes, effects, st.floats(0.001, 0.2), st.floats(1.01, 2.5))
def test_a_worse_value_with_the_same_error_is_never_likelier(
    before: int, size: tuple[int, int], effect: float, share: float, factor: float
) -> None:
    records, requests = size
    variance = share * (1 - share) / (records - 1)
    baseline = side(before, 1000)

    def chance(distance: float) -> float:
        window = Side(distance, variance * effect, variance, requests, records)
        return float(judged(window, baseline).p_value)

    better, worse = chance(share), chance(share * factor)
    assert 0 <= worse <= 1
    assert worse <= better * (1 + 1e-9) or better > 0.5


@unhurried
@given(errors_before, st.floats(0.01, 0.5), effects, st.integers(3, 500), st.integers(2, 10))
def test_more_requests_show_a_smaller_drop(
    before: int, share: float, effect: float, requests: int, factor: int
) -> None:
    def shown(count: int) -> float:
        records = 10 * count
        variance = share * (1 - share) / (records - 1)
        window = Side(share, variance * effect, variance, count, records)
        return float(judged(window, side(before, 1000)).shown(LEVEL))

    few, many = shown(requests), shown(requests * factor)
    assert many <= few * (1 + 1e-6)


@unhurried
@given(errors_before, st.integers(1, 99), st.floats(0.0, 0.2), st.floats(0.001, 0.2))
def test_a_limit_farther_off_is_passed_more_seldom(
    before: int, errors: int, nearer: float, more: float
) -> None:
    window, baseline = side(errors, 100), side(before, 1000)
    limits = (baseline.distance + nearer, baseline.distance + nearer + more)
    near, far = (float(judged(window, baseline, limit).p_value) for limit in limits)
    assert near <= far * (1 + 1e-9) + 1e-15


@unhurried
@given(
    st.floats(0.1, 10), st.floats(0.01, 1), st.floats(0.1, 10), st.floats(0.001, 0.1),
    st.sampled_from([1e-6, 1e6]),
)  # fmt: skip
def test_the_unit_of_an_error_is_no_matter(
    distance: float, error: float, before: float, error_before: float, unit: float
) -> None:
    def chance(scale: float) -> float:
        window = Side(distance * scale, (error * scale) ** 2, (error * scale) ** 2 / 2, 40, 400)
        known = (error_before * scale) ** 2
        baseline = Side(before * scale, known, known, 1000, 1000)
        return float(against_baseline(window, baseline, before * scale).p_value)

    assert chance(unit) == pytest.approx(chance(1.0), rel=1e-6, abs=1e-12)


@unhurried
@given(st.floats(-5, 5), st.floats(0.1, 2), st.integers(2, 50))
def test_without_a_perfect_value_it_is_students_test(
    excess: float, error: float, requests: int
) -> None:
    window = Side(excess, error**2, error**2, requests, requests)
    found = difference(window, None, 0.0)
    expected = stats.t(requests - 1).sf(excess / error)
    assert float(found.p_value) == pytest.approx(expected, abs=1e-12)


def test_of_two_samples_it_is_welchs_test() -> None:
    rng = np.random.default_rng(3)
    one, other = rng.normal(1.0, 2.0, 30), rng.normal(0.0, 2.1, 50)

    def mean(sample: np.ndarray) -> Side:
        variance = float(sample.var(ddof=1)) / len(sample)
        return Side(float(sample.mean()), variance, variance, len(sample), len(sample))

    expected = stats.ttest_ind(one, other, equal_var=False, alternative="greater").pvalue
    found = float(difference(mean(one), mean(other), float(other.mean())).p_value)
    # No less: each side is taken to vary as much as the other's records do.
    assert expected <= found <= expected * 1.3


@unhurried
@given(
    st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6),
    st.integers(1, 10**9), st.integers(1, 10**9), st.floats(0, 1e6),
)  # fmt: skip
def test_nothing_breaks_it(
    distance: float, error: float, before: float, error_before: float, requests: int,
    records: int, limit: float,
) -> None:  # fmt: skip
    window = Side(distance, error**2, error**2, requests, max(records, requests))
    baseline = Side(before, error_before**2, error_before**2, requests, max(records, requests))
    for whole in (0.0, 1.0):
        for found in (
            against_limit(window, baseline, limit, whole),
            against_baseline(window, baseline, limit, whole),
            difference(window, baseline, limit),
        ):
            assert 0 <= float(found.p_value) <= 1
            assert float(found.shown(LEVEL)) >= 0
