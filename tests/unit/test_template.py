"""What the template must never lose: these rules are cheaper to break than to notice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode import cfn_yaml

TEMPLATE = cfn_yaml.load(str(Path(__file__).parents[2] / "template.yaml"))
RESOURCES: dict[str, dict[str, Any]] = TEMPLATE["Resources"]
GLOBALS: dict[str, Any] = TEMPLATE["Globals"]["Function"]


def of_type(kind: str) -> dict[str, dict[str, Any]]:
    return {name: body["Properties"] for name, body in RESOURCES.items() if body["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
QUEUES = of_type("AWS::SQS::Queue")
each_function = pytest.mark.parametrize("function", FUNCTIONS)


def variables(function: str) -> dict[str, Any]:
    return {
        **GLOBALS["Environment"]["Variables"],
        **FUNCTIONS[function]["Environment"]["Variables"],
    }


def source_queue(function: str) -> str:
    (event,) = FUNCTIONS[function]["Events"].values()
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    name: str = event["Properties"]["Queue"]["Fn::GetAtt"][0]
    return name


def allowed(function: str) -> Iterator[dict[str, Any]]:
    """The statements of a function's own policy and of those that it refers to."""
    for policy in FUNCTIONS[function]["Policies"]:
        if "Ref" in policy:
            policy = RESOURCES[policy["Ref"]]["Properties"]["PolicyDocument"]
        yield from policy["Statement"]


def actions(statement: dict[str, Any]) -> set[str]:
    action = statement["Action"]
    return {action} if isinstance(action, str) else set(action)


def resource(statement: dict[str, Any]) -> str:
    """The text of `!Sub [text, variables]`."""
    text: str = statement["Resource"]["Fn::Sub"][0]
    return text


@pytest.mark.parametrize(
    ("function", "source"),
    [
        ("SplitCaptureFunction", {"CAPTURE_PREFIX": {"Ref": "CapturePrefix"}}),
        ("SplitGroundTruthFunction", {"GROUND_TRUTH_PREFIX": {"Ref": "GroundTruthPrefix"}}),
    ],
)
def test_each_function_is_told_every_prefix(function: str, source: dict[str, Any]) -> None:
    told = variables(function)
    assert source.items() <= told.items()
    assert told["POWERTOOLS_METRICS_NAMESPACE"] == "BatchPayloadMonitor"
    assert told["POWERTOOLS_SERVICE_NAME"]
    for prefix in ("PREPARED_PREFIX", "REJECTED_PREFIX", "MONITORS_PREFIX"):
        assert told[prefix].endswith("/")


@each_function
def test_a_function_may_touch_the_prefixes_that_it_is_told_and_no_others(function: str) -> None:
    told = variables(function)
    source = told.get("CAPTURE_PREFIX") or told["GROUND_TRUTH_PREFIX"]
    reaches: dict[str, set[str]] = {}
    for statement in allowed(function):
        for action in actions(statement):
            reaches.setdefault(action, set()).add(resource(statement).split("${Bucket}")[1])
    dataset = "predictions" if function == "SplitCaptureFunction" else "ground-truth"
    written = {f"/{told['PREPARED_PREFIX']}{dataset}/*", f"/{told['REJECTED_PREFIX']}*"}
    assert reaches == {
        "s3:GetObject": {f"/{told['MONITORS_PREFIX']}*", f"/${{{source['Ref']}}}*"},
        "s3:ListBucket": {""},
        "s3:PutObject": written,
        "s3:AbortMultipartUpload": written,  # a large upload that fails leaves no parts behind
        "s3:DeleteObject": {f"/{told['REJECTED_PREFIX']}*"},
    }


@each_function
def test_listing_is_limited_to_the_configuration(function: str) -> None:
    (listing,) = [s for s in allowed(function) if actions(s) == {"s3:ListBucket"}]
    assert listing["Condition"]["StringLike"]["s3:prefix"] == "monitors/*"


def test_no_statement_allows_every_resource_or_a_whole_service() -> None:
    found = [statement for function in FUNCTIONS for statement in allowed(function)]
    for policy in of_type("AWS::SQS::QueuePolicy").values():
        found += policy["PolicyDocument"]["Statement"]
    assert found
    for statement in found:
        assert statement["Resource"] != "*"
        assert not any("*" in action for action in actions(statement))


@each_function
def test_a_message_is_not_delivered_again_while_its_function_still_runs(function: str) -> None:
    timeout = FUNCTIONS[function].get("Timeout", GLOBALS["Timeout"])
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert QUEUES[source_queue(function)]["VisibilityTimeout"] >= 6 * timeout


@each_function
def test_what_cannot_be_read_ends_in_a_dead_letter_queue_for_two_weeks(function: str) -> None:
    redrive = QUEUES[source_queue(function)]["RedrivePolicy"]
    dead_letters = redrive["deadLetterTargetArn"]["Fn::GetAtt"][0]
    assert redrive["maxReceiveCount"] >= 5
    assert QUEUES[dead_letters]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_everything_at_rest_is_encrypted() -> None:
    assert all(queue["SqsManagedSseEnabled"] for queue in QUEUES.values())
    for bucket in of_type("AWS::S3::Bucket").values():
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_bucket_refuses_plain_http() -> None:
    (policy,) = of_type("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_tells_eventbridge_and_outlives_the_stack() -> None:
    bucket = RESOURCES["DataBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    notifications = bucket["Properties"]["NotificationConfiguration"]
    assert notifications["EventBridgeConfiguration"]["EventBridgeEnabled"] is True


@each_function
def test_logs_are_kept_for_a_stated_time(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionInDays"}


def test_every_parameter_is_described_and_shown_in_a_group() -> None:
    interface = TEMPLATE["Metadata"]["AWS::CloudFormation::Interface"]
    grouped = [name for group in interface["ParameterGroups"] for name in group["Parameters"]]
    assert sorted(grouped) == sorted(TEMPLATE["Parameters"])
    assert all(parameter["Description"] for parameter in TEMPLATE["Parameters"].values())


def test_the_disk_is_as_large_as_the_documentation_says() -> None:
    assert GLOBALS["EphemeralStorage"] == {"Size": 2048}
    text = (Path(__file__).parents[2] / "docs" / "data.md").read_text()
    assert "2,048 MB" in text
