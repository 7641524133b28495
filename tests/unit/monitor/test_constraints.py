"""Constraints: the forms that are read, the ones that are suggested, and the check."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.constraints import (
    BadConstraints,
    Check,
    Constraint,
    Operator,
    Status,
    check,
    overall,
    parse,
    suggest,
)
from monitor.metrics import MetricValue, ProblemType, registered
from monitor.reports import constraints

LESS, GREATER = Operator.LESS, Operator.GREATER


def rule(threshold: object, operator: object = "LessThanThreshold") -> dict[str, object]:
    return {"threshold": threshold, "comparison_operator": operator}


@pytest.mark.parametrize(
    ("section", "problem_type"),
    [
        ("binary_classification", ProblemType.BINARY_CLASSIFICATION),
        ("multiclass_classification", ProblemType.MULTICLASS_CLASSIFICATION),
        ("regression", ProblemType.REGRESSION),
    ],
)
def test_sagemakers_schema_tells_the_problem_type(section: str, problem_type: ProblemType) -> None:
    document = {
        "version": 0.0,
        f"{section}_constraints": {
            "mae": rule(0.5, "GreaterThanThreshold"),
            "own_metric": rule(-3),
        },
    }
    found = parse(document)
    assert found.problem_type is problem_type
    assert found.items == (
        Constraint("mae", GREATER, 0.5),
        Constraint("own_metric", LESS, -3.0),
    )


def test_the_aws_samples_form_needs_no_operator() -> None:
    document = {
        "accuracy": {"threshold": 0.9},
        "false_positive_rate": {"threshold": 0.1},
        "rmse": {"threshold": 2},
    }
    found = parse(document)
    assert found.problem_type is None
    assert found.items == (
        Constraint("accuracy", LESS, 0.9),
        Constraint("false_positive_rate", GREATER, 0.1),
        Constraint("rmse", GREATER, 2.0),
    )


@pytest.mark.parametrize("document", [{}, {"version": 0.0}, {"regression_constraints": {}}])
def test_there_may_be_no_constraint(document: dict[str, Any]) -> None:
    assert parse(document).items == ()


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "c.json: not a JSON object"),
        ({"accuracy": 0.9}, "c.json.accuracy: threshold is no number"),
        ({"accuracy": {}}, "c.json.accuracy: threshold is no number"),
        ({"accuracy": {"threshold": "0.9"}}, "c.json.accuracy: threshold is no number"),
        ({"accuracy": {"threshold": True}}, "c.json.accuracy: threshold is no number"),
        ({"accuracy": {"threshold": None}}, "c.json.accuracy: threshold is no number"),
        ({"mine": {"threshold": 1}}, "c.json.mine: comparison_operator is missing"),
        ({"mean_error": {"threshold": 1}}, "c.json.mean_error: comparison_operator is missing"),
        (
            {"regression_constraints": {"mae": rule(1, "Above")}},
            (
                "c.json: regression_constraints.mae: comparison_operator 'Above' is none of "
                "LessThanThreshold, GreaterThanThreshold"
            ),
        ),
        ({"regression_constraints": [1]}, "c.json: regression_constraints: not a JSON object"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(document: object, message: str) -> None:
    with pytest.raises(BadConstraints) as caught:
        parse(document, "c.json")
    assert str(caught.value) == message


def test_what_is_written_is_read_again() -> None:
    rules = (Constraint("mae", GREATER, 1.25), Constraint("r2", LESS, -0.5))
    found = parse(constraints(ProblemType.REGRESSION, rules))
    assert found.items == rules
    assert found.problem_type is ProblemType.REGRESSION


def values(**known: float | None) -> dict[str, MetricValue]:
    return {
        name: MetricValue(value, None if value is not None else "undefined, because")
        for name, value in known.items()
    }


def suggested(margin: float = 0.0, **known: float | None) -> dict[str, float]:
    metrics = [metric for kind in ProblemType for metric in registered(kind)]
    rules = suggest(metrics, values(**known), margin)
    return {item.metric: item.threshold for item in rules}


def test_the_suggested_threshold_is_the_baselines_value() -> None:
    assert suggested(accuracy=0.9, mae=1.5, r2=-0.25) == {
        "accuracy": 0.9,
        "mae": 1.5,
        "r2": -0.25,
    }


def test_a_margin_moves_the_threshold_to_the_bad_side() -> None:
    found = suggested(0.1, accuracy=0.9, mae=2.0, r2=-1.0)
    assert found["accuracy"] < 0.9
    assert found["mae"] > 2.0
    assert found["r2"] < -1.0


def test_undefined_metrics_and_those_of_the_constant_classifier_get_no_constraint() -> None:
    found = suggested(auc=None, accuracy_best_constant_classifier=0.5, mcc=0.3, mean_error=1.0)
    assert found == {}


@pytest.mark.parametrize(
    ("operator", "value", "status"),
    [
        (LESS, 0.89999, Status.VIOLATION),
        (LESS, 0.9, Status.OK),
        (LESS, 0.95, Status.OK),
        (GREATER, 0.90001, Status.VIOLATION),
        (GREATER, 0.9, Status.OK),
        (GREATER, 0.1, Status.OK),
    ],
)
def test_a_value_at_the_threshold_is_no_violation(
    operator: Operator, value: float, status: Status
) -> None:
    rule = Constraint("accuracy", operator, 0.9)
    assert check([rule], values(accuracy=value)) == [Check(rule, status, value)]


def test_an_undefined_metric_is_not_evaluated_and_says_why() -> None:
    (found,) = check([Constraint("auc", LESS, 0.5)], values(auc=None))
    assert found.status is Status.NOT_EVALUATED
    assert found.reason == "undefined, because"


def test_a_metric_that_does_not_exist_is_not_evaluated() -> None:
    (found,) = check([Constraint("acuracy", LESS, 0.5)], values(accuracy=0.1))
    assert found.status is Status.NOT_EVALUATED
    assert found.reason == "no metric is called acuracy"


def test_a_window_is_violated_if_anything_is_and_fine_only_if_everything_is() -> None:
    rules = [Constraint("auc", LESS, 0.5), Constraint("f1", LESS, 0.5)]

    def status(auc: float | None, f1: float | None) -> Status:
        return overall(check(rules, values(auc=auc, f1=f1)))

    assert status(0.6, 0.4) is Status.VIOLATION
    assert status(None, 0.4) is Status.VIOLATION
    assert status(0.6, 0.6) is Status.OK
    assert status(None, 0.6) is Status.NOT_EVALUATED
    assert status(None, None) is Status.NOT_EVALUATED
    assert overall([]) is Status.NOT_EVALUATED
