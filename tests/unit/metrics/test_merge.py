"""The law of sufficient statistics: the metric of merged parts is the metric of their union."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.metrics import (
    ClassProbabilities,
    ConfusionMatrix,
    ProblemType,
    Residuals,
    ScoreCounts,
    details,
    evaluate,
    leave_one_out,
)

from .conftest import (
    class_probabilities_of,
    matrix_of,
    residuals_of,
    score_counts_of,
)

Statistics = dict[str, object]
COSTS = {str(i): {str(j): abs(i - j) for j in range(12)} for i in range(12)}
MERGED = {
    "confusion_matrix": ConfusionMatrix,
    "score_counts": ScoreCounts,
    "class_probabilities": ClassProbabilities,
    "residuals": Residuals,
}


def statistics(
    problem_type: ProblemType, random: np.random.Generator, count: int
) -> tuple[list[Statistics], Statistics]:
    """Statistics of up to six parts of random records (some maybe empty), and of their union."""
    part = random.integers(0, 6, count)
    label, prediction = random.integers(0, 12, count), random.integers(0, 12, count)
    odds = random.random((count, 12))
    number, error = random.normal(1e3, 1, count), random.normal(0.1, 1, count)

    def of(rows: NDArray[np.bool_]) -> Statistics:
        match problem_type:
            case ProblemType.BINARY_CLASSIFICATION:
                return {
                    "confusion_matrix": matrix_of(label[rows] % 2, prediction[rows] % 2, "1"),
                    "score_counts": score_counts_of(label[rows] % 2, odds[rows, 0].round(1)),
                }
            case ProblemType.MULTICLASS_CLASSIFICATION:
                probability = odds[rows] / odds[rows].sum(axis=1, keepdims=True)
                return {
                    "confusion_matrix": matrix_of(label[rows], prediction[rows]),
                    "class_probabilities": class_probabilities_of(label[rows], probability),
                }
            case ProblemType.REGRESSION:
                return {"residuals": residuals_of(number[rows], number[rows] + error[rows])}

    return [of(part == place) for place in range(6)], of(part >= 0)


@pytest.mark.parametrize("problem_type", ProblemType)
@given(st.integers(0, 2**32 - 1), st.integers(1, 200))
@settings(max_examples=15, deadline=None)
def test_every_metric_of_merged_parts_is_the_metric_of_the_union(
    problem_type: ProblemType, seed: int, count: int
) -> None:
    parts, whole = statistics(problem_type, np.random.default_rng(seed), count)
    options: Statistics = {"cost_matrix": COSTS, "quantile": 0.9}
    merged: Statistics = {
        name: MERGED[name].merge([part[name] for part in parts])  # type: ignore[attr-defined]
        for name in whole
    }
    of_union = evaluate(problem_type, whole | options)
    of_parts = evaluate(problem_type, merged | options)
    of_union.pop("median_absolute_error", None)
    median = of_parts.pop("median_absolute_error", None)
    assert median is None or median.value is None
    assert of_parts.keys() == of_union.keys()
    for name, expected in of_union.items():
        assert of_parts[name].reason == expected.reason, name
        if expected.value is not None:
            value = of_parts[name].value
            assert value == pytest.approx(expected.value, rel=1e-12, abs=1e-12), name
    if problem_type == ProblemType.BINARY_CLASSIFICATION:
        assert details(problem_type, merged) == details(problem_type, whole)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_statistics_do_not_depend_on_the_order_of_what_is_counted(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    actual = random.choice(["10", "9", "b", "a"], count)
    predicted = random.choice(["9", "10", "c"], count)
    score, many = random.random(count).round(1), random.integers(0, 9, count)
    order = random.permutation(count)
    matrices = [
        ConfusionMatrix.from_counts(actual[by].tolist(), predicted[by].tolist(), many[by], "9")
        for by in (np.arange(count), order)
    ]
    scores = [
        ScoreCounts.from_counts(score[by], many[by], many[::-1][by])
        for by in (np.arange(count), order)
    ]
    assert matrices[0].labels == matrices[1].labels
    assert (matrices[0].counts == matrices[1].counts).all()
    for column in ("score", "positives", "negatives"):
        assert (getattr(scores[0], column) == getattr(scores[1], column)).all()


def test_labels_are_ordered_by_number_then_text_and_the_positive_one_is_last() -> None:
    labels = ["10", "9", "b", "-1.5", "nan", "a"]
    assert matrix_of(labels, labels).labels == ("-1.5", "9", "10", "a", "b", "nan")
    assert matrix_of(["1", "0"], ["0", "0"], positive="0").labels == ("1", "0")


def test_merging_nothing_gives_the_statistic_of_no_records() -> None:
    for kind in MERGED.values():
        assert kind.merge([]).count == 0  # type: ignore[attr-defined]


def test_scores_with_no_records_are_dropped_and_equal_scores_are_added() -> None:
    scores = ScoreCounts.from_counts([0.5, 0.1, 0.5, 0.9], [1, 2, 3, 0], [0, 1, 1, 0])
    assert scores.score.tolist() == [0.1, 0.5]
    assert scores.positives.tolist() == [2, 4]
    assert scores.negatives.tolist() == [1, 1]


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match="not a finite number"):
        ScoreCounts.from_counts([0.5, np.nan], [1, 1], [0, 0])


def test_a_label_column_of_identifiers_is_refused_before_it_fills_the_memory() -> None:
    identifiers = [f"id-{number}" for number in range(6_000)]
    with pytest.raises(ValueError, match="6,000 different labels, for example 'id-0'"):
        matrix_of(identifiers, identifiers)


def test_leaving_a_fold_out_merges_the_others_and_keeps_options() -> None:
    folds: list[Statistics] = [
        {"confusion_matrix": matrix_of(["a"] * size, ["b"] * size), "quantile": 0.5}
        for size in (1, 2, 4, 8, 16)
    ]
    folds[4]["label"] = np.array(["x"])
    left = leave_one_out(folds)
    counts = [fold["confusion_matrix"].count for fold in left]  # type: ignore[attr-defined]
    assert counts == [30, 29, 27, 23, 15]
    assert [fold["quantile"] for fold in left] == [0.5] * 5
    assert [fold["label"] is None for fold in left] == [False] * 4 + [True]
