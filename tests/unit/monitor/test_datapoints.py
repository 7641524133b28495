"""What is sent to CloudWatch: all that it takes, and nothing for which it refuses the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from monitor.constraints import Status
from monitor.datapoints import MOST_IN_A_REQUEST, datapoints
from monitor.health import HEALTH_COUNTS
from monitor.metrics import MetricValue
from monitor.results import WindowResult

from .rows import NINE, at
from .told import VIOLATING, hour, measured, verdict

COUNTS = {"VariantsJudged", "VariantsViolating", "VariantsNotEvaluated", "JoinsBroken"}
ONE = WindowResult(hour(0), (VIOLATING,))
TWO = WindowResult(
    hour(0),
    (replace(VIOLATING, variant="a"), verdict(Status.NOT_EVALUATED, variant="b")),
    together=replace(VIOLATING, variant="(all)"),
)


def dimensions(datum: Mapping[str, Any]) -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in datum.get("Dimensions", ())}


def test_every_defined_metric_is_sent_at_the_start_of_its_window() -> None:
    found = datapoints(ONE, at(75))
    own = [datum for datum in found.accepted if datum["MetricName"] not in COUNTS]
    names = {datum["MetricName"] for datum in own}
    metrics = {"accuracy", "false_positive_rate", "recall"}
    join = {*HEALTH_COUNTS, "coverage", "join_violations"}
    shares = {name for name in names if name.endswith("_share")}
    assert names == {*join, *shares, *metrics, "violations"}
    assert {datum["Timestamp"] for datum in own} == {NINE}
    assert all(dimensions(datum) == {"Endpoint": "fraud-scoring"} for datum in own)
    assert not found.refused


def test_the_verdicts_are_counted_at_the_time_of_the_run() -> None:
    found = [datum for datum in datapoints(TWO, at(75)).accepted if datum["MetricName"] in COUNTS]
    assert {datum["MetricName"]: datum["Value"] for datum in found} == {
        "VariantsJudged": 1,
        "VariantsViolating": 1,
        "VariantsNotEvaluated": 1,
        "JoinsBroken": 0,
    }
    assert {datum["Timestamp"] for datum in found} == {at(75)}
    assert not any(dimensions(datum) for datum in found)


def test_a_broken_join_of_the_past_wakes_nobody() -> None:
    found = datapoints(ONE, at(75), wakes=False).accepted
    names = {datum["MetricName"] for datum in found}
    assert "JoinsBroken" not in names
    assert "join_violations" in names, "the dashboard shows it"


def test_several_variants_are_told_apart_by_a_dimension() -> None:
    found = {tuple(dimensions(datum).values()) for datum in datapoints(TWO, at(75)).accepted}
    assert found == {(), ("fraud-scoring",), ("fraud-scoring", "a"), ("fraud-scoring", "b")}


@pytest.mark.parametrize(
    ("passed", "reason"),
    [
        (timedelta(weeks=2), "CloudWatch takes none that are two weeks old"),
        (timedelta(hours=-2), "CloudWatch takes none of the future"),
    ],
)
def test_what_cloudwatch_drops_for_its_time_is_counted(passed: timedelta, reason: str) -> None:
    usual = datapoints(ONE, at(75))
    found = datapoints(ONE, NINE + passed)
    assert {datum["MetricName"] for datum in found.accepted} == COUNTS
    assert found.refused == {reason: len(usual.accepted) - len(COUNTS)}


@pytest.mark.parametrize("age", [timedelta(days=13), timedelta(minutes=-30)])
def test_a_window_within_the_limits_is_sent_whole(age: timedelta) -> None:
    assert not datapoints(ONE, NINE + age).refused


@pytest.mark.parametrize("name", ["précision", "x" * 256, " ", "a\nb"])
def test_a_name_that_cloudwatch_refuses_costs_only_its_own_datapoint(name: str) -> None:
    window = WindowResult(hour(0), (measured({"accuracy": 0.5, name: 0.5}, {}),))
    found = datapoints(window, at(75))
    assert list(found.refused.values()) == [1]
    assert "accuracy" in {datum["MetricName"] for datum in found.accepted}


def test_an_endpoint_that_cloudwatch_refuses_is_counted() -> None:
    found = datapoints(WindowResult(hour(0), (replace(VIOLATING, endpoint="é"),)), at(75))
    assert {datum["MetricName"] for datum in found.accepted} == COUNTS
    assert found.refused


def test_a_request_is_never_larger_than_cloudwatch_takes() -> None:
    values = {f"{n:x<255}": MetricValue(float(n)) for n in range(1_200)}
    long = replace(VIOLATING, values=values, endpoint="e" * 63, variant="v" * 63)
    window = WindowResult(hour(0), (long,), together=long)
    found = datapoints(window, at(75))
    portions = list(found.requests())
    assert [datum for portion in portions for datum in portion] == found.accepted
    assert max(map(len, portions)) == MOST_IN_A_REQUEST
    assert max(len(repr(portion)) for portion in portions) < 1_000_000
