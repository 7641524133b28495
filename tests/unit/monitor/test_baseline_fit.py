"""A baseline of another kind of model is refused, and one that may be right never is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_records.configuration import Configuration
from monitor.baseline import Baseline
from monitor.baseline_fit import MISFIT, WrongBaseline, check_fits, check_read, misfit
from monitor.facts import NO_FACTS, Facts
from monitor.interpretation import Interpretation
from monitor.metrics import ProblemType

TENTHS = [77.3, 102.1, 123.7, 136.2, 151.3, 169.1, 183.1, 204.7, 227.6]
REGRESSION = Baseline(problem_type=ProblemType.REGRESSION, details={"tenths": TENTHS})
BINARY = Baseline(
    problem_type=ProblemType.BINARY_CLASSIFICATION,
    details={"confusion_matrix": {"0": {"0": 9, "1": 1}, "1": {"0": 1, "1": 9}}},
)
DIGITS = Baseline(
    problem_type=ProblemType.MULTICLASS_CLASSIFICATION,
    details={"confusion_matrix": {str(n): {str(n): 10} for n in range(10)}},
)
TWO_LABELS = replace(
    NO_FACTS, records=100, probabilities=100, labelled_probabilities=100, lowest=0.0, highest=1.0,
    lowest_probability=0.001, labels=("0", "1"), predicted=("0", "1"),
)  # fmt: skip
TEN_LABELS = replace(
    TWO_LABELS, probabilities=0, labelled_probabilities=0, vectors=100, lowest_probability=None,
    labels=tuple(map(str, range(10))), predicted=tuple(map(str, range(10))),
)  # fmt: skip
NUMBERS = replace(
    NO_FACTS, records=100, fractional_predictions=97, fractional_labels=0, lowest=-57.4,
    highest=324.1, labels=("90", "151", "202"),
)  # fmt: skip
OWN = [(REGRESSION, NUMBERS), (BINARY, TWO_LABELS), (DIGITS, TEN_LABELS)]


@pytest.mark.parametrize("facts", [TWO_LABELS, TEN_LABELS, NUMBERS])
@pytest.mark.parametrize("baseline", [REGRESSION, BINARY, DIGITS])
def test_only_the_baseline_of_its_own_kind_fits_a_model(baseline: Baseline, facts: Facts) -> None:
    found = misfit(facts, baseline, Configuration())
    assert (found is None) == ((baseline, facts) in OWN)
    if found is not None:
        assert str(baseline.problem_type) in found
        assert "python -m monitor baseline" in found


def test_whoever_says_the_problem_type_is_believed() -> None:
    settings = Configuration(problem_type="Regression")
    assert misfit(TWO_LABELS, REGRESSION, settings) is None
    check_fits(REGRESSION, settings, "monitor.json")


def test_settings_that_speak_of_another_problem_are_told_with_both_files() -> None:
    baseline = replace(REGRESSION, address="s3://b/monitors/churn/constraints.json")
    with pytest.raises(WrongBaseline) as raised:
        check_fits(baseline, Configuration(problem_type="BinaryClassification"), "m/monitor.json")
    told = str(raised.value)
    for part in (
        "s3://b/monitors/churn/constraints.json",
        "Regression",
        "m/monitor.json",
        '"problem_type": "BinaryClassification"',
        "python -m monitor baseline",
    ):
        assert part in told


@pytest.mark.parametrize("baseline", [REGRESSION, BINARY, DIGITS, Baseline()])
def test_a_handful_of_records_is_evidence_of_nothing(baseline: Baseline) -> None:
    for facts in (TWO_LABELS, TEN_LABELS, NUMBERS):
        assert misfit(replace(facts, records=19), baseline, Configuration()) is None


@given(st.sets(st.sampled_from([str(n) for n in range(10)]), min_size=1))
def test_a_window_with_some_of_the_classes_may_be_of_the_model(classes: set[str]) -> None:
    some = tuple(sorted(classes))
    facts = replace(TEN_LABELS, labels=some, predicted=some)
    assert misfit(facts, DIGITS, Configuration()) is None


def test_counts_may_be_predicted_where_the_baseline_predicts_counts() -> None:
    counts = replace(REGRESSION, details={"tenths": [0, 0, 1, 1, 1, 2, 2, 3, 4]})
    facts = replace(NUMBERS, fractional_predictions=0, labels=("0", "1"), predicted=("0", "1"))
    assert misfit(facts, counts, Configuration()) is None
    assert misfit(facts, REGRESSION, Configuration()) is not None


def test_names_and_classes_that_the_baseline_never_saw_do_not_fit() -> None:
    names = replace(TEN_LABELS, labels=("cat", "dog"), predicted=("cat", "dog"), text_labels=100)
    assert misfit(names, DIGITS, Configuration()) is not None
    assert misfit(replace(names, vectors=0), REGRESSION, Configuration()) is not None


def test_a_run_is_refused_only_where_no_window_fits() -> None:
    bad = Interpretation(ProblemType.REGRESSION, refused=f"{MISFIT}: it says so")
    good = Interpretation(ProblemType.REGRESSION)
    check_read([], REGRESSION)
    check_read([bad, good], REGRESSION)
    check_read([replace(bad, refused="they share no class")], REGRESSION)
    with pytest.raises(WrongBaseline, match="the baseline: the baseline is of another kind"):
        check_read([bad, bad], REGRESSION)
