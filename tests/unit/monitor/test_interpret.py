"""What is inferred of a model from its records, and what is said of it."""

from __future__ import annotations

import pytest

from inference_records.configuration import Configuration
from monitor.interpret import Interpretation, interpret
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
    found = interpret(table, Configuration(), BINARY)
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
