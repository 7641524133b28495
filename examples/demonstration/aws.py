"""An AWS inside this process: bucket, rules and queues as template.yaml has them.

moto really delivers them: object -> EventBridge -> rule -> SQS. What it lacks is Lambda's poller,
which `functions` plays.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import boto3
from moto.server import ThreadedMotoServer

from demonstration.template import Wiring

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

BUCKET = "batch-payload-demo"
_REGION = "us-east-1"


@dataclass(frozen=True)
class Queue:
    """The addresses of a queue and of its dead-letter queue."""

    url: str
    dead_letter_url: str


@contextmanager
def embedded_aws() -> Iterator[None]:
    """Every AWS client that is made inside speaks to this process, whatever account is set up."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # it tells of every request
    server.start()
    host, port = server.get_host_and_port()
    theirs = [name for name in os.environ if name.startswith("AWS_")]
    ours = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "demo",
        "AWS_SECRET_ACCESS_KEY": "demo",
        "AWS_DEFAULT_REGION": _REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    try:
        with environment(dict.fromkeys(theirs) | ours):
            yield
    finally:
        server.stop()


@contextmanager
def environment(values: Mapping[str, str | None]) -> Iterator[None]:
    """These environment variables inside, or none where it says None; those of before after it."""
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def create_bucket() -> None:
    """A bucket that tells EventBridge of its objects."""
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket=BUCKET)
    s3.put_bucket_notification_configuration(
        Bucket=BUCKET, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )


def create_queue(name: str, wiring: Wiring) -> Queue:
    """The queue of one function, with the rule that fills it."""
    sqs, events = boto3.client("sqs"), boto3.client("events")
    dead_letters = sqs.create_queue(QueueName=f"{name}-dead-letters")["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": _arn(sqs, dead_letters),
        "maxReceiveCount": wiring.most_receives,
    }
    url = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": json.dumps(redrive)})
    events.put_rule(Name=name, EventPattern=json.dumps(wiring.event_pattern))
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": _arn(sqs, url["QueueUrl"])}])
    return Queue(url["QueueUrl"], dead_letters)


def put(s3: S3Client, key: str, body: bytes) -> None:
    """Upload one object, as an endpoint or a labelling team does."""
    s3.put_object(Bucket=BUCKET, Key=key, Body=body)


def _arn(sqs: SQSClient, url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]
