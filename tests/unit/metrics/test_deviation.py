"""The spread of a metric over five subsamples."""

import numpy as np
import pytest

from monitor.metrics import (
    ConfusionMatrix,
    ProblemType,
    Residuals,
    evaluate,
    leave_one_out,
    standard_deviations,
)

from .conftest import matrix_of, residuals_of

BINARY = ProblemType.BINARY_CLASSIFICATION
REGRESSION = ProblemType.REGRESSION


def test_the_deviation_is_that_of_the_metrics_of_all_records_but_a_fifth() -> None:
    random = np.random.default_rng(1)
    label = random.normal(size=500)
    prediction = label + random.normal(size=500)
    fold = random.integers(0, 5, 500)
    folds = [{"residuals": residuals_of(label[fold == k], prediction[fold == k])} for k in range(5)]
    found = standard_deviations(REGRESSION, leave_one_out(folds))
    errors = [np.mean((label - prediction)[fold != k] ** 2) for k in range(5)]
    assert found["mse"] == pytest.approx(np.std(errors, ddof=0))
    assert found["r2"] is not None
    assert found["median_absolute_error"] is None
    assert "pinball_loss" not in found


@pytest.mark.parametrize(("count", "is_known"), [(199, False), (200, True)])
def test_fewer_than_200_records_have_no_deviation(count: int, is_known: bool) -> None:
    fold = np.arange(count) % 5
    folds = [
        {"residuals": residuals_of(np.arange(n), np.zeros(n))}
        for n in (int((fold == k).sum()) for k in range(5))
    ]
    found = standard_deviations(REGRESSION, leave_one_out(folds))
    assert (found["mae"] is not None) == is_known


def test_a_metric_that_one_subsample_leaves_undefined_has_no_deviation() -> None:
    positive_fold = matrix_of("01" * 50, "01" * 50, "1")
    others = [matrix_of("0" * 100, "0" * 100, "1") for _ in range(4)]
    folds = [{"confusion_matrix": part} for part in [positive_fold, *others]]
    found = standard_deviations(BINARY, leave_one_out(folds))
    assert found["recall"] is None
    assert found["accuracy"] == 0.0


def test_a_deviation_needs_five_subsamples() -> None:
    with pytest.raises(ValueError, match="needs 5 replicates, not 4"):
        standard_deviations(BINARY, [{}] * 4)


@pytest.mark.parametrize("name", ["accuracy", "recall", "f1", "mcc"])
def test_it_has_the_expectation_of_five_independent_draws_with_ddof_1(name: str) -> None:
    random = np.random.default_rng(11)
    count, trials = 1000, 400
    label = random.random(count) < 0.4
    prediction = label ^ (random.random(count) < 0.2)
    cell = 2 * label + prediction

    def matrix(rows: np.ndarray) -> ConfusionMatrix:
        counts = np.bincount(cell[rows], minlength=4).reshape(2, 2)
        return ConfusionMatrix(("0", "1"), counts, "1")

    def value(rows: np.ndarray) -> float:
        found = evaluate(BINARY, {"confusion_matrix": matrix(rows)})[name].value
        assert found is not None
        return found

    ours, draws = [], []
    for _ in range(trials // 4):
        parts = np.array_split(random.permutation(count), 5)
        folds = [{"confusion_matrix": matrix(rows)} for rows in parts]
        ours.append(standard_deviations(BINARY, leave_one_out(folds))[name])
        samples = [random.permutation(count)[: count * 4 // 5] for _ in range(5)]
        draws.append(np.std([value(rows) for rows in samples], ddof=1))
    assert np.mean(np.square(np.array(ours, dtype=float))) == pytest.approx(
        np.mean(np.square(draws)), rel=0.25
    )


def test_residuals_of_no_parts_are_those_of_no_records() -> None:
    assert Residuals.merge([]).count == 0
