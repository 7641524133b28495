"""`sam local invoke FUNCTION -e events/FILE`: each sample event, against an S3 API."""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest

from inference_records.configuration import Configuration
from inference_records.split import Source, split_capture, split_ground_truth
from tests.e2e.deployment import built_template
from tests.e2e.emulator import Emulator
from tests.e2e.parquet import LABELS, PREDICTIONS, labels_in, predictions_in
from tests.e2e.stack import keys, read
from tests.e2e.world import CREDENTIALS, DATA, HOST_ENTRY, ROOT, SAM, run

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.e2e
Invoke = Callable[[str, Path], Any]
BUCKET = "batch-payload-monitor-data"
EVENTS = ROOT / "events"


def source_key(event: dict[str, Any]) -> str:
    """The key that an event speaks of; only a direct notification encodes it."""
    if "detail" in event:
        key: str = event["detail"]["object"]["key"]
        return key
    (record,) = event["Records"]
    if "body" in record:
        return source_key(json.loads(record["body"]))
    return unquote_plus(record["s3"]["object"]["key"])


@pytest.fixture
def s3(emulator: Emulator) -> S3Client:
    return emulator.session.client("s3", endpoint_url=emulator.url)


@pytest.fixture
def bucket(s3: S3Client) -> str:
    """The sample events' bucket, empty."""
    s3.create_bucket(Bucket=BUCKET)
    for key in keys(s3, BUCKET):
        s3.delete_object(Bucket=BUCKET, Key=key)
    return BUCKET


@pytest.fixture(scope="module")
def template(emulator: Emulator) -> Path:
    """The built template, its functions sent to the emulator.

    `--env-vars` would not do: it sets only variables that the template declares.
    """
    return built_template("local.json", {"AWS_ENDPOINT_URL": emulator.url_in_containers})


@pytest.fixture
def invoke(template: Path) -> Invoke:
    def invoke(function: str, event: Path) -> Any:
        printed = run(
            *(SAM, "local", "invoke", function, "--template", template, "--event", event),
            *("--skip-pull-image", "--add-host", HOST_ENTRY),
            *("--parameter-overrides", f"DataBucketName={BUCKET}", "MonitorRuntime=Lambda"),
            environment={**os.environ, **CREDENTIALS},
        )
        return json.loads(printed)

    return invoke


@pytest.mark.parametrize("form", ["s3", "eventbridge", "sqs"])
def test_captured_requests_become_prediction_rows(
    form: str, invoke: Invoke, s3: S3Client, bucket: str
) -> None:
    event = ROOT / f"events/capture_created_{form}.json"
    source = source_key(json.loads(event.read_text()))
    s3.put_object(Bucket=bucket, Key=source, Body=(DATA / "capture.jsonl").read_bytes())

    assert invoke("SplitCaptureFunction", event) == {"batchItemFailures": []}

    prepared, aside = keys(s3, bucket, "prepared/")
    hour = "prepared/predictions/endpoint=churn/variant=AllTraffic/date=2026-11-20/hour=09/"
    assert prepared.startswith(hour)
    assert prepared.endswith(".parquet")
    assert predictions_in(read(s3, bucket, prepared)) == PREDICTIONS
    assert aside.startswith(hour.replace("predictions", "set-aside"))
    (rejected,) = read(s3, bucket, f"rejected/{source}.jsonl").splitlines()
    assert json.loads(rejected)["line"] == 4


@pytest.mark.parametrize("form", ["s3", "eventbridge", "sqs"])
def test_labels_become_ground_truth_rows(
    form: str, invoke: Invoke, s3: S3Client, bucket: str
) -> None:
    event = ROOT / f"events/ground_truth_created_{form}.json"
    source = source_key(json.loads(event.read_text()))
    s3.put_object(Bucket=bucket, Key=source, Body=(DATA / "labels.jsonl").read_bytes())

    assert invoke("SplitGroundTruthFunction", event) == {"batchItemFailures": []}

    (prepared,) = keys(s3, bucket, "prepared/")
    assert prepared.startswith("prepared/ground-truth/endpoint=churn/date=2026-11-20/hour=")
    assert labels_in(read(s3, bucket, prepared)) == LABELS
    assert keys(s3, bucket, "rejected/") == []


