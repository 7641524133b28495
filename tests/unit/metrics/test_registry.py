"""The mechanism: what may be registered, what is called with what, what becomes of a failure."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from monitor.metrics import (
    REGISTRY,
    ConfusionMatrix,
    CustomMetricError,
    MetricValue,
    ProblemType,
    RegistrationError,
    Registry,
    Undefined,
    load_custom,
    registered,
)

from .conftest import matrix_of

BINARY = ProblemType.BINARY_CLASSIFICATION
MULTICLASS = ProblemType.MULTICLASS_CLASSIFICATION
REGRESSION = ProblemType.REGRESSION


def doubled(threshold: float) -> float:
    """Twice the threshold.

    Not published.
    """
    return 2 * threshold


@pytest.fixture
def registry() -> Registry:
    return Registry()


@pytest.fixture
def restored() -> Iterator[None]:
    with REGISTRY.restored():
        yield


def test_a_metric_is_published_by_its_name_first_docstring_line_and_parameters(
    registry: Registry,
) -> None:
    assert registry.metric(BINARY, REGRESSION, higher_is_better=False)(doubled) is doubled
    (entry,) = registry.registered(REGRESSION)
    assert (entry.name, entry.description) == ("doubled", "Twice the threshold.")
    assert (entry.parameters, entry.higher_is_better) == (("threshold",), False)
    assert not entry.suggested
    assert registry.registered(MULTICLASS) == []
    assert registry.evaluate(BINARY, {"threshold": 0.5}) == {"doubled": MetricValue(1.0)}


def undocumented(threshold: float) -> float:
    return threshold


def without_annotation(threshold) -> float:  # type: ignore[no-untyped-def]
    """Threshold."""
    return float(threshold)


def without_result(threshold: float):  # type: ignore[no-untyped-def]
    """Threshold."""
    return threshold


def of_anything(**inputs: object) -> float:
    """Anything."""
    return float(len(inputs))


def misspelt(probabilty: float) -> float:
    """Probability."""
    return probabilty


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (undocumented, "metric undocumented has no docstring to publish"),
        (without_annotation, "metric without_annotation: threshold has no annotation"),
        (without_result, "metric without_result: its result has no annotation"),
        (of_anything, r"metric of_anything: \*\*inputs: object does not name one input"),
        (misspelt, "metric misspelt: probabilty is not one of the inputs class_probabilities, "),
        (float, "a metric is a function, not <class 'float'>"),
    ],
)
def test_what_is_not_documented_and_annotated_is_no_metric(
    registry: Registry, function: Callable[..., float], message: str
) -> None:
    with pytest.raises(RegistrationError, match=message):
        registry.metric(BINARY, higher_is_better=True)(function)
    with pytest.raises(RegistrationError, match=message):
        registry.detail(BINARY)(function)
    assert registry.entries == {}


def test_a_name_is_registered_once_for_a_problem_type(registry: Registry) -> None:
    registry.metric(BINARY, higher_is_better=True)(doubled)
    with pytest.raises(RegistrationError, match="doubled is registered twice for Binary"):
        registry.detail(REGRESSION, BINARY)(doubled)
    assert registry.registered(REGRESSION, details=True) == []
    registry.metric(REGRESSION, higher_is_better=True)(doubled)


def test_a_metric_names_a_problem_type_a_direction_and_a_matrix_where_they_matter(
    registry: Registry,
) -> None:
    with pytest.raises(RegistrationError, match="names no problem type"):
        registry.metric(higher_is_better=True)(doubled)
    with pytest.raises(RegistrationError, match="a suggested constraint needs a direction"):
        registry.metric(BINARY, higher_is_better=None, suggested=True)(doubled)
    with pytest.raises(RegistrationError, match="nothing but a confusion_matrix"):
        registry.metric(BINARY, higher_is_better=True, constant_classifier=True)(doubled)


def test_a_constant_classifier_predicts_the_most_frequent_label(registry: Registry) -> None:
    def seen(confusion_matrix: ConfusionMatrix, threshold: float) -> float:
        """Cell of the first label predicted as the second."""
        return threshold * int(confusion_matrix.counts[0, 1])

    registry.metric(BINARY, higher_is_better=True, suggested=True, constant_classifier=True)(seen)
    of_itself, of_constant = registry.registered(BINARY)
    assert of_constant.name == "seen_best_constant_classifier"
    assert of_constant.description == "The seen of always predicting the most frequent label."
    assert (of_itself.suggested, of_constant.suggested) == (True, False)
    assert of_constant.higher_is_better is None
    inputs = {"confusion_matrix": matrix_of("01111", "00011", "1"), "threshold": 10}
    assert registry.evaluate(BINARY, inputs) == {
        "seen": MetricValue(0.0),
        "seen_best_constant_classifier": MetricValue(10.0),
    }
    tied = {"confusion_matrix": matrix_of("01", "11", "1"), "threshold": 10}
    assert registry.evaluate(BINARY, tied)[of_constant.name] == MetricValue(0.0)


def test_a_missing_statistic_is_a_reason_and_a_missing_option_is_silence(
    registry: Registry,
) -> None:
    def with_default(threshold: float = 0.5) -> float:
        """Threshold."""
        return threshold

    def of_probability(probability: object) -> float:
        """Probability."""
        return float(str(probability))

    for function in (doubled, with_default, of_probability):
        registry.metric(BINARY, higher_is_better=True)(function)
    reason = "needs probabilities, and the response carries none"
    nothing = MetricValue(None, reason, unavailable=True)
    assert registry.evaluate(BINARY, {"threshold": None, "probability": None}) == {
        "with_default": MetricValue(0.5),
        "of_probability": nothing,
    }
    assert registry.evaluate(BINARY, {"threshold": 2}) == {
        "doubled": MetricValue(4.0),
        "with_default": MetricValue(2.0),
        "of_probability": nothing,
    }


def raising(error: Exception) -> Callable[[float], float]:
    def failing(threshold: float) -> float:
        """Fail."""
        raise error

    return failing


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Undefined("no record is blue"), "no record is blue"),
        (ZeroDivisionError("by zero"), "failing failed: ZeroDivisionError: by zero"),
        (KeyError("blue"), "failing failed: KeyError: 'blue'"),
        (TypeError("blue"), "failing failed: TypeError: blue"),
        (NameError("blue"), "failing failed: NameError: blue"),
    ],
)
def test_a_failing_metric_is_a_reason_beside_the_good_ones(
    registry: Registry, error: Exception, reason: str
) -> None:
    registry.metric(BINARY, higher_is_better=True)(raising(error))
    registry.metric(BINARY, higher_is_better=True)(doubled)
    found = registry.evaluate(BINARY, {"threshold": 1})
    unavailable = not isinstance(error, Undefined)
    assert found["failing"] == MetricValue(None, reason, unavailable)
    assert found["doubled"] == MetricValue(2.0)


def test_a_failing_detail_is_an_error_and_an_undefined_one_is_left_out(registry: Registry) -> None:
    registry.detail(BINARY)(raising(KeyError("blue")))
    registry.detail(REGRESSION)(raising(Undefined("blue")))
    registry.detail(MULTICLASS)(doubled)
    inputs = {"threshold": 1}
    assert registry.details(BINARY, inputs) == {
        "failing": {"error": "failing failed: KeyError: 'blue'"}
    }
    assert registry.details(REGRESSION, inputs) == {}
    assert registry.details(MULTICLASS, inputs) == {"doubled": 2}
    assert registry.details(MULTICLASS, {}) == {}


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_a_result_that_is_not_finite_is_no_value(registry: Registry, value: float) -> None:
    registry.metric(BINARY, higher_is_better=True)(doubled)
    found = registry.evaluate(BINARY, {"threshold": value})
    assert found == {"doubled": MetricValue(None, f"not finite: {value}")}


CUSTOM = '''
from monitor.metrics import ConfusionMatrix, ProblemType, metric


@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)
def {name}(confusion_matrix: ConfusionMatrix) -> float:
    """Records, in thousands."""
    return confusion_matrix.count / 1000
'''


@pytest.mark.usefixtures("restored")
def test_a_users_file_adds_metrics_and_may_be_loaded_again_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "email.py"  # the name of a standard module does no harm
    file.write_text(CUSTOM.format(name="thousands"))
    assert load_custom(file) == ["thousands"]
    assert load_custom(str(file)) == ["thousands"]
    file.write_text(CUSTOM.format(name="kilo_records"))
    assert load_custom(file) == ["kilo_records"]
    names = {entry.name for entry in registered(BINARY)}
    assert "kilo_records" in names
    assert "thousands" not in names
    found = REGISTRY.evaluate(BINARY, {"confusion_matrix": matrix_of("01", "01", "1")})
    assert found["kilo_records"] == MetricValue(0.002)


@pytest.mark.usefixtures("restored")
def test_two_files_of_one_name_are_two_modules(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "metrics.py"
        file.write_text(CUSTOM.format(name=name))
        assert load_custom(file) == [name]
    assert {"one", "two"} <= {entry.name for entry in registered(BINARY)}


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("def broken(:", "SyntaxError"),
        (CUSTOM.format(name="fine") + "\nraise LookupError('blue')", "LookupError: blue"),
        (CUSTOM.format(name="accuracy"), "accuracy is registered twice"),
    ],
)
def test_a_file_that_fails_is_named_and_leaves_the_registry_as_it_was(
    tmp_path: Path, source: str, message: str
) -> None:
    before = dict(REGISTRY.entries)
    file = tmp_path / "mine.py"
    file.write_text(source)
    with pytest.raises(CustomMetricError, match=rf"mine\.py: .*{message}"):
        load_custom(file)
    assert before == REGISTRY.entries
    with pytest.raises(CustomMetricError, match=r"absent\.py is no Python file"):
        load_custom(tmp_path / "absent.py")


def test_suggested_metrics_are_those_of_sagemakers_baseline_job() -> None:
    def suggested(problem_type: ProblemType, *, higher_is_better: bool) -> set[str]:
        return {
            entry.name
            for entry in registered(problem_type)
            if entry.suggested and entry.higher_is_better == higher_is_better
        }

    weighted = {"weighted_" + name for name in ("recall", "precision", "f0_5", "f1", "f2")}
    rates = {"true_positive_rate", "true_negative_rate"}
    binary = {"recall", "precision", "accuracy", "auc", "f0_5", "f1", "f2"} | rates
    assert suggested(BINARY, higher_is_better=True) == binary
    assert suggested(BINARY, higher_is_better=False) == {
        "false_positive_rate",
        "false_negative_rate",
    }
    assert suggested(MULTICLASS, higher_is_better=True) == weighted | {"accuracy"}
    assert suggested(REGRESSION, higher_is_better=True) == {"r2"}
    assert suggested(REGRESSION, higher_is_better=False) == {"mae", "mse", "rmse"}


def test_constant_classifiers_are_those_of_sagemaker() -> None:
    ending = "_best_constant_classifier"
    for problem_type, names in {
        BINARY: {"recall", "precision", "accuracy", "f0_5", "f1", "f2"},
        MULTICLASS: {"accuracy"}
        | {"weighted_" + name for name in ("recall", "precision", "f0_5", "f1", "f2")},
        REGRESSION: set(),
    }.items():
        found = {entry.name for entry in registered(problem_type)}
        constants = {name.removesuffix(ending) for name in found if name.endswith(ending)}
        assert constants == names


def test_published_descriptions_are_whole_sentences() -> None:
    for problem_type in ProblemType:
        for details in (False, True):
            for entry in registered(problem_type, details=details):
                assert entry.description[0].isupper(), entry.name
                assert entry.description.endswith("."), entry.name
