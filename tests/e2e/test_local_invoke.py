"""`sam local invoke FUNCTION -e events/FILE`: each sample event, against an S3 API."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

import pytest

from tests.e2e.world import (
    CREDENTIALS,
    DATA,
    HOST_ENTRY,
    LABELS,
    PREDICTIONS,
    ROOT,
    SAM,
    Emulator,
    keys,
    labels_in,
    predictions_in,
    read,
    run,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.e2e
Invoke = Callable[[str, Path], object]
BUCKET = "batch-payload-monitor-data"


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
    built = ROOT / ".aws-sam/build/template.yaml"
    declared = "Variables:\n"
    indent = " " * 8
    local = built.with_name("local.yaml")
    local.write_text(
        built.read_text().replace(
            declared, f"{declared}{indent}AWS_ENDPOINT_URL: {emulator.url_in_containers}\n", 1
        )
    )
    return local


@pytest.fixture
def invoke(template: Path) -> Invoke:
    def invoke(function: str, event: Path) -> object:
        printed = run(
            *(SAM, "local", "invoke", function, "--template", template, "--event", event),
            *("--skip-pull-image", "--add-host", HOST_ENTRY),
            environment={**os.environ, **CREDENTIALS},
        )
        answer: object = json.loads(printed)
        return answer

    return invoke


@pytest.mark.parametrize("form", ["s3", "eventbridge", "sqs"])
def test_captured_requests_become_prediction_rows(
    form: str, invoke: Invoke, s3: S3Client, bucket: str
) -> None:
    event = ROOT / f"events/capture_created_{form}.json"
    source = source_key(json.loads(event.read_text()))
    s3.put_object(Bucket=bucket, Key=source, Body=(DATA / "capture.jsonl").read_bytes())

    assert invoke("SplitCaptureFunction", event) == {"batchItemFailures": []}

    (prepared,) = keys(s3, bucket, "prepared/")
    hour = "prepared/predictions/endpoint=churn/variant=AllTraffic/date=2026-11-20/hour=09/"
    assert prepared.startswith(hour)
    assert prepared.endswith(".parquet")
    assert predictions_in(read(s3, bucket, prepared)) == PREDICTIONS
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
