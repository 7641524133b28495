"""When windows are judged: by the clock of EventBridge Scheduler, or by SageMaker's own."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest
from botocore.stub import ANY, Stubber

from tests.unit.template.resolving import (
    ACCOUNT,
    EVERYTHING,
    IMAGE,
    LAMBDA,
    MODEL_MONITOR,
    PROCESSING,
    REGION,
    STACK,
    TEMPLATE,
    Deployment,
)

WINDOWS = TEMPLATE["Parameters"]["WindowMinutes"]["AllowedValues"]
DELAYS = TEMPLATE["Parameters"]["EvaluationDelayMinutes"]["AllowedValues"]
DAY = 24 * 60
# CloudWatch looks back this far at most, for periods of less than an hour and for longer ones.
LONGEST_LOOK = {True: 24 * 3600, False: 7 * 24 * 3600}


def deployed(window: int, delay: int) -> Deployment:
    given = {"MonitorRuntime": "Lambda", "WindowMinutes": str(window)}
    return Deployment(given | {"EvaluationDelayMinutes": str(delay)})


def field(text: str, size: int) -> set[int]:
    if text == "*":
        return set(range(size))
    start, _, step = text.partition("/")
    return set(range(int(start), size, int(step))) if step else {int(start)}


def strikes(deployment: Deployment) -> set[int]:
    """The minutes of a day (UTC) at which the clock strikes."""
    clock = deployment.of_type("AWS::Scheduler::Schedule")["MonitorClock"]
    match = re.fullmatch(r"cron\((\S+) (\S+) \* \* \? \*\)", clock["ScheduleExpression"])
    assert match is not None
    zone = ZoneInfo(clock["ScheduleExpressionTimezone"])
    west = -(datetime(2026, 11, 20, tzinfo=zone).utcoffset() or timedelta()) // timedelta(minutes=1)
    return {
        (60 * hour + minute + west) % DAY
        for hour in field(match[2], 24)
        for minute in field(match[1], 60)
    }


@pytest.mark.parametrize("delay", DELAYS)
@pytest.mark.parametrize("window", [minutes for minutes in WINDOWS if minutes >= 60])
def test_the_clock_strikes_when_a_window_is_due(window: int, delay: int) -> None:
    due = {(end + delay) % DAY for end in range(0, DAY, window)}
    assert strikes(deployed(window, delay)) == due


@pytest.mark.parametrize("window", [minutes for minutes in WINDOWS if minutes < 60])
def test_short_windows_are_judged_as_often_as_they_end(window: int) -> None:
    assert strikes(deployed(window, 0)) == set(range(0, DAY, window))


def test_the_clock_says_which_time_it_struck_and_keeps_what_it_could_not_deliver() -> None:
    clock = Deployment(PROCESSING).of_type("AWS::Scheduler::Schedule")["MonitorClock"]
    assert json.loads(clock["Target"]["Input"]) == {"time": "<aws.scheduler.scheduled-time>"}
    assert clock["Target"]["DeadLetterConfig"]["Arn"] == "MonitorDeadLetterQueue.Arn"
    assert clock["FlexibleTimeWindow"] == {"Mode": "OFF"}


@pytest.mark.parametrize("window", WINDOWS)
def test_two_or_three_missing_windows_are_an_alarm(window: int) -> None:
    alarm = deployed(window, 60).of_type("AWS::CloudWatch::Alarm")["ClockStoppedAlarm"]
    period, periods = int(alarm["Period"]), int(alarm["EvaluationPeriods"])
    assert alarm["TreatMissingData"] == "breaching"
    assert period >= 60 * window
    assert 2 * 60 * window <= period * periods <= max(4 * 60 * window, 20 * 60)
    assert period * periods <= LONGEST_LOOK[period < 3600]


@pytest.mark.parametrize("given", [PROCESSING, LAMBDA, EVERYTHING])
def test_without_model_monitor_there_is_nothing_of_sagemaker(given: dict[str, str]) -> None:
    kinds = {body["Type"] for body in Deployment(given).resources.values()}
    assert not [kind for kind in kinds if kind.startswith(("AWS::SageMaker::", "Custom::"))]
    assert "AWS::Scheduler::Schedule" in kinds


def test_model_monitor_has_its_own_clock() -> None:
    resources = Deployment(MODEL_MONITOR).resources
    assert not {"MonitorClock", "ClockRole", "ClockStoppedAlarm"} & resources.keys()
    assert {"MonitorSchedule", "MonitorImage", "ScheduleStoppedAlarm"} <= resources.keys()


def schedule_of(given: dict[str, str]) -> dict[str, Any]:
    found = Deployment(given).of_type("AWS::SageMaker::MonitoringSchedule")["MonitorSchedule"]
    definition = found["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    # CloudFormation makes numbers of parameters.
    cluster = definition["MonitoringResources"]["ClusterConfig"]
    cluster["VolumeSizeInGB"] = int(cluster["VolumeSizeInGB"])
    stop = definition["StoppingCondition"]
    stop["MaxRuntimeInSeconds"] = int(stop["MaxRuntimeInSeconds"])
    return found


@pytest.mark.parametrize("given", [MODEL_MONITOR, EVERYTHING | MODEL_MONITOR])
def test_the_monitoring_schedule_is_a_valid_request(given: dict[str, str]) -> None:
    request = schedule_of(given)
    sagemaker = boto3.Session("test", "test", region_name=REGION).client("sagemaker")
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:monitoring-schedule/{STACK}"
    with Stubber(sagemaker) as stub:
        stub.add_response(
            "create_monitoring_schedule",
            {"MonitoringScheduleArn": arn},
            dict.fromkeys(request, ANY),
        )
        sagemaker.create_monitoring_schedule(**request)

    definition = request["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    assert definition["MonitoringAppSpecification"]["ImageUri"] == IMAGE
    assert all(len(value) <= 256 for value in definition["Environment"].values())


@pytest.mark.parametrize("delay", DELAYS)
def test_sagemaker_judges_a_whole_hour_that_ended_long_enough_ago(delay: int) -> None:
    given = MODEL_MONITOR | {"EvaluationDelayMinutes": str(delay)}
    schedule = schedule_of(given)["MonitoringScheduleConfig"]["ScheduleConfig"]
    start, end = (
        int(schedule[name].removeprefix("-PT").removesuffix("H"))
        for name in ("DataAnalysisStartTime", "DataAnalysisEndTime")
    )
    assert start - end == 1
    assert 0 <= 60 * end - delay < 60
