"""What functions are told, and what becomes of that which they cannot do."""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any

import pytest

from inference_records.object_worker import Prefixes
from tests.unit.template.resolving import (
    DEPLOYMENTS,
    EVERYTHING,
    LAMBDA,
    MODEL_MONITOR,
    PROCESSING,
    ROOT,
    STACK,
    TEMPLATE,
    Deployment,
)

GLOBALS = TEMPLATE["Globals"]["Function"]
SPLITTERS = ("SplitCaptureFunction", "SplitGroundTruthFunction")
FUNCTIONS = (*SPLITTERS, "MonitorFunction")
QUEUES = Deployment(PROCESSING).of_type("AWS::SQS::Queue")
each_splitter = pytest.mark.parametrize("function", SPLITTERS)
each_function = pytest.mark.parametrize("function", FUNCTIONS)
each_deployment = pytest.mark.parametrize("given", DEPLOYMENTS.values(), ids=DEPLOYMENTS)


def properties(function: str) -> dict[str, Any]:
    found: dict[str, Any] = Deployment(PROCESSING).resources[function]["Properties"]
    return found


def source_queue(function: str) -> dict[str, Any]:
    (event,) = properties(function)["Events"].values()
    assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    return QUEUES[event["Properties"]["Queue"].removesuffix(".Arn")]


def test_these_are_all_functions() -> None:
    assert set(Deployment(PROCESSING).of_type("AWS::Serverless::Function")) == set(FUNCTIONS)


@each_function
def test_each_function_is_told_where_it_belongs(function: str) -> None:
    told = Deployment(PROCESSING).variables(function)
    assert told["POWERTOOLS_METRICS_NAMESPACE"] == STACK
    group = Deployment(PROCESSING).resources[properties(function)["LoggingConfig"]["LogGroup"]]
    service = told["POWERTOOLS_SERVICE_NAME"]
    assert group["Properties"]["LogGroupName"] == f"/aws/lambda/{STACK}/{service}"
    assert all(told[name].endswith("/") for name in told if name.endswith("_PREFIX"))


@each_splitter
def test_a_splitter_is_told_every_prefix(function: str) -> None:
    told = Deployment(PROCESSING).variables(function)
    assert Prefixes.from_environment(told)
    assert "CAPTURE_PREFIX" in told or "GROUND_TRUTH_PREFIX" in told


def test_the_key_of_hashes_is_told_where_there_is_one() -> None:
    name = "FEATURE_HASH_KEY_SECRET_ARN"
    assert Deployment(PROCESSING).variables("SplitCaptureFunction")[name] == ""
    assert Deployment(EVERYTHING).variables("SplitCaptureFunction")[name] == "FeatureHashKey"


@each_deployment
def test_the_monitor_is_told_what_it_requires(given: dict[str, str]) -> None:
    told = Deployment(given).variables("MonitorFunction")
    settings = importlib.import_module("monitor.function_settings")
    assert set(settings.REQUIRED) <= told.keys()


@pytest.mark.parametrize("given", [PROCESSING, LAMBDA, MODEL_MONITOR])
def test_the_monitor_is_told_its_window(given: dict[str, str]) -> None:
    told = Deployment(given).variables("MonitorFunction")
    assert told["MONITOR_RUNTIME"] == given.get("MonitorRuntime", "Processing")
    assert told["WINDOW_MINUTES"] == given.get("WindowMinutes", "60")
    assert told["DATA_BUCKET"] == "DataBucket"


def test_the_image_has_what_the_function_starts() -> None:
    monitor = TEMPLATE["Resources"]["MonitorFunction"]
    assert (ROOT / monitor["Metadata"]["DockerContext"]).samefile(ROOT)
    assert (ROOT / monitor["Metadata"]["Dockerfile"]).is_file()
    image = monitor["Properties"]["ImageConfig"]
    assert image["EntryPoint"] == ["python", "-m", "awslambdaric"]
    (handler,) = image["Command"]
    module, _, _ = handler.rpartition(".")
    assert importlib.util.find_spec(module) is not None


@each_splitter
def test_a_message_is_not_delivered_again_while_its_function_still_runs(function: str) -> None:
    timeout = properties(function).get("Timeout", GLOBALS["Timeout"])
    # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    assert source_queue(function)["VisibilityTimeout"] >= 6 * timeout


@each_splitter
def test_what_cannot_be_read_ends_in_a_dead_letter_queue_for_two_weeks(function: str) -> None:
    redrive = source_queue(function)["RedrivePolicy"]
    dead_letters = redrive["deadLetterTargetArn"].removesuffix(".Arn")
    assert redrive["maxReceiveCount"] >= 5
    assert QUEUES[dead_letters]["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_what_the_monitor_could_not_do_is_kept_for_two_weeks() -> None:
    (retries,) = Deployment(PROCESSING).of_type("AWS::Lambda::EventInvokeConfig").values()
    assert retries["FunctionName"] == "MonitorFunction"
    assert retries["Qualifier"] == "$LATEST"
    kept = retries["DestinationConfig"]["OnFailure"]["Destination"].removesuffix(".Arn")
    assert QUEUES[kept]["MessageRetentionPeriod"] == 14 * 24 * 3600


@each_function
def test_logs_are_kept_for_a_stated_time(function: str) -> None:
    group = properties(function)["LoggingConfig"]["LogGroup"]
    kept = TEMPLATE["Resources"][group]["Properties"]["RetentionInDays"]
    assert kept == {"Ref": "LogRetentionInDays"}


def test_traces_are_on() -> None:
    assert GLOBALS["Tracing"] == "Active"


def test_the_disk_is_as_large_as_the_documentation_says() -> None:
    assert GLOBALS["EphemeralStorage"] == {"Size": 2048}
    assert "2,048 MB" in (ROOT / "docs" / "data.md").read_text()
