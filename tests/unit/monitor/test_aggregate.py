"""What the engine aggregates, against scikit-learn and NumPy on the rows themselves."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pytest
import sklearn.metrics as sk
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference_records.canonical import canonical_labels
from inference_records.configuration import Configuration
from monitor.aggregate import Statistics, aggregate
from monitor.interpret import interpret
from monitor.metrics import (
    FOLDS,
    ClassProbabilities,
    ConfusionMatrix,
    ProblemType,
    Residuals,
    ScoreCounts,
    evaluate,
    registered,
)
from tests.unit.metrics.conftest import class_probabilities_of, residuals_of

from .rows import evaluated

BINARY = Configuration(problem_type="BinaryClassification")
MULTICLASS = Configuration(problem_type="MulticlassClassification")
REGRESSION = Configuration(problem_type="Regression")

seeds = st.integers(0, 2**32 - 1)
modest = settings(
    max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)

Cell = tuple[str, int]


def statistics(
    table: ibis.Table, configuration: Configuration, needed: set[str] | None = None
) -> dict[Cell, Statistics]:
    return aggregate(table, interpret(table, configuration), configuration, needed or set())


def values(found: Statistics, problem_type: ProblemType) -> dict[str, float | None]:
    return {name: value.value for name, value in evaluate(problem_type, found.inputs).items()}


def cells(chance: np.random.Generator, count: int) -> tuple[list[str], list[int], list[int]]:
    """Variant, window and fold of each of some rows."""
    variant = chance.choice(["AllTraffic", "shadow"], count).tolist()
    window = chance.integers(0, 3, count).tolist()
    return variant, window, chance.integers(0, FOLDS, count).tolist()


def rows_of(variant: list[str], window: list[int], cell: Cell) -> NDArray[np.bool_]:
    return np.array([place == cell for place in zip(variant, window, strict=True)])


@modest
@given(seeds)
def test_binary_labels_and_probabilities(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 400))
    variant, window, fold = cells(chance, count)
    score = chance.integers(0, 21, count) / 20
    label = (chance.random(count) < score).astype(int)
    prediction = (score >= 0.5).astype(int)
    table = evaluated(
        label=label, prediction=prediction, probability=score, variant=variant, window=window,
        fold=fold,
    )  # fmt: skip
    found = statistics(table, BINARY)
    assert set(found) == set(zip(variant, window, strict=True))
    for cell, part in found.items():
        of = rows_of(variant, window, cell)
        y, said, p = label[of], prediction[of], score[of]
        assert part.count == of.sum()
        value = values(part, ProblemType.BINARY_CLASSIFICATION)
        assert value["accuracy"] == pytest.approx(sk.accuracy_score(y, said))
        assert value["brier_score"] == pytest.approx(np.mean((y - p) ** 2))
        if y.any() and said.any():
            assert value["recall"] == pytest.approx(sk.recall_score(y, said))
            assert value["precision"] == pytest.approx(sk.precision_score(y, said))
        if len(set(y)) == 2:
            assert value["auc"] == pytest.approx(sk.roc_auc_score(y, p))
            assert value["average_precision"] == pytest.approx(sk.average_precision_score(y, p))
            assert value["log_loss"] == pytest.approx(sk.log_loss(y, p))
        else:
            assert value["auc"] is None


@modest
@given(seeds)
def test_class_probabilities(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 300))
    variant, window, fold = cells(chance, count)
    vectors = chance.dirichlet(np.ones(6), count)
    label = np.array([chance.choice(6, p=vector) for vector in vectors])
    best = vectors.argmax(axis=1)
    table = evaluated(
        label=label, prediction=best, probabilities=vectors, variant=variant, window=window,
        fold=fold,
    )  # fmt: skip
    for cell, part in statistics(table, MULTICLASS).items():
        of = rows_of(variant, window, cell)
        y, p, said = label[of], vectors[of], best[of]
        value = values(part, ProblemType.MULTICLASS_CLASSIFICATION)
        assert value["accuracy"] == pytest.approx(sk.accuracy_score(y, said))
        assert value["macro_f1"] == pytest.approx(sk.f1_score(y, said, average="macro"))
        assert value["weighted_precision"] == pytest.approx(
            sk.precision_score(y, said, average="weighted", zero_division=0)
        )
        assert value["log_loss"] == pytest.approx(sk.log_loss(y, p, labels=range(6)))
        top = sk.top_k_accuracy_score(y, p, k=3, labels=range(6))
        assert value["top_3_accuracy"] == pytest.approx(top)
        same(part.inputs["class_probabilities"], class_probabilities_of(y, p))


@modest
@given(seeds)
def test_residuals(seed: int) -> None:
    chance = np.random.default_rng(seed)
    count = int(chance.integers(1, 400))
    variant, window, fold = cells(chance, count)
    label = chance.normal(1_000, 5, count).round(1) * chance.choice([0, 1, 1, 1], count)
    prediction = (label + chance.normal(0.5, 2, count)) * chance.choice([0, 1, 1, 1], count)
    table = evaluated(label=label, prediction=prediction, variant=variant, window=window, fold=fold)
    for cell, part in statistics(table, REGRESSION).items():
        of = rows_of(variant, window, cell)
        y, said = label[of], prediction[of]
        value = values(part, ProblemType.REGRESSION)
        assert value["mae"] == pytest.approx(sk.mean_absolute_error(y, said))
        assert value["rmse"] == pytest.approx(sk.root_mean_squared_error(y, said))
        assert value["median_absolute_error"] == pytest.approx(sk.median_absolute_error(y, said))
        assert value["pinball_loss"] == pytest.approx(sk.mean_pinball_loss(y, said))
        assert value["mean_error"] == pytest.approx(np.mean(said - y))
        if len(set(y)) > 1:
            assert value["r2"] == pytest.approx(sk.r2_score(y, said))
            assert value["explained_variance"] == pytest.approx(
                sk.explained_variance_score(y, said)
            )
        same(part.inputs["residuals"], residuals_of(y, said))


def same(found: object, expected: object) -> None:
    """All fields equal, up to rounding."""
    for name in found.__dataclass_fields__:  # type: ignore[attr-defined]
        one, other = getattr(found, name), getattr(expected, name)
        if hasattr(one, "__dataclass_fields__"):
            same(one, other)
        else:
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=name)


@modest
@given(seeds)
def test_the_folds_add_up_to_the_whole(seed: int) -> None:
    chance = np.random.default_rng(seed)
    vectors = chance.dirichlet(np.ones(4), 200)
    label = chance.integers(0, 4, 200)
    binary = (vectors[:, 0] > 0.3).astype(int)
    _, _, fold = cells(chance, 200)
    of_vectors = evaluated(
        label=label, prediction=vectors.argmax(axis=1), probabilities=vectors, fold=fold
    )
    of_scores = evaluated(
        label=binary, prediction=binary, probability=vectors[:, 0].round(2), fold=fold
    )
    of_values = evaluated(label=vectors[:, 0], prediction=vectors[:, 1], fold=fold)
    for table, configuration in (
        (of_vectors, MULTICLASS),
        (of_scores, BINARY),
        (of_values, REGRESSION),
    ):
        (part,) = statistics(table, configuration).values()
        assert len(part.folds) == FOLDS
        for name, whole in part.inputs.items():
            folds: list[Any] = [fold[name] for fold in part.folds if name in fold]
            if isinstance(whole, Residuals):
                median = whole.median_absolute_error
                same(Residuals.merge(folds, median), whole)
            elif isinstance(whole, ConfusionMatrix):
                merged = ConfusionMatrix.merge(folds)
                assert merged.labels == whole.labels
                np.testing.assert_array_equal(merged.counts, whole.counts)
            elif isinstance(whole, ScoreCounts | ClassProbabilities):
                same(type(whole).merge(folds), whole)


def binary_values(
    table: ibis.Table, configuration: Configuration = BINARY
) -> dict[str, float | None]:
    (part,) = statistics(table, configuration).values()
    return values(part, ProblemType.BINARY_CLASSIFICATION)


def test_classes_are_named_by_the_response() -> None:
    names = [["cat", "dog", "eel"], ["eel", "dog", "cat"]]
    table = evaluated(
        label=["cat", "cat"], prediction=["cat", "cat"],
        probabilities=[[0.7, 0.2, 0.1], [0.1, 0.2, 0.7]], classes=names,
    )  # fmt: skip
    (part,) = statistics(table, MULTICLASS).values()
    value = values(part, ProblemType.MULTICLASS_CLASSIFICATION)
    assert value["log_loss"] == pytest.approx(-np.log(0.7))


def test_classes_are_named_by_the_settings() -> None:
    table = evaluated(
        label=["1", "dog"], prediction=["1", "1"],
        probabilities=[[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]],
    )  # fmt: skip
    configuration = Configuration(
        problem_type="MulticlassClassification", classes=("1.0", "dog", "eel")
    )
    (part,) = statistics(table, configuration).values()
    value = values(part, ProblemType.MULTICLASS_CLASSIFICATION)
    assert value["log_loss"] == pytest.approx(-np.log([0.7, 0.2]).mean())


def test_a_label_that_is_no_class_of_the_vector_counts_with_probability_zero() -> None:
    table = evaluated(
        label=["0", "whale"], prediction=["0", "0"], probabilities=[[0.8, 0.1, 0.1]] * 2
    )
    (part,) = statistics(table, MULTICLASS).values()
    found = part.inputs["class_probabilities"]
    assert isinstance(found, ClassProbabilities)
    assert found.count == 2
    assert found.label_rank.tolist() == [1, 0, 0]


def test_the_probability_of_the_predicted_label_is_turned_round_for_a_negative_one() -> None:
    label, said = ["1", "0", "1", "0"], ["1", "0", "0", "1"]
    of_positive = [0.9, 0.2, 0.4, 0.6]
    of_predicted = [0.9, 0.8, 0.6, 0.6]
    turned = Configuration(problem_type="BinaryClassification", probability_of="predicted")
    found = binary_values(evaluated(label=label, prediction=said, probability=of_predicted), turned)
    assert found == pytest.approx(
        binary_values(evaluated(label=label, prediction=said, probability=of_positive))
    )


def test_a_bare_number_is_the_probability_of_the_positive_label() -> None:
    table = evaluated(label=["1", "0", "1", "0"], prediction=[0.9, 0.2, 0.4, 0.6])
    found = binary_values(table)
    assert found["accuracy"] == 0.5
    assert found["auc"] == sk.roc_auc_score([1, 0, 1, 0], [0.9, 0.2, 0.4, 0.6])


def test_the_threshold_decides_what_a_probability_predicts() -> None:
    table = evaluated(label=["1", "0", "1", "0"], prediction=[0.9, 0.2, 0.4, 0.3])
    for threshold, accuracy in ((0.5, 0.75), (0.4, 1.0), (0.95, 0.5)):
        configuration = Configuration(problem_type="BinaryClassification", threshold=threshold)
        assert binary_values(table, configuration)["accuracy"] == accuracy


def test_a_probability_without_a_label_predicts_by_the_threshold() -> None:
    table = evaluated(
        label=["yes", "no", "yes"], prediction=[None] * 3, probability=[0.9, 0.2, 0.4]
    )
    assert binary_values(table)["accuracy"] == pytest.approx(2 / 3)


def test_a_record_with_neither_label_nor_probability_predicts_nothing() -> None:
    table = evaluated(
        label=["1", "0", "0"], prediction=["1", None, None], probability=[0.9, None, 0.2]
    )
    (part,) = statistics(table, BINARY).values()
    assert part.count == 2


def test_of_two_class_probabilities_the_positive_label_has_its_own() -> None:
    # The classes stand in the response's order, in which the positive one may be first.
    table = evaluated(
        label=["yes", "no"], prediction=["yes", "no"],
        probabilities=[[0.9, 0.1], [0.2, 0.8]], classes=[["yes", "no"]] * 2, probability=[0.1, 0.8],
    )  # fmt: skip
    assert binary_values(table)["auc"] == 1.0


def test_text_labels_with_the_positive_one_from_the_settings() -> None:
    table = evaluated(label=["good", "bad", "good"], prediction=["good", "good", "bad"])
    configuration = Configuration(problem_type="BinaryClassification", positive_label="bad")
    (part,) = statistics(table, configuration).values()
    matrix = part.inputs["confusion_matrix"]
    assert isinstance(matrix, ConfusionMatrix)
    assert matrix.labels == ("good", "bad")
    assert matrix.counts.tolist() == [[1, 1], [1, 0]]


def test_a_binary_matrix_has_both_classes_where_only_one_occurred() -> None:
    (part,) = statistics(evaluated(label=["0"] * 3, prediction=["0"] * 3), BINARY).values()
    matrix = part.inputs["confusion_matrix"]
    assert isinstance(matrix, ConfusionMatrix)
    assert matrix.labels == ("0", "1")
    assert matrix.counts.tolist() == [[3, 0], [0, 0]]


def test_one_record_has_values_where_they_are_defined() -> None:
    found = binary_values(evaluated(label=["1"], prediction=["1"], probability=[0.8]))
    assert found["accuracy"] == 1.0
    assert found["recall"] == 1.0
    assert found["auc"] is None
    assert found["true_negative_rate"] is None
    (part,) = statistics(evaluated(label=[3.5], prediction=[3.0]), REGRESSION).values()
    value = values(part, ProblemType.REGRESSION)
    assert value["mae"] == 0.5
    assert value["median_absolute_error"] == 0.5
    assert value["r2"] is None


@pytest.mark.parametrize("configuration", [BINARY, MULTICLASS, REGRESSION])
def test_without_records_there_are_no_statistics(configuration: Configuration) -> None:
    empty = evaluated(label=[], prediction=[])
    needed = {"label", "prediction", "label_value"}
    assert statistics(empty, configuration, needed) == {}


def test_records_that_cannot_be_compared_count_nothing() -> None:
    table = evaluated(label=["high", "low"], prediction=[1.5, 2.5])
    for needed in (set(), {"label_value"}):
        for part in statistics(table, REGRESSION, needed).values():
            assert part.count == 0


def test_class_probabilities_without_predicted_labels_are_aggregated() -> None:
    table = evaluated(label=["0", "2"], prediction=[None] * 2, probabilities=[[0.8, 0.1, 0.1]] * 2)
    (part,) = statistics(table, MULTICLASS).values()
    value = values(part, ProblemType.MULTICLASS_CLASSIFICATION)
    assert value["accuracy"] is None
    assert value["log_loss"] is not None


@pytest.mark.parametrize("large", [1e19, 1e139])
def test_large_numbers_are_computed_with(large: float) -> None:
    table = evaluated(label=[large, 0.0, 1.0], prediction=[-large, 1.0, 1.0])
    (part,) = statistics(table, REGRESSION).values()
    assert values(part, ProblemType.REGRESSION)["mae"] == pytest.approx(2 * large / 3)


def test_equal_labels_and_labels_next_to_nothing_are_computed_with() -> None:
    # The mean of three times 999.7 is not 999.7, and 1 / 1e-310 is no double.
    for label in (999.7, 1e-310):
        table = evaluated(label=[label] * 3, prediction=[label + 0.1] * 3, fold=[0] * 3)
        (part,) = statistics(table, REGRESSION).values()
        value = values(part, ProblemType.REGRESSION)
        assert value["mae"] == pytest.approx(0.1)
        assert value["mape"] is not None
        assert value["r2"] is None


def test_numbers_too_large_for_a_square_are_set_aside() -> None:
    table = evaluated(label=[1e200, 0.0, 1.0], prediction=[-1e200, 1.0, 2.0])
    (part,) = statistics(table, REGRESSION).values()
    assert part.count == 2
    assert values(part, ProblemType.REGRESSION)["mae"] == 1.0


def test_a_metric_of_the_users_own_gets_the_distinct_rows_with_their_weights() -> None:
    table = evaluated(label=["1", "1", "0"], prediction=["1", "1", "1"], probability=[0.5] * 3)
    (part,) = statistics(table, BINARY, {"label", "weight"}).values()
    label, weight = part.inputs["label"], part.inputs["weight"]
    assert isinstance(label, np.ndarray)
    assert isinstance(weight, np.ndarray)
    assert {name: weight[label == name].sum() for name in ("0", "1")} == {"0": 1, "1": 2}


def test_costs_are_given_in_any_writing_of_the_labels() -> None:
    table = evaluated(label=[True, False, False], prediction=["1", "1", "0"])
    costs = {"1.0": {"0": 100.0}, "false": {"true": 6.0}}
    configuration = Configuration(problem_type="BinaryClassification", cost_matrix=costs)
    assert binary_values(table, configuration)["expected_cost"] == 2.0


def test_metrics_without_an_option_do_not_apply() -> None:
    names = {metric.name for metric in registered(ProblemType.BINARY_CLASSIFICATION)}
    assert "expected_cost" in names
    found: dict[str, Any] = binary_values(evaluated(label=["1"], prediction=["1"]))
    assert "expected_cost" not in found


def test_labels_meet_in_canonical_form() -> None:
    written: list[object] = [1, 1.0, "1", "1.0", True, "true"]
    assert set(canonical_labels([str(value) for value in written]).to_pylist()) == {"1"}


def test_a_threshold_of_the_settings_comes_before_the_label_of_the_response() -> None:
    table = evaluated([1, 0], [0, 0], probability=[0.4, 0.1])
    accuracy = {}
    for threshold in (None, 0.3):
        configuration = Configuration(problem_type="BinaryClassification", threshold=threshold)
        (found,) = statistics(table, configuration).values()
        assert found.inputs["threshold"] == (threshold or 0.5)
        accuracy[threshold] = values(found, ProblemType.BINARY_CLASSIFICATION)["accuracy"]
    assert accuracy == {None: 0.5, 0.3: 1.0}


def test_a_threshold_decides_over_vectors_of_two_and_labels_without_probability_stay() -> None:
    names = [("no", "yes")] * 3
    table = evaluated(
        ["yes", "no", "yes"],
        ["no", "no", "yes"],
        probability=[0.4, 0.1, 0.8],
        probabilities=[[0.6, 0.4], [0.9, 0.1], [0.2, 0.8]],
        classes=names,
    )
    configuration = Configuration(problem_type="BinaryClassification", threshold=0.3)
    (found,) = statistics(table, configuration).values()
    assert values(found, ProblemType.BINARY_CLASSIFICATION)["accuracy"] == 1.0
    table = evaluated([1, 0], [1, 0], probability=[None, 0.9])
    (found,) = statistics(table, configuration).values()
    assert values(found, ProblemType.BINARY_CLASSIFICATION)["accuracy"] == 0.5


def test_what_cannot_be_compared_has_no_statistics() -> None:
    assert statistics(evaluated(["cat", "dog"], [0, 1]), MULTICLASS) == {}
