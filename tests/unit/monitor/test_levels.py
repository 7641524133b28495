"""The level of each metric: a bound that holds, by Monte Carlo, and no lower than it must be."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri
from scipy.stats import multivariate_normal

from monitor.levels import metric_level, together, window_budget

NAMES = "abcdef"


def pairs(matrix: np.ndarray) -> dict[tuple[str, str], float]:
    count = len(matrix)
    return {
        (NAMES[i], NAMES[j]): float(matrix[i, j]) for i in range(count) for j in range(i + 1, count)
    }


def correlations(count: int, seed: int) -> np.ndarray:
    loading = np.random.default_rng(seed).normal(size=(count, 2))
    covariance = loading @ loading.T + 0.1 * np.eye(count)
    scale = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(scale, scale))


def test_one_false_page_in_thirty_days_is_one_window_in_720() -> None:
    assert window_budget(1, 30, timedelta(hours=1)) == pytest.approx(1 / 720)
    assert window_budget(1, 30, timedelta(hours=1), variants=2) == pytest.approx(1 / 1440)
    assert window_budget(2, 30, timedelta(minutes=15)) == pytest.approx(2 / 2880)


def test_a_long_window_is_judged_at_five_per_cent_at_most() -> None:
    assert window_budget(1, 30, timedelta(days=7)) == 0.05
    assert window_budget(100, 1, timedelta(hours=1), variants=5) == 0.01


def test_metrics_of_unknown_dependence_share_the_budget_after_bonferroni() -> None:
    assert metric_level(0.01, "abcd", {}) == pytest.approx(0.0025)


def test_a_single_metric_has_the_whole_budget() -> None:
    assert metric_level(0.01, ["a"], {("a", "b"): 0.5}) == 0.01
    assert metric_level(0.01, ["a", "a"], {}) == 0.01


def test_the_same_metric_under_another_name_costs_nothing() -> None:
    assert metric_level(0.01, "ab", {("a", "b"): 1.0}) == pytest.approx(0.01)
    known = {("a", "b"): 1.0, ("a", "c"): 1.0, ("b", "c"): 1.0}
    assert metric_level(0.01, "abc", known) == pytest.approx(0.01)


def test_metrics_that_err_in_turn_save_nothing() -> None:
    assert metric_level(0.01, "ab", {("a", "b"): -1.0}) == pytest.approx(0.005)


@pytest.mark.parametrize("correlation", [-0.9, -0.3, 0.0, 0.4, 0.9, 0.999])
@pytest.mark.parametrize("level", [0.05, 0.001])
def test_the_chance_of_two_errors_is_that_of_the_bivariate_normal(
    correlation: float, level: float
) -> None:
    limit = float(ndtri(level))
    expected = multivariate_normal.cdf(
        [limit, limit], cov=[[1.0, correlation], [correlation, 1.0]], abseps=1e-12
    )
    assert float(together(level, np.array([correlation]))[0]) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("budget", [0.05, 0.01])
def test_any_of_dependent_metrics_errs_no_more_often_than_the_budget(
    seed: int, budget: float
) -> None:
    matrix = correlations(6, seed)
    level = metric_level(budget, NAMES, pairs(matrix))
    assert budget / 6 <= level <= budget
    draws = np.random.default_rng(9).multivariate_normal(np.zeros(6), matrix, 400_000)
    rate = float((draws < ndtri(level)).any(axis=1).mean())
    error = np.sqrt(budget / 400_000)
    assert rate <= budget + 3 * error
    # It is nearer to the budget than Bonferroni is.
    plain = float((draws < ndtri(budget / 6)).any(axis=1).mean())
    assert rate >= plain


@settings(deadline=None)
@given(st.integers(0, 50), st.floats(1e-6, 0.05), st.permutations(list(NAMES[:4])))
def test_the_level_is_a_matter_of_the_dependence_and_not_of_the_order(
    seed: int, budget: float, order: list[str]
) -> None:
    known = pairs(correlations(4, seed))
    level = metric_level(budget, "abcd", known)
    assert metric_level(budget, order, known) == level
    fewer = {pair: value for pair, value in known.items() if "d" not in pair}
    assert metric_level(budget, "abcd", fewer) <= level * (1 + 1e-9)
