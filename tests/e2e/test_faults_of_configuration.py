"""Files that cannot be split until somebody mends something: told, kept, and brought back."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.stub import Stubber

from tests.e2e.deployment import RECEIVES, VISIBILITY_SECONDS
from tests.e2e.judging import assert_undisturbed, undisturbed
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import captured
from tests.e2e.world import ROOT

POISONED, FORBIDDEN = "poisoned", "forbidden"
CAPTURES, LABELS = "CaptureDeadLetterQueueUrl", "GroundTruthDeadLetterQueueUrl"
SETTINGS = f"monitors/{POISONED}/monitor.json"
# One of the endpoint's files, which the function may not read.
SECRET = min(captured(FORBIDDEN).objects)
REDRIVE = "aws sqs start-message-move-task --source-arn"


def poison(stack: Stack) -> None:
    """Settings that nobody can follow, so that no file of the endpoint can be split."""
    stack.put(SETTINGS, '{"label_horizon_hours": "a week"}')
    stack.upload(captured(POISONED) | labelled(POISONED))


def forbid(stack: Stack) -> None:
    stack.proxy.faults.forbidden.add(SECRET)
    stack.upload(captured(FORBIDDEN) | labelled(FORBIDDEN))


pytestmark = [pytest.mark.e2e, begins(undisturbed), begins(poison), begins(forbid)]


def failures(stack: Stack, function: str, endpoint: str) -> set[str]:
    lines = stack.logged(function, f"/{endpoint}/")
    return {line["message"] for line in lines if line["level"] == "ERROR"}


@pytest.fixture
def dead_letters(stack: Stack) -> None:
    """All files that cannot be split are in the dead-letter queues, and no others."""
    captures = sorted([*captured(POISONED).objects, SECRET])
    for output, expected in ((CAPTURES, captures), (LABELS, sorted(labelled(POISONED).objects))):
        stack.eventually(
            lambda o=output, e=expected: stack.dead_letters(o) == e,  # type: ignore[misc]
            f"{len(expected)} dead letters in {output}",
            VISIBILITY_SECONDS * RECEIVES + 60,
        )


@pytest.mark.usefixtures("dead_letters")
def test_no_record_is_lost(stack: Stack) -> None:
    for endpoint, output, uploads, dataset in (
        (POISONED, CAPTURES, captured(POISONED), "predictions"),
        (POISONED, LABELS, labelled(POISONED), "ground-truth"),
        (FORBIDDEN, CAPTURES, captured(FORBIDDEN), "predictions"),
        (FORBIDDEN, LABELS, labelled(FORBIDDEN), "ground-truth"),
    ):
        dead = [key for key in stack.dead_letters(output) if f"/{endpoint}/" in key]
        kept = sum(uploads.records[key] for key in dead)
        assert stack.accounted(endpoint, dataset, uploads) + kept == uploads.total


@pytest.mark.usefixtures("dead_letters")
def test_the_log_says_what_failed_and_why(stack: Stack) -> None:
    (refused,) = failures(stack, "split-capture", FORBIDDEN)
    assert f"s3://{stack.bucket}/{SECRET}" in refused
    assert "AccessDenied" in refused
    assert "GetObject" in refused
    for function in ("split-capture", "split-ground-truth"):
        for unclear in failures(stack, function, POISONED):
            assert f"s3://{stack.bucket}/{SETTINGS}" in unclear
            assert "label_horizon_hours" in unclear


@pytest.mark.usefixtures("dead_letters")
@pytest.mark.parametrize("output", [CAPTURES, LABELS])
def test_dead_letters_raise_an_alarm(stack: Stack, output: str) -> None:
    queue = stack.outputs[output].rpartition("/")[2]

    def alarm() -> Any:
        alarms = stack.cloudwatch.describe_alarms()["MetricAlarms"]
        dimensions = [{"Name": "QueueName", "Value": queue}]
        (found,) = [each for each in alarms if each.get("Dimensions") == dimensions]
        return found

    # The emulator's queues send no metrics, so the test sends what SQS would.
    watched = alarm()
    assert (watched["Namespace"], watched["MetricName"]) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
    )
    stack.cloudwatch.put_metric_data(
        Namespace=watched["Namespace"],
        MetricData=[
            {
                "MetricName": watched["MetricName"],
                "Dimensions": watched["Dimensions"],
                "Value": stack.waiting(stack.outputs[output]),
            }
        ],
    )
    assert alarm()["StateValue"] == "ALARM"
    assert watched["AlarmActions"] == [stack.outputs["NotificationTopicArn"]]


def redrive(stack: Stack, output: str, source: str) -> None:
    """What the documented command does; the emulator has no such action, so it is done by hand."""
    url = stack.outputs[output]
    found = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    validated = stack.emulator.session.client("sqs", endpoint_url=stack.emulator.url)
    with Stubber(validated) as api:
        api.add_response("start_message_move_task", {"TaskHandle": "task"})
        validated.start_message_move_task(SourceArn=found["Attributes"]["QueueArn"])
    for message in stack.take(url):
        stack.sqs.send_message(QueueUrl=stack.name(source), MessageBody=message)


@pytest.mark.usefixtures("dead_letters")
def test_one_documented_command_brings_them_back_after_the_fix(stack: Stack) -> None:
    assert REDRIVE in (ROOT / "docs/operations.md").read_text()
    stack.put(SETTINGS, '{"label_horizon_hours": 168}')
    stack.proxy.faults.forbidden.discard(SECRET)

    redrive(stack, CAPTURES, "CaptureQueue")
    redrive(stack, LABELS, "GroundTruthQueue")

    for endpoint in (POISONED, FORBIDDEN):
        stack.wait_until_split(endpoint, captured(endpoint), labelled(endpoint))
        assert_undisturbed(stack, endpoint)
    assert stack.dead_letters(CAPTURES) == stack.dead_letters(LABELS) == []
