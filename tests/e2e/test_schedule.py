"""The schedule fires the monitor by itself: a model gets worse, a person is told; it recovers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from tests.e2e.deployment import STACK
from tests.e2e.judging import CONSTRAINTS, reports
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import MINUTE, Request, captured, requests
from tests.e2e.world import eventually

LIVE = "live"
PAGES, VERDICTS = "pages", "verdicts"
WRONG = (0.5, 0.1)
"""Shares of wrong predictions: in the first minute, and in the second."""


@cache
def minutes() -> tuple[datetime, datetime]:
    """Two minutes, near enough to wait for, far enough for what is uploaded to be split."""
    first = datetime.now(UTC).replace(second=0, microsecond=0) + 3 * MINUTE
    return first, first + MINUTE


def said(minute: int) -> list[Request]:
    """The requests of the first minute (0) or the second (1)."""
    return requests(WRONG[minute], count=200, first=2000 + 1000 * minute)


def watch(stack: Stack) -> None:
    """An endpoint with a baseline, two minutes of its future, and somebody who listens."""
    _listen(stack)
    stack.put(f"monitors/{LIVE}/constraints.json", json.dumps(CONSTRAINTS))
    for minute, start in enumerate(minutes()):
        stack.upload(captured(LIVE, start, said(minute)) | labelled(LIVE, start, said(minute)))


def _listen(stack: Stack) -> None:
    arns = {}
    for name in (PAGES, VERDICTS):
        url = stack.sqs.create_queue(QueueName=name)["QueueUrl"]
        found = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        arns[name] = found["Attributes"]["QueueArn"]
    sns, events = stack.client("sns"), stack.client("events")
    topic = stack.outputs["NotificationTopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arns[PAGES])
    pattern = {"source": ["batch-payload-monitor"], "detail": {"endpoint": [LIVE]}}
    events.put_rule(Name=VERDICTS, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=VERDICTS, Targets=[{"Id": "queue", "Arn": arns[VERDICTS]}])


pytestmark = [pytest.mark.e2e, begins(watch)]


@pytest.fixture(scope="module")
def judged(stack: Stack) -> None:
    """Both minutes have been judged, and nobody has asked for it."""
    bad, good = minutes()
    left = (good + MINUTE - datetime.now(UTC)).total_seconds()
    stack.eventually(lambda: reports(stack, LIVE, good), f"the reports of {good}", left + 90)
    assert reports(stack, LIVE, bad)


@pytest.fixture(scope="module")
def heard(stack: Stack, judged: None) -> dict[str, list[dict[str, Any]]]:
    """What has come to those who listen."""
    found: dict[str, list[dict[str, Any]]] = {PAGES: [], VERDICTS: []}

    def complete() -> bool:
        for name, messages in found.items():
            url = stack.sqs.get_queue_url(QueueName=name)["QueueUrl"]
            messages += [json.loads(body) for body in stack.take(url)]
        return len(about(LIVE, found[PAGES])) >= 2 and len(found[VERDICTS]) >= 2

    eventually(complete, f"two messages and two events; there are {found}", 30, stack.explain)
    return found


def about(endpoint: str, pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pages about an endpoint's model; alarms come to the same topic."""
    return [page for page in pages if f"{endpoint}/" in page.get("Subject", "")]


@pytest.mark.usefixtures("judged")
def test_every_window_has_its_reports(stack: Stack) -> None:
    bad, good = (reports(stack, LIVE, start) for start in minutes())
    names = {"statistics.json", "constraints.json", "constraint_violations.json"}
    assert names <= bad.keys()
    violations = json.loads(bad["constraint_violations.json"])["violations"]
    assert {violation["metric_name"] for violation in violations} == {"accuracy", "f1"}
    assert json.loads(good["constraint_violations.json"])["violations"] == []
    for minute, found in enumerate((bad, good)):
        records = sum(request.records for request in said(minute) if not request.is_broken)
        assert json.loads(found["statistics.json"])["dataset"]["item_count"] == records


@pytest.mark.usefixtures("judged")
def test_the_metrics_are_in_cloudwatch_at_the_window_s_own_time(stack: Stack) -> None:
    dimensions = [{"Name": "Endpoint", "Value": LIVE}]
    query: Any = {
        "Id": "accuracy",
        "MetricStat": {
            "Metric": {
                "Namespace": STACK,
                "MetricName": "accuracy",
                "Dimensions": dimensions,
            },
            "Period": 60,
            "Stat": "Average",
        },
    }
    bad, good = minutes()
    (found,) = stack.cloudwatch.get_metric_data(
        MetricDataQueries=[query], StartTime=bad, EndTime=good + MINUTE
    )["MetricDataResults"]
    values = dict(zip(found["Timestamps"], found["Values"], strict=True))
    assert values == {start: pytest.approx(accuracy(stack, start)) for start in minutes()}
    assert values[bad] < 0.8 < values[good]


def accuracy(stack: Stack, start: datetime) -> float:
    """What the report of a minute says."""
    statistics = json.loads(reports(stack, LIVE, start)["statistics.json"])
    return float(statistics["binary_classification_metrics"]["accuracy"]["value"])


def test_a_person_is_told_when_it_begins_and_when_it_ends(
    stack: Stack, heard: dict[str, list[dict[str, Any]]]
) -> None:
    worse, better = about(LIVE, heard[PAGES])
    assert worse["Subject"].startswith(f"VIOLATION {LIVE}/AllTraffic: ")
    assert better["Subject"].startswith(f"RECOVERED {LIVE}/AllTraffic")
    for page, start in zip((worse, better), minutes(), strict=True):
        report = f"s3://{stack.bucket}/reports/{LIVE}/{start:%Y/%m/%d/%H/%M}"
        for told in (LIVE, "AllTraffic", f"{start:%H:%M}", "accuracy", "0.8", report):
            assert told in page["Message"]
        assert "What to do" in page["Message"]


def test_other_systems_are_told_of_every_change(heard: dict[str, list[dict[str, Any]]]) -> None:
    worse, better = sorted(heard[VERDICTS], key=lambda event: event["detail"]["window"]["start"])
    for event, verdict in ((worse, "VIOLATION"), (better, "OK")):
        assert event["source"] == "batch-payload-monitor"
        assert event["detail-type"] == "Model Quality Verdict Changed"
        assert event["detail"]["verdict"] == verdict


@pytest.mark.usefixtures("judged")
def test_an_alarm_shows_it_meanwhile(stack: Stack) -> None:
    alarms = stack.cloudwatch.describe_alarms()["MetricAlarms"]
    (name,) = [each["AlarmName"] for each in alarms if each["MetricName"] == "VariantsViolating"]
    history = stack.cloudwatch.describe_alarm_history(AlarmName=name)["AlarmHistoryItems"]
    assert any("to ALARM" in item["HistorySummary"] for item in history)


@pytest.mark.usefixtures("judged")
def test_the_clock_leaves_its_trace(stack: Stack) -> None:
    """The metric whose absence is an alarm; the emulator keeps it in the log only."""
    (tick, *_) = stack.logged("monitor", '"ClockTicks"')
    assert tick["ClockTicks"] == [1.0]
    (metrics,) = tick["_aws"]["CloudWatchMetrics"]
    assert metrics["Namespace"] == STACK
    alarms = stack.cloudwatch.describe_alarms()["MetricAlarms"]
    (alarm,) = [each for each in alarms if each["MetricName"] == "ClockTicks"]
    (dimension,) = alarm["Dimensions"]
    assert (alarm["Namespace"], tick[dimension["Name"]]) == (STACK, dimension["Value"])
