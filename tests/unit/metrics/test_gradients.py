"""Gradients of metrics: the analytic ones against steps, and what has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from monitor.metrics import (
    ConfusionMatrix,
    Influence,
    Metric,
    ProblemType,
    Registry,
    Residuals,
    ScoreCounts,
    gradient,
    of_statistic,
    registered,
)
from monitor.metrics.influence import by_cell_steps

from .conftest import class_probabilities_of, matrix_of, residuals_of, score_counts_of

BINARY = ProblemType.BINARY_CLASSIFICATION
MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION
REGRESSION = ProblemType.REGRESSION
OF_MATRIX = [
    entry
    for entry in registered(MULTICLASS)
    if "confusion_matrix" in entry.parameters and not entry.name.endswith("constant_classifier")
]
OF_SCORES = [entry for entry in registered(BINARY) if "score_counts" in entry.parameters]
COSTS = {str(a): {str(b): float(abs(a - b) + a) for b in range(4)} for a in range(4)}


def by_name(problem_type: ProblemType, name: str) -> Metric:
    return {entry.name: entry for entry in registered(problem_type)}[name]


@pytest.mark.parametrize("entry", OF_MATRIX, ids=lambda entry: entry.name)
@settings(max_examples=20, deadline=None)
@given(arrays(np.int64, (4, 4), elements=st.integers(0, 50)))
def test_the_gradient_by_the_cells_is_that_by_steps(entry: Metric, counts: Any) -> None:
    matrix = ConfusionMatrix(("0", "1", "2", "3"), counts)
    inputs = {"confusion_matrix": matrix, "cost_matrix": COSTS}
    analytic = gradient(entry, "confusion_matrix", inputs)
    by_steps = gradient(replace(entry, gradient=None), "confusion_matrix", inputs)
    if by_steps is None:
        assert analytic is None
        return
    filled = counts > 0
    np.testing.assert_allclose(
        analytic.values[filled], by_steps.values[filled], rtol=1e-5, atol=1e-9
    )
    # Records add up to no move at all: the metric is the same of twice as many.
    assert (analytic.values * counts).sum() == pytest.approx(0.0, abs=1e-9)


def test_always_predicting_the_most_frequent_label_has_its_own_gradient() -> None:
    matrix = matrix_of("0001122", "0101221")
    for name in ("accuracy", "weighted_precision", "weighted_f1"):
        entry = by_name(MULTICLASS, f"{name}_best_constant_classifier")
        analytic = gradient(entry, "confusion_matrix", {"confusion_matrix": matrix})
        function = of_statistic(entry, "confusion_matrix", {"confusion_matrix": matrix})
        steps = by_cell_steps(function, matrix)
        assert steps is not None
        filled = matrix.counts > 0
        np.testing.assert_allclose(analytic.values[filled], steps.values[filled], atol=1e-9)


def test_a_recall_is_about_the_positives_also_where_all_are_found() -> None:
    matrix = matrix_of("0011", "0111", "1")
    found = gradient(by_name(BINARY, "recall"), "confusion_matrix", {"confusion_matrix": matrix})
    assert found.counted.tolist() == [[False, False], [False, True]]
    assert not found.values.any()


@pytest.mark.parametrize("entry", OF_SCORES, ids=lambda entry: entry.name)
@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_the_gradient_by_the_scores_is_that_by_steps(entry: Metric, seed: int) -> None:
    chance = np.random.default_rng(seed)
    # No bin of such scores is without a gap, which would be a kink.
    score = (np.sort(chance.choice(np.arange(1, 99), 12, replace=False)) + chance.random(12)) / 100
    counts = chance.integers(0, 4, (2, 12)) + (chance.random((2, 12)) < 0.3)
    counts[:, 0] += 1
    counts[1] += counts.sum(axis=0) == 0
    scale = 10**6
    whole = ScoreCounts(score, counts[0] * scale, counts[1] * scale)
    found = gradient(entry, "score_counts", {"score_counts": ScoreCounts(score, *counts)})
    for row, place in np.argwhere(counts).tolist():
        assert found.values[row, place] == pytest.approx(
            _step(entry, whole, row, place) * scale, rel=1e-4, abs=1e-7
        )


def _step(entry: Metric, whole: ScoreCounts, row: int, place: int) -> float:
    of, ends = of_statistic(entry, "score_counts", {"score_counts": whole}), []
    for step in (100, -100):
        counts = np.stack([whole.positives, whole.negatives])
        counts[row, place] += step
        ends.append(of(ScoreCounts(whole.score, *counts)))
    return (ends[0] - ends[1]) / 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mae", {"under_sum": 1 / 4, "over_sum": 1 / 4, "count": -0.75 / 4}),
        ("mean_error", {"under_sum": -1 / 4, "over_sum": 1 / 4, "count": 0.25 / 4}),
        ("mse", {"squared_sum": 1 / 4, "count": -1.25 / 4}),
        ("mape", {"percentage_sum": 1 / 3, "percentage_count": -(5 / 6) / 9}),
    ],
)
def test_the_gradient_of_a_regression_by_its_sums(name: str, expected: dict[str, float]) -> None:
    of = residuals_of([0.0, 2.0, 3.0, 1.0], [0.0, 1.0, 3.0, 3.0])
    of = replace(of, percentage_sum=5 / 6)
    found = gradient(by_name(REGRESSION, name), "residuals", {"residuals": of})
    if name == "mean_error":
        expected = {**expected, "count": -0.25 / 4}
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_metric_that_is_undefined_has_no_gradient() -> None:
    assert gradient(by_name(REGRESSION, "mae"), "residuals", {"residuals": None}) is None
    nothing = residuals_of([], [])
    assert gradient(by_name(REGRESSION, "mae"), "residuals", {"residuals": nothing}) is None
    one_class = {"score_counts": score_counts_of([1, 1], [0.3, 0.4])}
    assert gradient(by_name(BINARY, "auc"), "score_counts", one_class) is None
    none = {"confusion_matrix": matrix_of("", "", "1")}
    assert gradient(by_name(BINARY, "recall"), "confusion_matrix", none) is None


def own(function: Callable[..., float], problem_type: ProblemType) -> Metric:
    registry = Registry()
    registry.metric(problem_type, higher_is_better=None)(function)
    return next(iter(registry.entries.values()))


def test_a_median_moves_with_itself() -> None:
    of = {"residuals": residuals_of([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])}
    found = gradient(by_name(REGRESSION, "median_absolute_error"), "residuals", of)
    assert found == pytest.approx({"median_absolute_error": 1.0})


def test_a_sum_has_no_gradient() -> None:
    of = {"residuals": residuals_of([1.0, 2.0, 4.0], [1.5, 2.0, 3.0])}

    def total(residuals: Residuals) -> float:
        """Grows with the records: it has no error of a mean."""
        return residuals.squared_sum

    assert gradient(own(total, REGRESSION), "residuals", of) is None


def test_a_metric_of_two_statistics_or_of_rows_has_no_gradient() -> None:
    def both(confusion_matrix: ConfusionMatrix, score_counts: ScoreCounts) -> float:
        """Of two statistics."""
        return 0.5

    inputs = {
        "confusion_matrix": matrix_of("01", "01", "1"),
        "score_counts": score_counts_of([0, 1], [0.1, 0.9]),
    }
    for statistic in inputs:
        assert gradient(own(both, BINARY), statistic, inputs) is None

    def by_scores(score_counts: ScoreCounts) -> float:
        """Nobody steps through a million scores."""
        return float(score_counts.score.mean())

    assert gradient(own(by_scores, BINARY), "score_counts", inputs) is None


def test_a_metric_of_the_users_own_may_bring_its_gradient() -> None:
    def largest(score_counts: ScoreCounts) -> float:
        """A function of the scores."""
        return 1.0

    its_own = Influence.of_all(np.array([[0.0, 0.5], [-0.5, 0.0]]))
    entry = replace(own(largest, BINARY), gradient=lambda **_inputs: its_own)
    inputs = {"score_counts": score_counts_of([0, 1], [0.1, 0.9])}
    assert gradient(entry, "score_counts", inputs) is its_own


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "text",
        {"count": 1.0},
        Influence.of_all(np.zeros((2, 3))),
        Influence.of_all(np.array([[0.0, np.nan], [0.0, 0.0]])),
    ],
)
def test_a_gradient_that_does_not_fit_is_none(wrong: object) -> None:
    for name, statistic in (
        ("auc", score_counts_of([0, 1], [0.1, 0.9])),
        ("recall", matrix_of("01", "01", "1")),
    ):
        (parameter,) = by_name(BINARY, name).parameters
        entry = replace(by_name(BINARY, name), gradient=lambda **_inputs: wrong)
        assert gradient(entry, parameter, {parameter: statistic}) is None
    mae = replace(by_name(REGRESSION, "mae"), gradient=lambda **_inputs: {"nothing": 1.0})
    assert gradient(mae, "residuals", {"residuals": residuals_of([1.0], [2.0])}) is None


def test_a_metric_that_is_no_number_has_no_gradient() -> None:
    def endless(confusion_matrix: ConfusionMatrix) -> float:
        """Infinite."""
        return float("inf")

    inputs = {"confusion_matrix": matrix_of("01", "01", "1")}
    assert gradient(own(endless, BINARY), "confusion_matrix", inputs) is None
    its_own = replace(
        own(endless, BINARY), gradient=lambda **_inputs: Influence.of_all(np.zeros((2, 2)))
    )
    assert gradient(its_own, "confusion_matrix", inputs) is None


def test_too_many_cells_for_steps_have_no_gradient() -> None:
    labels = [str(i) for i in range(21)]
    full = ConfusionMatrix.from_counts(labels * 21, sorted(labels * 21), [1] * 441)
    accuracy = replace(by_name(MULTICLASS, "accuracy"), gradient=None)
    assert gradient(accuracy, "confusion_matrix", {"confusion_matrix": full}) is None
    assert gradient(by_name(MULTICLASS, "accuracy"), "confusion_matrix", {"confusion_matrix": full})


def test_the_gradient_of_class_probabilities_by_their_sums() -> None:
    vectors = np.array([[0.5, 0.3, 0.1, 0.1], [0.2, 0.5, 0.2, 0.1], [0.1, 0.1, 0.8, 0.0]])
    sums = class_probabilities_of([0, 2, 2], vectors)
    inputs = {"class_probabilities": sums}
    log_loss = gradient(by_name(MULTICLASS, "log_loss"), "class_probabilities", inputs)
    assert log_loss.log_loss == pytest.approx(1 / 3, rel=1e-6)
    assert log_loss.count == pytest.approx(-sums.log_loss_sum / 9, rel=1e-6)
    assert not log_loss.rank.any()
    top = gradient(by_name(MULTICLASS, "top_3_accuracy"), "class_probabilities", inputs)
    assert top.rank[:2] == pytest.approx([1 / 3, 1 / 3], rel=1e-6)
    assert top.count == pytest.approx(-1 / 3, rel=1e-6)
