"""What is inferred of a model from its records, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest

from inference_records.configuration import Configuration
from monitor.binary import read_binary
from monitor.interpret import interpret
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

from .rows import evaluated

BINARY = ProblemType.BINARY_CLASSIFICATION
MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION
REGRESSION = ProblemType.REGRESSION


def read(label: list[object], prediction: list[object], **others: object) -> Interpretation:
    return interpret(evaluated(label, prediction, **others), Configuration())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("label", "prediction", "expected"),
    [
        pytest.param([1, 0, 1], [1, 0, 0], BINARY, id="zero and one"),
        pytest.param(["no", "yes"], ["no", "no"], BINARY, id="two texts"),
        pytest.param([1, 0], [0.7, 0.2], BINARY, id="bare probabilities"),
        pytest.param([1, 0, 0], [1.0, 0.2, 0.0], BINARY, id="saturated probabilities"),
        pytest.param([True, False], [True, False], BINARY, id="booleans"),
        pytest.param(["a", "b", "c"], ["a", "b", "c"], MULTICLASS, id="three texts"),
        pytest.param([0, 1, 2], [0, 1, 2], MULTICLASS, id="three numbers"),
        pytest.param([0, 1], [0, 2], MULTICLASS, id="a third class is only predicted"),
        pytest.param([1.5, 2.5], [1, 2], REGRESSION, id="fractional labels"),
        pytest.param([3, 5], [3.2, 4.9], REGRESSION, id="few records of a regression"),
        pytest.param([250_000], [251_000.5], REGRESSION, id="one record of a regression"),
        pytest.param([3, 5, 9], [0.5, 0.25, 0.125], REGRESSION, id="whole labels"),
        pytest.param(list(range(60)), list(range(60)), REGRESSION, id="many whole numbers"),
        pytest.param([1e19, 2.0, 3.0], [1e19, 2e18, 0.5], REGRESSION, id="large numbers"),
    ],
)
def test_the_problem_type_is_inferred_and_said_so(
    label: list[object], prediction: list[object], expected: ProblemType
) -> None:
    found = read(label, prediction)
    assert found.problem_type is expected
    assert f'settle it with "problem_type": "{expected}"' in found.notes[0]


def test_vectors_of_more_than_two_classes_are_of_many_classes_even_if_two_occur() -> None:
    vectors = [[0.2, 0.3, 0.5], [0.3, 0.5, 0.2]]
    assert read([2, 1], [2, 1], probabilities=vectors).problem_type is MULTICLASS


def test_settings_come_before_the_baseline_and_the_baseline_before_the_data() -> None:
    table = evaluated([0, 1, 2], [0, 1, 2])
    settings = Configuration(problem_type="Regression")
    assert interpret(table, settings, MULTICLASS).problem_type is REGRESSION
    found = interpret(evaluated([0, 1], [0, 2]), Configuration(positive_label=1), BINARY)
    assert found.problem_type is BINARY
    assert found.notes == ()


@pytest.mark.parametrize(
    ("label", "prediction", "positive", "negative"),
    [
        pytest.param([0, 1], [0, 1], "1", "0", id="zero and one"),
        pytest.param([0, 0], [0, 0], "1", "0", id="only zero"),
        pytest.param([1], [1], "1", "0", id="only one"),
        pytest.param([-1, 1], [1, 1], "1", "-1", id="minus one and one"),
        pytest.param(["no", "yes"], ["no", "no"], "yes", "no", id="texts"),
        pytest.param(["no", "no"], ["yes", "no"], "yes", "no", id="a class is only predicted"),
        pytest.param([], [], "1", "0", id="no records"),
    ],
)
def test_the_positive_label_is_one_or_the_last(
    label: list[object], prediction: list[object], positive: str, negative: str
) -> None:
    found = read(label, prediction)
    assert (found.positive, found.negative) == (positive, negative)
    assert any("positive_label" in note for note in found.notes) == (positive != "1")


def test_the_positive_label_of_the_settings_is_canonical() -> None:
    settings = Configuration(problem_type="BinaryClassification", positive_label=True)
    assert interpret(evaluated([0, 1], [0, 1]), settings).positive == "1"
    settings = Configuration(problem_type="BinaryClassification", positive_label="0.0")
    found = interpret(evaluated([0, 1], [0, 1]), settings, positive="1")
    assert (found.positive, found.negative) == ("0", "1")


def test_the_positive_label_of_the_baseline_is_taken() -> None:
    found = interpret(evaluated(["bad", "good"], ["bad"] * 2), Configuration(), BINARY, "bad")
    assert (found.positive, found.negative, found.notes) == ("bad", "good", ())


@pytest.mark.parametrize(
    ("prediction", "probability", "scored"),
    [
        ([0.1, 0.9], None, True),
        ([0.0, 1.0], None, False),
        ([0.1, 1.9], None, False),
        ([-0.1, 0.9], None, False),
        (["no", "yes"], None, False),
        ([0.1, 0.9], [0.1, 0.9], False),
    ],
)
def test_bare_fractions_between_zero_and_one_are_probabilities(
    prediction: list[object], probability: list[float] | None, scored: bool
) -> None:
    table = evaluated([0, 1], prediction, probability=probability)
    assert interpret(table, Configuration(), BINARY).scored is scored


@pytest.mark.parametrize(
    ("classes", "positive", "negative"), [([1, 2], "2", "1"), ([0, 2], "2", "0"), ([2], "2", None)]
)
def test_one_is_positive_only_beside_zero_or_minus_one(
    classes: list[object], positive: str, negative: str | None
) -> None:
    found = read(classes, classes)
    assert (found.positive, found.negative) == (positive, negative or "not 2")
    assert any(f'"positive_label": "{positive}"' in note for note in found.notes)


@pytest.mark.parametrize(
    ("label", "prediction", "line"),
    [
        pytest.param(["cat", "dog"], [0, 1], '"classes": ["cat", "dog"]', id="class numbers"),
        pytest.param(["cat"], [2], '"classes": ["cat"]', id="one record"),
        pytest.param([0, 1], ["prob_0", "prob_1"], '"classes": ["0", "1"]', id="column names"),
        pytest.param([10, 20] * 10, [0, 1] * 10, '"classes": ["10", "20"]', id="other numbers"),
    ],
)
@pytest.mark.parametrize("problem_type", [BINARY, MULTICLASS])
def test_classes_that_share_nothing_with_the_labels_are_not_judged(
    label: list[object], prediction: list[object], line: str, problem_type: ProblemType
) -> None:
    found = interpret(evaluated(label, prediction), Configuration(problem_type=problem_type.value))
    assert found.refused is not None
    assert line in found.refused


def test_few_records_may_all_be_predicted_wrongly() -> None:
    assert read([1, 1], [0, 0]).refused is None
    assert read(["yes"], ["no"]).refused is None
    assert read(["a", "b"], ["c", "d"]).refused is None
    assert read([1] * 100, [0] * 100).refused is None


SURE = {"label": ["NEG", "POS"] * 10, "prediction": ["POS", "NEG"] * 10, "probability": [0.5] * 20}


def test_probabilities_that_are_never_below_one_half_are_the_predicted_labels() -> None:
    found = read(**SURE)  # type: ignore[arg-type]
    assert found.of_predicted
    assert any('"probability_of": "predicted"' in note for note in found.notes)


@pytest.mark.parametrize(
    "changed",
    [
        {"probability": [0.5] * 19 + [0.49]},
        {"prediction": ["POS"] * 20},
        {"label": ["NEG"], "prediction": ["POS"], "probability": [0.9]},
        {"probabilities": [[0.5, 0.5]] * 20},
    ],
)
def test_without_evidence_the_probability_is_the_positive_labels(changed: dict[str, Any]) -> None:
    found = interpret(
        evaluated(**{**SURE, **changed}), Configuration(problem_type="BinaryClassification")
    )
    assert not found.of_predicted


def test_the_settings_say_whose_the_probability_is() -> None:
    table = evaluated(**SURE)  # type: ignore[arg-type]
    assert not interpret(table, Configuration(probability_of="positive")).of_predicted
    assert interpret(table, Configuration(probability_of="predicted")).of_predicted


def test_a_score_that_was_rounded_beyond_one_leaves_the_others_scores() -> None:
    table = evaluated([0, 1, 1, 0], [0.2, 0.9, 1.0000002, -0.0000002])
    found = interpret(table, Configuration())
    assert (found.problem_type, found.scored, found.refused) == (BINARY, True, None)
    scores = read_binary(table, found, Configuration()).to_pyarrow()
    assert sorted(scores["probability"].to_pylist()) == [0.0, 0.2, 0.9, 1.0]
    assert sorted(scores["prediction"].to_pylist()) == ["0", "0", "1", "1"]


def test_raw_margins_of_a_binary_model_are_not_judged() -> None:
    found = interpret(evaluated([0, 1], [-3.5, 2.25]), Configuration(), BINARY)
    assert found.refused is not None
    assert "from -3.5 to 2.25" in found.refused


def test_more_labels_than_a_classifier_has_are_not_judged() -> None:
    names = [f"name {number}" for number in range(5_001)]
    found = read(names, names)  # type: ignore[arg-type]
    assert found.refused is not None
    assert "more than 5,000 different labels" in found.refused
    assert read(names[1:], names[1:]).refused is None  # type: ignore[arg-type]
