"""The documents of a run: strictly JSON, in SageMaker's schema, complete in every outcome."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from inference_records.configuration import Configuration
from monitor import reports
from monitor.aggregate import aggregate
from monitor.constraints import Check, Constraint, Operator, Status
from monitor.exit_message import exit_message
from monitor.health import HEALTH_COUNTS
from monitor.interpret import interpret
from monitor.interpretation import Interpretation
from monitor.job_message import MESSAGE_BYTES
from monitor.judgement import judge
from monitor.locations import Location
from monitor.maturity import maturity
from monitor.metrics import REGISTRY, MetricValue, ProblemType, registered
from monitor.publish import metric_lines, publish_windows
from monitor.quality import NO_HEALTH, Health, Quality
from monitor.results import RunResult, WindowResult
from monitor.violation_document import violations
from monitor.windows import Window

from .rows import HOUR, NINE, ONE_HOUR, at, evaluated
from .told import by_threshold, hour

RUN_TIME = at(75)
LESS, GREATER = Operator.LESS, Operator.GREATER
TABLES: dict[ProblemType, tuple[list[object], list[object]]] = {
    ProblemType.BINARY_CLASSIFICATION: (["1", "0"] * 150, ["1", "0", "0", "1"] * 75),
    ProblemType.MULTICLASS_CLASSIFICATION: (["a", "b", "c"] * 100, ["a", "c", "c"] * 100),
    ProblemType.REGRESSION: ([1.5, 2.5, 0.0] * 100, [1.0, 3.0, 0.5] * 100),
}
VIOLATIONS_SCHEMA = {
    "type": "object",
    "required": ["violations"],
    "properties": {
        "violations": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["constraint_check_type", "metric_name", "description"],
                "properties": {
                    "constraint_check_type": {
                        "enum": ["LessThanThreshold", "GreaterThanThreshold", "join_health_check"]
                    },
                    "metric_name": {"type": "string"},
                    "description": {"type": "string"},
                },
                "additionalProperties": False,
            },
        }
    },
}


def quality(
    problem_type: ProblemType = ProblemType.BINARY_CLASSIFICATION,
    rules: Sequence[Constraint] = (),
    variant: str = "AllTraffic",
    window: Window = ONE_HOUR,
) -> Quality:
    label, prediction = TABLES[problem_type]
    table = evaluated(label, prediction)
    settings = Configuration(problem_type=problem_type.value)
    reading = interpret(table, settings)
    (statistics,) = aggregate(table, reading, settings, set()).values()
    counts = {**dict.fromkeys(HEALTH_COUNTS, 0), "requests": 10, "records": 400, "evaluated": 300}
    return judge("demo", variant, window, reading, statistics, Health(counts), by_threshold(rules))


def nothing(
    problem_type: ProblemType = ProblemType.BINARY_CLASSIFICATION, rules: Sequence[Constraint] = ()
) -> Quality:
    reading = Interpretation(problem_type)
    return judge("demo", "AllTraffic", ONE_HOUR, reading, None, NO_HEALTH, by_threshold(rules))


def strictly(body: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(body, parse_constant=refuse)


@pytest.fixture(params=ProblemType)
def problem_type(request: pytest.FixtureRequest) -> ProblemType:
    return ProblemType(request.param)


def test_statistics_have_sagemakers_names_and_both_parts_of_each_scalar(
    problem_type: ProblemType,
) -> None:
    document = strictly(reports.to_json(reports.statistics(quality(problem_type), RUN_TIME)))
    assert document["version"] == 0.0
    assert document["dataset"]["item_count"] == 300
    assert document["dataset"]["evaluation_time"] == "2026-11-20T10:15:00Z"
    section = {
        ProblemType.BINARY_CLASSIFICATION: "binary_classification_metrics",
        ProblemType.MULTICLASS_CLASSIFICATION: "multiclass_classification_metrics",
        ProblemType.REGRESSION: "regression_metrics",
    }[problem_type]
    for metric in registered(problem_type):
        if metric.name == "expected_cost":
            continue
        scalar = document[section][metric.name]
        assert {"value", "standard_deviation"} <= scalar.keys()
        known = isinstance(scalar["standard_deviation"], float)
        assert known or scalar["standard_deviation"] == "NaN"
        assert (scalar["value"] is None) == ("reason" in scalar)


def test_each_metrics_error_stands_beside_them_with_what_it_rests_on(
    problem_type: ProblemType,
) -> None:
    document = strictly(reports.to_json(reports.statistics(quality(problem_type), RUN_TIME)))
    told = document["batch_payload_monitor"]["uncertainty"]["errors"]
    name = "mae" if problem_type is ProblemType.REGRESSION else "accuracy"
    assert told[name].keys() == {
        "standard_error", "independent_error", "requests", "records", "design_effect",
        "effective_records",
    }  # fmt: skip
    assert (told[name]["requests"], told[name]["records"]) == (300, 300)


def test_the_confusion_matrix_is_by_actual_and_then_predicted_label() -> None:
    document = reports.statistics(quality(), RUN_TIME)
    matrix = document["binary_classification_metrics"]["confusion_matrix"]
    assert matrix == {"0": {"0": 75, "1": 75}, "1": {"0": 75, "1": 75}}


def test_statistics_without_data_are_null_with_the_reason(problem_type: ProblemType) -> None:
    document = strictly(reports.to_json(reports.statistics(nothing(problem_type), RUN_TIME)))
    assert document["dataset"]["item_count"] == 0
    (section,) = (name for name in document if name.endswith("_metrics"))
    assert document[section]
    for scalar in document[section].values():
        assert scalar["value"] is None
        assert scalar["standard_deviation"] == "NaN"
        assert scalar["reason"]
    assert document["batch_payload_monitor"]["coverage"] is None


@pytest.fixture
def own_detail() -> Iterator[None]:
    with REGISTRY.restored():

        @REGISTRY.detail(ProblemType.BINARY_CLASSIFICATION)
        def own(confusion_matrix: object) -> dict[object, object]:
            """Whatever a user returns."""
            return {1: np.array([1.5, math.nan]), "set": {1}, "infinite": math.inf}

        yield


@pytest.mark.usefixtures("own_detail")
def test_a_detail_of_the_users_own_cannot_lose_the_report() -> None:
    document = strictly(reports.to_json(reports.statistics(quality(), RUN_TIME)))
    own = document["binary_classification_metrics"]["own"]
    assert own == {"1": [1.5, None], "set": "{1}", "infinite": None}


def test_violations_have_the_schema_that_sagemakers_readers_expect() -> None:
    rules = [
        Constraint("accuracy", LESS, 0.9),
        Constraint("false_positive_rate", GREATER, 0.1),
        Constraint("recall", LESS, 0.1),
        Constraint("auc", LESS, 0.5),
    ]
    document = strictly(reports.to_json(violations([quality(rules=rules)])))
    jsonschema.validate(document, VIOLATIONS_SCHEMA)
    first, second = document["violations"]
    assert first["constraint_check_type"] == "LessThanThreshold"
    assert first["metric_name"] == "accuracy"
    assert first["description"].startswith("Metric accuracy with 0.5 +/- ")
    assert first["description"].endswith(" was LessThanThreshold '0.9'")
    assert second["constraint_check_type"] == "GreaterThanThreshold"
    (open_,) = document["not_evaluated"]
    assert open_["metric_name"] == "auc"
    assert open_["reason"]


def test_the_policy_of_thresholds_says_what_it_costs() -> None:
    rules = [Constraint("accuracy", LESS, 0.9)]
    told = reports.statistics(quality(rules=rules), RUN_TIME)["batch_payload_monitor"]
    assert "7 of 10 unchanged windows" in told["policy_cost"]


def test_without_violations_the_list_is_empty() -> None:
    document = violations([quality()])
    jsonschema.validate(document, VIOLATIONS_SCHEMA)
    assert document["violations"] == []


def test_constraints_are_written_in_sagemakers_schema(problem_type: ProblemType) -> None:
    rules = [Constraint("accuracy", LESS, 0.9)]
    document = strictly(reports.to_json(reports.constraints(problem_type, rules)))
    section = {
        ProblemType.BINARY_CLASSIFICATION: "binary_classification_constraints",
        ProblemType.MULTICLASS_CLASSIFICATION: "multiclass_classification_constraints",
        ProblemType.REGRESSION: "regression_constraints",
    }[problem_type]
    assert document == {
        "version": 0.0,
        section: {"accuracy": {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}},
    }


def test_a_job_to_which_nothing_was_left_says_so() -> None:
    assert exit_message([]) == "Completed: Nothing was left to judge."


def test_the_message_of_a_good_window_begins_with_completed() -> None:
    rules = [Constraint("accuracy", LESS, 0.1)]
    assert exit_message([quality(rules=rules)]) == (
        "Completed: Job completed successfully with no violations."
    )


def test_the_message_of_a_bad_window_counts_the_violations_and_names_them() -> None:
    rules = [Constraint("accuracy", LESS, 0.9), Constraint("recall", LESS, 0.8)]
    assert exit_message([quality(rules=rules)]) == (
        "CompletedWithViolations: Job completed successfully with 2 violations. "
        "AllTraffic accuracy 0.5 (LessThanThreshold 0.9); "
        "AllTraffic recall 0.5 (LessThanThreshold 0.8)"
    )


def test_what_was_not_evaluated_does_not_pass_in_silence() -> None:
    rules = [Constraint("accuracy", LESS, 0.1), Constraint("auc", LESS, 0.5)]
    message = exit_message([quality(rules=rules)])
    assert message == (
        "Completed: The model was not judged: 1 of 2 constraints could not be evaluated (auc): "
        "statistics.json tells why."
    )


def test_a_window_that_could_not_be_judged_says_why() -> None:
    message = exit_message([nothing(rules=[Constraint("accuracy", LESS, 0.9)])])
    assert message == (
        "Completed: The model was not judged: no request was captured in the window."
    )


def test_a_window_whose_labels_are_still_to_come_says_until_when() -> None:
    settings = Configuration(mature_coverage=1)
    counts = {**NO_HEALTH.counts, "requests": 5, "records": 10, "evaluated": 6}
    early = replace(
        quality(rules=[Constraint("accuracy", LESS, 0.1)]),
        health=Health(counts),
        maturity=maturity(hour(0), 0.6, NINE + HOUR, settings),
        checks=[Check(Constraint("accuracy", LESS, 0.1), Status.NOT_EVALUATED, reason="early")],
    )
    message = exit_message([early])
    assert message.startswith("Completed: The model was not judged: 60.0% of the records")
    assert "at the latest on" in message


def test_a_variant_without_data_does_not_hide_that_another_was_judged() -> None:
    rules = [Constraint("accuracy", LESS, 0.1)]
    shadow = replace(nothing(rules=rules), variant="shadow")
    message = exit_message([quality(rules=rules), shadow])
    assert message == (
        "Completed: Job completed successfully with no violations. Not evaluated: shadow accuracy."
    )


def test_the_message_is_one_line_of_at_most_a_thousand_bytes_of_utf8() -> None:
    values = {f"métrique_{n}": MetricValue(0.0) for n in range(100)}
    rules = [Constraint(name, LESS, 1.0) for name in values]
    broken = replace(quality(rules=rules), checks=[])
    message = exit_message([quality(rules=[Constraint(f"é{n}" * 9, LESS, 1) for n in range(99)])])
    assert len(message.encode()) <= MESSAGE_BYTES
    failed = MetricValue(None, "mine failed: ValueError: 'zq4111zq' is\nno number")
    many = [
        replace(
            replace(broken, variant=variant),
            checks=_checks(rules, {**values, "mine": failed}),
        )
        for variant in ("one", "two")
    ]
    message = exit_message(many)
    assert message.startswith("CompletedWithViolations: Job completed successfully with 200 ")
    assert len(message.encode()) <= MESSAGE_BYTES
    undefined = [Constraint("mine", LESS, 1.0)]
    message = exit_message([replace(broken, checks=_checks(undefined, {"mine": failed}))])
    (line,) = message.splitlines()
    assert line == (
        "Completed: The model was not judged: 1 of 1 constraints could not be evaluated "
        "(mine): statistics.json tells why."
    )


def _checks(rules: Sequence[Constraint], values: dict[str, MetricValue]) -> list[Any]:
    from monitor.constraints import check

    return check(rules, values)


def test_every_defined_metric_has_a_datapoint_at_the_start_of_the_window() -> None:
    judged = quality(rules=[Constraint("accuracy", LESS, 0.9)])
    lines = list(reports.metric_lines(judged, {"Endpoint": "demo", "MonitoringSchedule": "s"}))
    names = [line["MetricName"] for line in lines]
    assert len(set(names)) == len(names)
    defined = {name for name, value in judged.values.items() if value.value is not None}
    share = {name for name in names if name.endswith("_share")}
    join = {*HEALTH_COUNTS, "coverage", "join_violations"}
    assert set(names) == {*defined, *join, *share, "violations"}
    for line in lines:
        assert line["Timestamp"] == "2026-11-20T09:00:00Z"
        assert line["Dimensions"] == [
            {"Name": "Endpoint", "Value": "demo"},
            {"Name": "MonitoringSchedule", "Value": "s"},
        ]


def test_datapoints_are_finite_and_in_the_range_of_cloudwatch() -> None:
    judged = quality()
    values = {
        "large": MetricValue(1e110),
        "infinite": MetricValue(math.inf),
        "unknown": MetricValue(None, "because"),
        "fine": MetricValue(-2.5),
    }
    lines = list(reports.metric_lines(replace(judged, values=values), {}))
    assert {line["MetricName"] for line in lines} >= {"fine", "coverage"}
    assert not {"large", "infinite", "unknown"} & {line["MetricName"] for line in lines}


def test_metric_lines_are_json_lines() -> None:
    body = reports.to_lines(reports.metric_lines(quality(), {"Endpoint": "demo"}))
    assert body.endswith(b"\n")
    for line in body.splitlines():
        document = strictly(line)
        assert isinstance(document["Value"], int | float)
        assert math.isfinite(document["Value"])


def test_a_window_without_data_still_has_its_datapoints_of_health() -> None:
    lines = list(reports.metric_lines(nothing(), {"Endpoint": "demo"}))
    names = [*HEALTH_COUNTS, "join_violations"]
    assert {line["MetricName"]: line["Value"] for line in lines} == dict.fromkeys(names, 0)


def window(*variants: Quality, together: Quality | None = None) -> WindowResult:
    return WindowResult(variants[0].window, variants, together)


def test_a_run_writes_every_file_of_every_window(tmp_path: Path) -> None:
    later = Window(at(60), at(120))
    result = RunResult([window(nothing()), window(quality(window=later))])
    published = publish_windows(result, Location.of(str(tmp_path)), RUN_TIME, HOUR)
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.*"))
    names = ("constraint_violations.json", "constraints.json", "statistics.json")
    assert found == sorted(
        [
            *(f"demo/2026/11/20/{hour}/{name}" for hour in ("09", "10") for name in names),
            "cloudwatch_metrics.jsonl",
            "windows.csv",
        ]
    )
    assert published.files == len(found)
    for path in tmp_path.rglob("*.json"):
        strictly(path.read_bytes())


@pytest.mark.parametrize("seconds", [10, 60, 90, 900, 3_600, 5_400, 86_400])
def test_no_two_windows_share_a_folder(seconds: int, tmp_path: Path) -> None:
    period = timedelta(seconds=seconds)
    starts = [NINE + number * period for number in range(12)]
    result = RunResult(
        [window(replace(nothing(), window=Window(start, start + period))) for start in starts]
    )
    publish_windows(result, Location.of(str(tmp_path)), RUN_TIME, period)
    assert len(list(tmp_path.rglob("statistics.json"))) == len(starts)


def test_variants_are_told_apart_by_a_dimension_and_the_endpoint_has_none() -> None:
    both = replace(quality(), variant="(all)")
    result = RunResult([window(quality(variant="a"), quality(variant="b"), together=both)])
    variants = {
        tuple(dimension["Value"] for dimension in line["Dimensions"])
        for line in metric_lines(result, "schedule")
    }
    assert variants == {
        ("demo", "schedule"),
        ("demo", "schedule", "a"),
        ("demo", "schedule", "b"),
    }
    single = RunResult([window(quality())])
    assert all(len(line["Dimensions"]) == 1 for line in metric_lines(single))
