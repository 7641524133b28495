"""What calls for a person, and whether that person is told what to do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from monitor.health import HEALTH_COUNTS
from monitor.join_shares import SHARES
from monitor.metrics import ProblemType, registered
from tests.unit.template.resolving import (
    ACCOUNT,
    DEPLOYMENTS,
    MODEL_MONITOR,
    PROCESSING,
    ROOT,
    STACK,
    TEMPLATE,
    TOPIC,
    Deployment,
)

each_deployment = pytest.mark.parametrize("given", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
OPERATIONS = ROOT / "docs" / "operations.md"
ALARMS = {
    name: body["Properties"]
    for name, body in TEMPLATE["Resources"].items()
    if body["Type"] == "AWS::CloudWatch::Alarm"
}
each_alarm = pytest.mark.parametrize("alarm", ALARMS)
EMITTED = {
    "ClockTicks",
    "EndpointsFailed",
    "JoinsBroken",
    "RecordsPrepared",
    "RecordsRejected",
    "VariantsJudged",
    "VariantsViolating",
}


def alarms(given: dict[str, str]) -> dict[str, dict[str, Any]]:
    return Deployment(given).of_type("AWS::CloudWatch::Alarm")


def watched(given: dict[str, str], namespace: str, metric: str) -> set[str]:
    """The values of the dimension of each alarm on a metric."""
    return {
        alarm["Dimensions"][0]["Value"]
        for alarm in alarms(given).values()
        if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, metric)
    }


def section(text: str) -> str:
    match = re.search(r"docs/operations\.md, section ([A-Z][a-z ]+)\.", " ".join(text.split()))
    assert match is not None
    return match[1]


@each_alarm
def test_an_alarm_says_what_it_means_what_to_do_first_and_where_to_read_on(alarm: str) -> None:
    text = ALARMS[alarm]["AlarmDescription"]
    assert len(text) <= 1024
    assert "First " in text
    title = section(text)
    if OPERATIONS.exists():
        assert re.search(rf"^#+ {re.escape(title)}$", OPERATIONS.read_text(), re.MULTILINE)


@each_alarm
def test_an_alarm_tells_when_it_is_over_too(alarm: str) -> None:
    properties = ALARMS[alarm]
    if alarm == "ModelViolationAlarm":  # the monitor itself sends one message a change
        assert "AlarmActions" not in properties
        assert "no action" in properties["AlarmDescription"]
        assert properties["TreatMissingData"] == "ignore"
        return
    assert properties["AlarmActions"] == properties["OKActions"] == [{"Ref": "NotificationTopic"}]
    assert properties["TreatMissingData"] in ("breaching", "notBreaching")


@each_deployment
def test_every_queue_and_every_function_is_watched(given: dict[str, str]) -> None:
    deployment = Deployment(given)
    queues = set(deployment.of_type("AWS::SQS::Queue"))
    dead = {name for name in queues if "DeadLetter" in name}
    names = {f"{name}.QueueName" for name in queues}
    dead_names = {f"{name}.QueueName" for name in dead}
    assert watched(given, "AWS/SQS", "ApproximateNumberOfMessagesVisible") == dead_names
    assert watched(given, "AWS/SQS", "ApproximateAgeOfOldestMessage") == names - dead_names
    functions = set(deployment.of_type("AWS::Serverless::Function"))
    assert watched(given, "AWS/Lambda", "Errors") == functions


@pytest.mark.parametrize(
    ("given", "stopped"), [(PROCESSING, "ClockTicks"), (MODEL_MONITOR, "VariantsJudged")]
)
def test_silence_is_an_alarm(given: dict[str, str], stopped: str) -> None:
    silent = [a for a in alarms(given).values() if a["TreatMissingData"] == "breaching"]
    assert [alarm["MetricName"] for alarm in silent] == [stopped]


def test_the_share_of_rejected_records_counts_both_splitters() -> None:
    share, *counts = ALARMS["RecordsRejectedAlarm"]["Metrics"]
    ids = {metric["Id"] for metric in counts}
    assert set(re.findall(r"[a-z]+_[a-z]+", share["Expression"])) == ids
    seen = {
        (stat["MetricName"], stat["Dimensions"][0]["Value"])
        for stat in (metric["MetricStat"]["Metric"] for metric in counts)
    }
    services = ("split-capture", "split-ground-truth")
    names = ("RecordsPrepared", "RecordsRejected")
    assert seen == {(name, service) for name in names for service in services}


def test_alarms_watch_metrics_that_somebody_emits() -> None:
    own = {"Ref": "AWS::StackName"}
    names = {a["MetricName"] for a in ALARMS.values() if a.get("Namespace") == own}
    for alarm in ALARMS.values():
        stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", []) if "MetricStat" in m]
        names |= {stat["MetricName"] for stat in stats}
    assert names == EMITTED
    sources = [*(ROOT / "layers").rglob("*.py"), *(ROOT / "monitor_container").rglob("*.py")]
    code = "".join(path.read_text() for path in sources)
    assert not [name for name in names if f'"{name}"' not in code]


@each_deployment
def test_the_dashboard_goes_from_the_data_to_the_model(given: dict[str, str]) -> None:
    deployment = Deployment(given)
    (dashboard,) = deployment.of_type("AWS::CloudWatch::Dashboard").values()
    assert dashboard["DashboardName"] == STACK
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    rows = [widget["y"] for widget in widgets]
    assert rows == sorted(rows)
    assert all(widget["x"] + widget["width"] <= 24 for widget in widgets)
    texts = [w["properties"]["markdown"] for w in widgets if w["type"] == "text"]
    questions = [text.removeprefix("## ") for text in texts if text.startswith("## ")]
    assert questions == ["Is the data flowing?", "Is the join healthy?", "Is the model good?"]
    (states,) = (w["properties"]["alarms"] for w in widgets if w["type"] == "alarm")
    assert set(states) == {f"{name}.Arn" for name in deployment.of_type("AWS::CloudWatch::Alarm")}


def test_the_dashboard_searches_for_metrics_that_exist() -> None:
    (dashboard,) = Deployment(PROCESSING).of_type("AWS::CloudWatch::Dashboard").values()
    widgets = json.loads(dashboard["DashboardBody"])["widgets"]
    found = [w["properties"]["metrics"] for w in widgets if w["type"] == "metric"]
    searches = [m["expression"] for each in found for (m, *_) in each if isinstance(m, dict)]
    wanted = {name for text in searches for name in re.findall(r'[=(R] ?"(\w+)"', text)}
    metrics = {metric.name for kind in ProblemType for metric in registered(kind)}
    joins = {share.metric for share in SHARES} | {"join_violations"}
    assert {"coverage", "violations", "accuracy", "mae", "orphan_labels_share"} <= wanted
    assert "join_violations" in wanted
    assert wanted <= metrics | set(HEALTH_COUNTS) | joins | {"violations"}


@each_deployment
def test_a_failed_job_of_ours_is_told(given: dict[str, str]) -> None:
    rules = Deployment(given).of_type("AWS::Events::Rule")
    if given.get("JobInstanceType") == "none":
        assert "JobFailedRule" not in rules
        return
    rule = rules["JobFailedRule"]
    detail = rule["EventPattern"]["detail"]
    assert detail["ProcessingJobStatus"] == ["Failed", "Stopped"]
    role = f"arn:aws:iam::{ACCOUNT}:role/JobRole"
    ours = [{"ProcessingJobName": [{"prefix": f"{STACK}-"}]}, {"RoleArn": [role]}]
    assert detail["$or"] == ours
    (target,) = rule["Targets"]
    assert target["Arn"] == TOPIC
    message = target["InputTransformer"]
    lines = [json.loads(line) for line in message["InputTemplate"].splitlines()]
    assert "section Processing job failed." in lines[-1]
    assert set(re.findall(r"<(\w+)>", "".join(lines))) <= set(message["InputPathsMap"])


@each_deployment
def test_alarms_and_failed_jobs_and_nobody_else_may_publish(given: dict[str, str]) -> None:
    (policy,) = Deployment(given).of_type("AWS::SNS::TopicPolicy").values()
    *allowed, denied = policy["PolicyDocument"]["Statement"]
    for statement in allowed:
        assert statement["Principal"]["Service"] in (
            "cloudwatch.amazonaws.com",
            "events.amazonaws.com",
        )
        # EventBridge supports no condition in a topic's policy.
        assert ("Condition" in statement) == (
            statement["Principal"]["Service"] == "cloudwatch.amazonaws.com"
        )
    assert denied["Effect"] == "Deny"
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_an_address_is_subscribed_where_one_is_given() -> None:
    assert not Deployment(PROCESSING).of_type("AWS::SNS::Subscription")
    given = {"NotificationEmail": "team@example.com"}
    (subscription,) = Deployment(given).of_type("AWS::SNS::Subscription").values()
    assert subscription["Endpoint"] == "team@example.com"
