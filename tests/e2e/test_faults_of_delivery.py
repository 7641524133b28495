"""Events that come often, in any order, for too many files at once, or before their labels."""

from __future__ import annotations

import json
import random
from collections import Counter

import pytest

from tests.e2e.judging import assert_undisturbed, undisturbed
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import Uploads, captured

pytestmark = [pytest.mark.e2e, begins(undisturbed)]

TRIPLED, BURST, EARLY = "tripled", "burst", "labels-first"
COPIES = 3
BURST_FILES = 500


def event(bucket: str, key: str) -> str:
    detail = {"bucket": {"name": bucket}, "object": {"key": key}}
    return json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": detail})


def deliver_again(stack: Stack) -> None:
    """Besides the event that S3 sends, two more of every object, in an order of their own."""
    for queue, uploads in (
        ("CaptureQueue", captured(TRIPLED)),
        ("GroundTruthQueue", labelled(TRIPLED)),
    ):
        stack.upload(uploads)
        again = [*uploads.objects] * (COPIES - 1)
        random.Random(5).shuffle(again)
        for key in again:
            stack.sqs.send_message(QueueUrl=stack.name(queue), MessageBody=event(stack.bucket, key))


def split_by_key(stack: Stack, endpoint: str) -> Counter[str]:
    """How often each object of an endpoint has been split."""
    lines = [
        line
        for function in ("split-capture", "split-ground-truth")
        for line in stack.logged(function, "object split")
    ]
    return Counter(line["key"] for line in lines if f"/{endpoint}/" in line["key"])


@begins(deliver_again)
def test_events_delivered_three_times_and_out_of_order_count_once(stack: Stack) -> None:
    captures, labels = captured(TRIPLED), labelled(TRIPLED)

    def often_enough() -> bool:
        times = split_by_key(stack, TRIPLED)
        return all(times[key] >= COPIES for key in (captures | labels).objects)

    stack.eventually(often_enough, f"{COPIES} splits of each file")
    stack.wait_until_split(TRIPLED, captures, labels)
    assert_undisturbed(stack, TRIPLED)


def send_labels_first(stack: Stack) -> None:
    stack.upload(labelled(EARLY))


@begins(send_labels_first)
def test_labels_may_come_before_their_predictions(stack: Stack) -> None:
    labels = labelled(EARLY)
    stack.wait_until_split(EARLY, Uploads({}, {}), labels)
    captures = captured(EARLY)
    stack.upload(captures)
    stack.wait_until_split(EARLY, captures, labels)
    assert_undisturbed(stack, EARLY)


def burst(stack: Stack) -> None:
    stack.upload(captured(BURST, files=BURST_FILES) | labelled(BURST))


@begins(burst)
def test_a_burst_of_500_files_comes_to_the_numbers_of_five(stack: Stack) -> None:
    captures = captured(BURST, files=BURST_FILES)
    assert len(captures.objects) == BURST_FILES
    stack.wait_until_split(BURST, captures, labelled(BURST), seconds=300)
    assert_undisturbed(stack, BURST)
