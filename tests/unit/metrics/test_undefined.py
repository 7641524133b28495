"""What each metric gives where the records cannot define it: a reason, never 0 and never NaN."""

import numpy as np
import pytest

from monitor.metrics import ProblemType, Residuals, ScoreCounts, details, evaluate

from .conftest import (
    class_probabilities_of,
    matrix_of,
    residuals_of,
    score_counts_of,
)

BINARY = ProblemType.BINARY_CLASSIFICATION
MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION
REGRESSION = ProblemType.REGRESSION
NO_RECORDS = "there are no evaluated records"
NONE_POSITIVE = "no record is positive"
NONE_NEGATIVE = "no record is negative"
NONE_PREDICTED = "no record was predicted positive"
NEITHER = "no record is positive, and none was predicted positive"
ONE_CLASS = "all records are of one class"
ONE_PREDICTION = "all predictions are of one class"
SAME_CLASS = "all records and predictions are of one class"

Outcome = float | str


def outcomes(problem_type: ProblemType, **inputs: object) -> dict[str, Outcome | None]:
    """Value of each metric, or else its reason."""
    return {
        name: found.reason if found.value is None else found.value
        for name, found in evaluate(problem_type, inputs).items()
    }


def binary(actual: str, predicted: str, score: list[float]) -> dict[str, Outcome | None]:
    return outcomes(
        BINARY,
        confusion_matrix=matrix_of(actual, predicted, positive="1"),
        score_counts=score_counts_of([label == "1" for label in actual], score),
    )


def of_matrix(recall: Outcome, precision: Outcome, f: Outcome) -> dict[str, Outcome]:
    return {"recall": recall, "precision": precision, "f0_5": f, "f1": f, "f2": f}


def of_rates(
    positive: tuple[Outcome, Outcome], negative: tuple[Outcome, Outcome]
) -> dict[str, Outcome]:
    return {
        "true_positive_rate": positive[0],
        "false_negative_rate": positive[1],
        "true_negative_rate": negative[0],
        "false_positive_rate": negative[1],
    }


def constant(expected: dict[str, Outcome]) -> dict[str, Outcome]:
    return {f"{name}_best_constant_classifier": outcome for name, outcome in expected.items()}


def agreement(
    accuracy: Outcome, balanced: Outcome, mcc: Outcome, kappa: Outcome
) -> dict[str, Outcome]:
    return {
        "accuracy": accuracy,
        "balanced_accuracy": balanced,
        "mcc": mcc,
        "cohen_kappa": kappa,
    }


def ranking(auc: Outcome, average_precision: Outcome) -> dict[str, Outcome]:
    return {"auc": auc, "average_precision": average_precision}


WITHOUT_RECORDS = (
    of_matrix(NONE_POSITIVE, NONE_PREDICTED, NEITHER)
    | of_rates((NONE_POSITIVE, NONE_POSITIVE), (NONE_NEGATIVE, NONE_NEGATIVE))
    | agreement(NO_RECORDS, NO_RECORDS, NO_RECORDS, NO_RECORDS)
    | constant(of_matrix(NONE_POSITIVE, NONE_PREDICTED, NEITHER) | {"accuracy": NO_RECORDS})
    | ranking(NONE_POSITIVE, NONE_POSITIVE)
    | dict.fromkeys(["log_loss", "brier_score", "expected_calibration_error"], NO_RECORDS)
)
ONE_NEGATIVE = (
    of_matrix(NONE_POSITIVE, NONE_PREDICTED, NEITHER)
    | of_rates((NONE_POSITIVE, NONE_POSITIVE), (1.0, 0.0))
    | agreement(1.0, 1.0, ONE_CLASS, SAME_CLASS)
    | constant(of_matrix(NONE_POSITIVE, NONE_PREDICTED, NEITHER) | {"accuracy": 1.0})
    | ranking(NONE_POSITIVE, NONE_POSITIVE)
)
ONE_POSITIVE = (
    of_matrix(1.0, 1.0, 1.0)
    | of_rates((1.0, 0.0), (NONE_NEGATIVE, NONE_NEGATIVE))
    | agreement(1.0, 1.0, ONE_CLASS, SAME_CLASS)
    | constant(of_matrix(1.0, 1.0, 1.0) | {"accuracy": 1.0})
    | ranking(NONE_NEGATIVE, 1.0)
)
ONE_POSITIVE_MISSED = (
    of_matrix(0.0, NONE_PREDICTED, 0.0)
    | of_rates((0.0, 1.0), (NONE_NEGATIVE, NONE_NEGATIVE))
    | agreement(0.0, 0.0, ONE_CLASS, 0.0)
    | ranking(NONE_NEGATIVE, 1.0)
)
ALL_WRONG = (
    of_matrix(0.0, 0.0, 0.0)
    | of_rates((0.0, 1.0), (0.0, 1.0))
    | agreement(0.0, 0.0, -1.0, -1.0)
    | ranking(0.0, 0.5)
)
ALL_RIGHT = (
    of_matrix(1.0, 1.0, 1.0)
    | of_rates((1.0, 0.0), (1.0, 0.0))
    | agreement(1.0, 1.0, 1.0, 1.0)
    | constant(of_matrix(0.0, NONE_PREDICTED, 0.0) | {"accuracy": 0.5})
    | ranking(1.0, 1.0)
    | {"brier_score": 0.0, "expected_calibration_error": 0.0}
)
PREDICTED_ALIKE = (
    of_matrix(0.0, NONE_PREDICTED, 0.0)
    | of_rates((0.0, 1.0), (1.0, 0.0))
    | agreement(0.5, 0.5, ONE_PREDICTION, 0.0)
    | ranking(0.5, 0.5)
)


