"""The deployed functions, loaded from where they lie, and the poller that Lambda runs for each.

A batch of messages becomes one event; messages that the handler does not report as failed are
deleted, the others come back until they are dead letters.
"""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any
from uuid import uuid4

import boto3

from demonstration.aws import BUCKET, Queue, create_queue, environment
from demonstration.template import Wiring, read_wiring

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

Handler = Callable[[dict[str, Any], "Context"], dict[str, Any]]


@dataclass(frozen=True)
class Context:
    """What Lambda hands to a handler beside the event."""

    function_name: str
    aws_request_id: str
    memory_limit_in_mb: int = 1769

    @property
    def invoked_function_arn(self) -> str:
        """An ARN of an account that is none."""
        return f"arn:aws:lambda:us-east-1:123456789012:function:{self.function_name}"


@dataclass(frozen=True)
class Function:
    """One function with its queue; what it logs goes to `log`."""

    name: str
    wiring: Wiring
    queue: Queue
    handler: Handler
    log: IO[str]

    def poll(self) -> int:
        """Hand over what waits in the queue until it is empty; how many invocations that took."""
        sqs = boto3.client("sqs")
        invocations = 0
        while True:
            answer = sqs.receive_message(
                QueueUrl=self.queue.url,
                MaxNumberOfMessages=self.wiring.batch_size,
                MessageSystemAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            if not messages:
                return invocations
            failed = self._invoke(messages)
            invocations += 1
            for message in messages:
                receipt = {"QueueUrl": self.queue.url, "ReceiptHandle": message["ReceiptHandle"]}
                if message["MessageId"] in failed:
                    # Deployed, it comes back after half an hour.
                    sqs.change_message_visibility(**receipt, VisibilityTimeout=0)
                else:
                    sqs.delete_message(**receipt)

    def dead_letters(self) -> int:
        """How many messages were given up."""
        found = boto3.client("sqs").get_queue_attributes(
            QueueUrl=self.queue.dead_letter_url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def _invoke(self, messages: list[MessageTypeDef]) -> set[str]:
        event = {"Records": [_record(message, self.name) for message in messages]}
        with contextlib.redirect_stdout(self.log):
            answer = self.handler(event, Context(self.name, str(uuid4())))
        return {item["itemIdentifier"] for item in answer["batchItemFailures"]}


def load_function(resource: str, name: str, log: IO[str]) -> Function:
    """A function of template.yaml, with a queue of its own that its events reach."""
    wiring = read_wiring(resource, BUCKET)
    with environment(wiring.environment), contextlib.redirect_stdout(log):
        handler = _import(f"{name.replace('-', '_')}_app", wiring)
    return Function(name, wiring, create_queue(name, wiring), handler, log)


def _import(module_name: str, wiring: Wiring) -> Handler:
    spec = importlib.util.spec_from_file_location(module_name, wiring.code)
    if spec is None or spec.loader is None:
        raise ImportError(f"{wiring.code} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    handler: Handler = module.lambda_handler
    return handler


def _record(message: MessageTypeDef, queue: str) -> dict[str, Any]:
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
        "awsRegion": "us-east-1",
    }
