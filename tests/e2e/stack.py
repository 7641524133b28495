"""The deployed application, seen from outside: its bucket, queues, functions, logs and reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.e2e import parquet
from tests.e2e.deployment import STACK, physical_name
from tests.e2e.emulator import Emulator
from tests.e2e.proxy import Proxy
from tests.e2e.traffic import Uploads
from tests.e2e.world import eventually

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Found = TypeVar("Found")
DATASETS = ("predictions", "ground-truth")


def keys(s3: S3Client, bucket: str, prefix: str = "") -> list[str]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for page in pages for found in page.get("Contents", [])]


def read(s3: S3Client, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@dataclass(frozen=True)
class Stack:
    """One deployed stack, and the faults of the S3 that its functions see."""

    emulator: Emulator
    proxy: Proxy
    outputs: Mapping[str, str]

    def client(self, service: str) -> Any:
        # Annotated where it is kept: the emulator has services that no stubs are installed for.
        return self.emulator.session.client(service, endpoint_url=self.emulator.url)  # type: ignore[call-overload]

    @cached_property
    def s3(self) -> S3Client:
        return self.emulator.session.client("s3", endpoint_url=self.emulator.url)

    @cached_property
    def sqs(self) -> SQSClient:
        return self.emulator.session.client("sqs", endpoint_url=self.emulator.url)

    @cached_property
    def cloudwatch(self) -> CloudWatchClient:
        return self.emulator.session.client("cloudwatch", endpoint_url=self.emulator.url)

    @property
    def bucket(self) -> str:
        return self.outputs["DataBucketName"]

    def name(self, resource: str) -> str:
        return physical_name(self.emulator, resource)

    # ---- Objects -------------------------------------------------------------------------------

    def put(self, key: str, body: bytes | str) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=data)

    def upload(self, uploads: Uploads) -> None:
        for key, body in uploads.objects.items():
            self.put(key, body)

    def keys(self, prefix: str) -> list[str]:
        return keys(self.s3, self.bucket, prefix)

    def read(self, key: str) -> bytes:
        return read(self.s3, self.bucket, key)

    def document(self, key: str) -> Any:
        return json.loads(self.read(key))

    # ---- Conservation --------------------------------------------------------------------------

    def prepared(self, endpoint: str, dataset: str) -> int:
        """Rows of an endpoint, and that each of its files is whole."""
        prefix = f"prepared/{dataset}/endpoint={endpoint}/"
        return sum(parquet.count(self.read(key)) for key in self.keys(prefix))

    def rejected(self, uploads: Uploads) -> int:
        """Records that were set aside of some objects."""
        expected = {f"rejected/{key}.jsonl" for key in uploads.objects}
        found = expected & set(self.keys("rejected/"))
        lines = [line for key in found for line in self.read(key).splitlines()]
        return sum(json.loads(line)["records"] for line in lines)

    def accounted(self, endpoint: str, dataset: str, uploads: Uploads) -> int:
        return self.prepared(endpoint, dataset) + self.rejected(uploads)

    def wait_until_split(
        self, endpoint: str, captures: Uploads, labels: Uploads, seconds: float = 120
    ) -> None:
        """Until every record of an endpoint is prepared or rejected; and there is not one more."""
        for dataset, uploads in zip(DATASETS, (captures, labels), strict=True):
            self.eventually(
                lambda d=dataset, u=uploads: self.accounted(endpoint, d, u) >= u.total,  # type: ignore[misc]
                f"{uploads.total} rows of {endpoint}'s {dataset}",
                seconds,
            )
            assert self.accounted(endpoint, dataset, uploads) == uploads.total

    # ---- Logs and queues -----------------------------------------------------------------------

    def logged(self, function: str, text: str = "") -> Iterator[dict[str, Any]]:
        """What a function logged as JSON, oldest first, of lines that contain a text."""
        group = {"logGroupName": f"/aws/lambda/{STACK}/{function}"}
        pages = self.client("logs").get_paginator("filter_log_events").paginate(**group)
        for page in pages:
            for event in page["events"]:
                message: str = event["message"].strip()
                if text in message and message.startswith("{"):
                    yield json.loads(message)

    def eventually(self, look: Callable[[], Found], what: str, seconds: float = 120) -> Found:
        return eventually(look, what, seconds, self.explain)

    def explain(self) -> str:
        """The end of what the emulator told, which has the functions' output in it."""
        lines = self.emulator.log.read_text().splitlines()
        noise = ("(rapid)", "START RequestId", "END RequestId", "REPORT RequestId", '"_aws"')
        told = [line[:1500] for line in lines if not any(each in line for each in noise)]
        return "\n".join(told[-30:])

    def waiting(self, queue_url: str) -> int:
        """Messages in a queue that nobody has taken."""
        found = self.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def take(self, queue_url: str) -> list[str]:
        """The bodies of all messages that can be seen in a queue, which are no longer there."""
        taken: list[str] = []
        while batch := self._receive(queue_url):
            for message in batch:
                taken.append(message["Body"])
                self.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
        return taken

    def dead_letters(self, output: str) -> list[str]:
        """The objects that a dead-letter queue tells of; the messages stay there."""
        url, bodies, receipts = self.outputs[output], list[str](), list[str]()
        while batch := self._receive(url):
            bodies += [message["Body"] for message in batch]
            receipts += [message["ReceiptHandle"] for message in batch]
        for receipt in receipts:
            self.sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle=receipt, VisibilityTimeout=0
            )
        return sorted(str(json.loads(body)["detail"]["object"]["key"]) for body in bodies)

    def _receive(self, queue_url: str) -> list[MessageTypeDef]:
        found = self.sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
        return found.get("Messages", [])


def begins(how: Callable[[Stack], None]) -> pytest.MarkDecorator:
    """Marks a test by what is done to the stack before any test, so that all can wait at once."""
    return pytest.mark.begins.with_args(how)