def test_the_test_message_of_s3_is_accepted_and_changes_nothing(
    invoke: Invoke, s3: S3Client, bucket: str
) -> None:
    event = ROOT / "events/s3_test_event_sqs.json"
    assert invoke("SplitCaptureFunction", event) == {"batchItemFailures": []}
    assert keys(s3, bucket) == []


@pytest.fixture
def monitored(s3: S3Client, bucket: str) -> str:
    """The bucket with an hour of an endpoint that is fine, as the splitters leave it."""
    now = datetime.now(UTC)

    def source(key: str, name: str) -> Source:
        return Source(key, now, io.BytesIO((DATA / name).read_bytes()))

    capture = source("data-capture/churn/AllTraffic/2026/11/20/09/a.jsonl", "capture.jsonl")
    labels = source("ground-truth/churn/2026/11/20/10/b.jsonl", "labels.jsonl")
    for split in (
        split_capture(capture, Configuration()),
        split_ground_truth(labels, "churn", Configuration()),
    ):
        with split:
            for key, body in split.prepared.items():
                s3.put_object(Bucket=bucket, Key=f"prepared/{key}", Body=body.read())
    accuracy = {"threshold": 0.5, "comparison_operator": "LessThanThreshold"}
    constraints = {"binary_classification_constraints": {"accuracy": accuracy}}
    s3.put_object(
        Bucket=bucket, Key="monitors/churn/constraints.json", Body=json.dumps(constraints)
    )
    # Ten records are no evidence of anything.
    settings = json.dumps({"verdicts": {"policy": "threshold"}})
    s3.put_object(Bucket=bucket, Key="monitors/churn/monitor.json", Body=settings)
    return bucket


@pytest.mark.parametrize("event", ["monitor_endpoint", "monitor_back_fill"])
def test_a_window_is_judged(event: str, invoke: Invoke, s3: S3Client, monitored: str) -> None:
    answer = invoke("MonitorFunction", EVENTS / f"{event}.json")
    assert answer["endpoint"] == "churn"
    assert answer["windows"] == {"2026-11-20T09:00:00Z/2026-11-20T10:00:00Z": "judged"}
    statistics = read(s3, monitored, "reports/churn/2026/11/20/09/statistics.json")
    found = json.loads(statistics)
    assert found["dataset"]["item_count"] == len(LABELS)
    assert found["batch_payload_monitor"]["verdict"] == "OK"


@pytest.fixture
def itself(emulator: Emulator) -> None:
    """Something in the emulator by the name that SAM gives to the function: it invokes itself."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def lambda_handler(event, context): return event")
    emulator.session.client("lambda", endpoint_url=emulator.url).create_function(
        FunctionName="MonitorFunction",
        Runtime="python3.13",
        Handler="app.lambda_handler",
        Role="arn:aws:iam::000000000000:role/any",
        Code={"ZipFile": code.getvalue()},
    )


@pytest.mark.usefixtures("itself", "monitored")
def test_a_tick_of_the_clock_is_passed_on_to_every_endpoint(invoke: Invoke) -> None:
    answer = invoke("MonitorFunction", EVENTS / "monitor_clock.json")
    assert answer == {"endpoints": ["churn"]}


def test_a_newcomer_sees_each_function_work_and_the_message_that_people_get() -> None:
    path = f"{SAM.parent}:{os.environ['PATH']}"
    python = ROOT / ".venv/bin/python"
    shown = run(python, "examples/local.py", environment={**os.environ, "PATH": path})
    assert "wrote s3://batch-payload-monitor-data/prepared/predictions/endpoint=churn/" in shown
    assert "Subject: VIOLATION churn/AllTraffic: accuracy 0.8 < 0.95" in shown
    assert (
        "Subject: VIOLATION churn/AllTraffic: accuracy 0.8 < 0.95"
        in (ROOT / "README.md").read_text()
    )
