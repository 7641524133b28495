"""`sam deploy` to the emulator: an uploaded file passes every service and comes back as rows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.e2e.world import (
    DATA,
    LABELS,
    PREDICTIONS,
    Emulator,
    eventually,
    keys,
    labels_in,
    predictions_in,
    read,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

pytestmark = pytest.mark.e2e
CAPTURE = "data-capture/churn/AllTraffic/2026/11/20/09/12-31-482-6f1c1c9e.jsonl"
GROUND_TRUTH = "ground-truth/churn/2026/11/20/10/labels.jsonl"


@pytest.fixture
def bucket(outputs: dict[str, str]) -> str:
    return outputs["DataBucketName"]


def upload(s3: S3Client, bucket: str, key: str, name: str) -> None:
    s3.put_object(Bucket=bucket, Key=key, Body=(DATA / name).read_bytes())


def test_captured_requests_become_prediction_rows(s3: S3Client, bucket: str) -> None:
    upload(s3, bucket, CAPTURE, "capture.jsonl")
    (prepared,) = eventually(
        lambda: keys(s3, bucket, "prepared/predictions/"), "prepared predictions"
    )
    assert predictions_in(read(s3, bucket, prepared)) == PREDICTIONS
    eventually(lambda: keys(s3, bucket, f"rejected/{CAPTURE}.jsonl"), "the rejected line")


def test_a_file_that_arrives_again_gives_the_same_bytes(s3: S3Client, bucket: str) -> None:
    upload(s3, bucket, CAPTURE, "capture.jsonl")
    (prepared,) = eventually(
        lambda: keys(s3, bucket, "prepared/predictions/"), "prepared predictions"
    )
    first = read(s3, bucket, prepared)

    def written() -> datetime:
        return s3.head_object(Bucket=bucket, Key=prepared)["LastModified"]

    before = written()
    upload(s3, bucket, CAPTURE, "capture.jsonl")
    eventually(lambda: written() > before, "the same file, written again")
    assert keys(s3, bucket, "prepared/predictions/") == [prepared]
    assert read(s3, bucket, prepared) == first


def test_labels_become_ground_truth_rows(s3: S3Client, bucket: str) -> None:
    upload(s3, bucket, GROUND_TRUTH, "labels.jsonl")
    (prepared,) = eventually(
        lambda: keys(s3, bucket, "prepared/ground-truth/endpoint=churn/"), "prepared labels"
    )
    assert labels_in(read(s3, bucket, prepared)) == LABELS


def test_nothing_of_that_was_dead_lettered(
    s3: S3Client, bucket: str, outputs: dict[str, str], session: boto3.Session, emulator: Emulator
) -> None:
    sqs = session.client("sqs", endpoint_url=emulator.url)
    for output in ("CaptureDeadLetterQueueUrl", "GroundTruthDeadLetterQueueUrl"):
        attributes = sqs.get_queue_attributes(
            QueueUrl=outputs[output], AttributeNames=["ApproximateNumberOfMessages"]
        )
        assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "0"