@pytest.mark.parametrize(
    ("actual", "predicted", "score", "expected"),
    [
        pytest.param("", "", [], WITHOUT_RECORDS, id="no records"),
        pytest.param("0", "0", [0.2], ONE_NEGATIVE, id="one negative"),
        pytest.param("1", "1", [0.8], ONE_POSITIVE, id="one positive"),
        pytest.param("1", "0", [0.2], ONE_POSITIVE_MISSED, id="one positive missed"),
        pytest.param("01", "10", [1.0, 0.0], ALL_WRONG, id="all wrong"),
        pytest.param("01", "01", [0.0, 1.0], ALL_RIGHT, id="all right"),
        pytest.param("01", "00", [0.3, 0.3], PREDICTED_ALIKE, id="predicted alike"),
    ],
)
def test_binary_metrics_at_the_edges_have_their_value_or_their_reason(
    actual: str, predicted: str, score: list[float], expected: dict[str, Outcome]
) -> None:
    found = binary(actual, predicted, score)
    assert {name: found[name] for name in expected} == expected
    assert all(outcome is not None for outcome in found.values())


def test_log_loss_of_certain_and_wrong_predictions_is_finite() -> None:
    assert binary("01", "10", [1.0, 0.0])["log_loss"] == pytest.approx(36.04365338911715)


def test_scores_that_are_no_probabilities_still_rank() -> None:
    found = binary("01", "01", [-2.5, 7.0])
    assert found["auc"] == 1.0
    for name in ("log_loss", "brier_score", "expected_calibration_error"):
        assert found[name] == "scores from -2.5 to 7 are no probabilities"
    margins = score_counts_of([0, 1], [-2.5, 7.0])
    assert "calibration" not in details(BINARY, {"score_counts": margins})


def test_binary_metrics_without_a_known_positive_label_say_so() -> None:
    found = outcomes(BINARY, confusion_matrix=matrix_of("01", "01"))
    assert found["recall"] == "the positive label is not known"
    assert found["accuracy"] == 1.0


def test_a_stray_third_label_of_a_binary_model_counts_as_negative() -> None:
    found = outcomes(BINARY, confusion_matrix=matrix_of("011?", "0110", positive="1"))
    assert (found["precision"], found["true_negative_rate"]) == (1.0, 1.0)
    assert found["accuracy"] == 0.75


MULTICLASS_NAMES = [
    f"{kind}_{name}"
    for kind, names in {
        "weighted": ["recall", "precision", "f0_5", "f1", "f2"],
        "macro": ["recall", "precision", "f1"],
    }.items()
    for name in names
]


@pytest.mark.parametrize(
    ("actual", "predicted", "expected"),
    [
        ("", "", NO_RECORDS),
        ("a", "a", 1.0),
        ("a", "b", 0.0),
        ("ab", "ba", 0.0),
        ("abc", "abc", 1.0),
    ],
)
def test_multiclass_averages_at_the_edges_have_their_value_or_their_reason(
    actual: str, predicted: str, expected: Outcome
) -> None:
    found = outcomes(MULTICLASS, confusion_matrix=matrix_of(actual, predicted))
    for name in ["accuracy", "balanced_accuracy", *MULTICLASS_NAMES]:
        assert found[name] == expected, name


def test_a_class_that_is_never_predicted_does_not_cost_the_average() -> None:
    found = outcomes(MULTICLASS, confusion_matrix=matrix_of("aab", "aaa"))
    assert found["weighted_precision"] == pytest.approx(2 / 3 * 2 / 3)


def test_class_probabilities_of_no_records_define_nothing() -> None:
    nothing = class_probabilities_of([], np.empty((0, 6)))
    found = outcomes(MULTICLASS, class_probabilities=nothing)
    for name in ("log_loss", "brier_score", "expected_calibration_error", "top_3_accuracy"):
        assert found[name] == NO_RECORDS
    assert "calibration" not in details(MULTICLASS, {"class_probabilities": nothing})


@pytest.mark.parametrize(
    ("classes", "top_3"), [(3, "the model has no more than 3 classes"), (4, 1.0)]
)
def test_top_k_accuracy_needs_more_than_k_classes(classes: int, top_3: Outcome) -> None:
    probability = [1 / 2, 1 / 4, 1 / 4, 0.0][:classes]
    found = outcomes(MULTICLASS, class_probabilities=class_probabilities_of([0], [probability]))
    assert found["top_3_accuracy"] == top_3
    assert found["top_5_accuracy"] == "the model has no more than 5 classes"


def test_classes_as_probable_as_the_actual_one_do_not_rank_above_it() -> None:
    alike = class_probabilities_of([5], [[1 / 6] * 6])
    assert outcomes(MULTICLASS, class_probabilities=alike)["top_3_accuracy"] == 1.0


REGRESSION_NAMES = ["mae", "mse", "rmse", "mape", "smape", "wape", "median_absolute_error"]


def test_a_regression_without_records_defines_nothing() -> None:
    found = outcomes(REGRESSION, residuals=residuals_of([], []), quantile=0.5)
    assert set(found.values()) == {NO_RECORDS}


@pytest.mark.parametrize("label", [0.1, -3.7e9, 1.0])
@pytest.mark.parametrize("count", [1, 3, 1000])
def test_equal_labels_leave_no_variance_to_explain(label: float, count: int) -> None:
    parts = [residuals_of([label] * n, [2 * label] * n) for n in (count, 1)]
    found = outcomes(REGRESSION, residuals=Residuals.merge(parts, abs(label)))
    assert found["r2"] == found["explained_variance"] == "all labels are equal"
    assert found["mape"] == pytest.approx(1.0)


def test_a_perfect_regression_has_no_error_and_explains_everything() -> None:
    found = outcomes(REGRESSION, residuals=residuals_of([1, 2, 4], [1, 2, 4]))
    assert [found[name] for name in REGRESSION_NAMES] == [0.0] * len(REGRESSION_NAMES)
    assert found["r2"] == found["explained_variance"] == 1.0


def test_labels_of_zero_define_no_percentage_but_a_symmetric_one() -> None:
    found = outcomes(REGRESSION, residuals=residuals_of([0, 0], [0, 1]))
    assert found["mape"] == found["wape"] == "all labels are zero"
    assert found["smape"] == 1.0


def test_a_median_is_undefined_after_a_merge() -> None:
    merged = Residuals.merge([residuals_of([1], [2]), residuals_of([1], [3])])
    reason = outcomes(REGRESSION, residuals=merged)["median_absolute_error"]
    assert reason == "a median cannot be had from sums over parts of the records"


def test_a_quantile_outside_0_and_1_is_named() -> None:
    found = outcomes(REGRESSION, residuals=residuals_of([1], [2]), quantile=1.5)
    assert found["pinball_loss"] == "1.5 is no quantile between 0 and 1"


def test_a_cost_that_is_not_in_the_matrix_is_named_and_a_right_prediction_is_free() -> None:
    matrix = matrix_of("aab", "aba")
    given = {"a": {"b": 6.0}}
    assert (
        outcomes(MULTICLASS, confusion_matrix=matrix, cost_matrix=given)["expected_cost"]
        == "the cost matrix has no cost of 'b' predicted as 'a'"
    )
    given |= {"b": {"a": 3.0}}
    found = outcomes(MULTICLASS, confusion_matrix=matrix, cost_matrix=given)
    assert found["expected_cost"] == 3.0


@pytest.mark.parametrize("problem_type", ProblemType)
def test_every_metric_without_inputs_says_what_it_needs(problem_type: ProblemType) -> None:
    for name, found in evaluate(problem_type, {}).items():
        assert found.value is None, name
        assert found.reason is not None
        assert found.reason.startswith("needs "), name


def test_curves_need_both_classes_and_are_left_out_without() -> None:
    def names(scores: ScoreCounts) -> set[str]:
        return set(details(BINARY, {"score_counts": scores}))

    curves = {"receiver_operating_characteristic_curve", "precision_recall_curve", "calibration"}
    assert names(score_counts_of([], [])) == set()
    assert names(score_counts_of([0, 0], [0.1, 0.2])) == {"calibration"}
    assert names(score_counts_of([1], [0.1])) == {"precision_recall_curve", "calibration"}
    assert names(score_counts_of([1, 0], [0.1, 0.1])) == curves


def test_details_of_an_empty_confusion_matrix_are_left_out() -> None:
    for problem_type in (BINARY, MULTICLASS):
        assert details(problem_type, {"confusion_matrix": matrix_of("", "")}) == {}
