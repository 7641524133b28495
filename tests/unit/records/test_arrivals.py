"""Every way in which S3 tells of an object names the same object."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from inference_records.arrivals import (
    Arrival,
    UnknownEvent,
    arrivals,
    correlation_id,
    event_in_message,
    is_queue_event,
)

EVENTS = Path(__file__).parents[3] / "events"
BUCKET = "batch-payload-monitor-data"
CAPTURE = (
    "data-capture/churn/AllTraffic/2026/11/20/09/12-31-482-6f1c1c9e-52b1-4c8e-9a57-0d9c8f3b7a41"
)
LABELS = "ground-truth/churn/2026/11/20/10/labels"
KEYS = {
    "capture_created_eventbridge.json": [f"{CAPTURE}.jsonl"],
    "capture_created_sqs.json": [f"{CAPTURE}.jsonl"],
    "capture_created_s3.json": [f"{CAPTURE} restored=2026-11-21.jsonl"],
    "ground_truth_created_eventbridge.json": [f"{LABELS}.jsonl"],
    "ground_truth_created_sqs.json": [f"{LABELS}.jsonl"],
    "ground_truth_created_s3.json": [f"{LABELS} batch=7 + late.jsonl"],
    "s3_test_event_sqs.json": [],
}


def load(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / name).read_bytes())
    return event


def arrivals_in_message(body: str) -> list[Arrival]:
    return arrivals(event_in_message(body))


def all_arrivals(event: dict[str, Any]) -> list[Arrival]:
    if not is_queue_event(event):
        return arrivals(event)
    return [found for message in event["Records"] for found in arrivals_in_message(message["body"])]


def test_every_event_file_is_known_here() -> None:
    found = {path.name for path in EVENTS.glob("*.json") if not path.name.startswith("monitor_")}
    assert found == KEYS.keys()


@pytest.mark.parametrize("name", KEYS)
def test_the_object_of_each_event_is_found(name: str) -> None:
    assert all_arrivals(load(name)) == [Arrival(BUCKET, key) for key in KEYS[name]]


@pytest.mark.parametrize("name", KEYS)
def test_queue_events_are_told_from_others(name: str) -> None:
    assert is_queue_event(load(name)) is name.endswith("_sqs.json")


def test_a_direct_notification_may_come_through_the_queue_and_hold_several_objects() -> None:
    event = load("capture_created_s3.json")
    event["Records"] *= 2
    assert (
        arrivals_in_message(json.dumps(event))
        == [Arrival(BUCKET, KEYS["capture_created_s3.json"][0])] * 2
    )


def test_keys_are_decoded_where_s3_encodes_them_and_only_there() -> None:
    direct = load("capture_created_s3.json")
    direct["Records"][0]["s3"]["object"]["key"] = "a%2Bb+c%C3%A9/%25"
    assert [found.key for found in arrivals(direct)] == ["a+b cé/%"]
    bridged = load("capture_created_eventbridge.json")
    bridged["detail"]["object"]["key"] = "a%2Bb+c"
    assert [found.key for found in arrivals(bridged)] == ["a%2Bb+c"]


def test_folders_that_the_console_creates_are_no_objects() -> None:
    event = load("capture_created_eventbridge.json")
    event["detail"]["object"]["key"] = "data-capture/churn/"
    assert arrivals(event) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"source": "aws.ec2", "detail": {}},
        {"source": "aws.s3"},
        {"source": "aws.s3", "detail": {}},
        {"source": "aws.s3", "detail": {"bucket": {"name": "b"}}},
        {"source": "aws.s3", "detail": []},
        {"Records": []},
        {"Records": [{}]},
        {"Records": [7]},
        {"Records": {"s3": 1}},
        {"Records": [{"s3": {}}]},
        {"Records": [{"s3": {"bucket": {"name": "b"}, "object": {"key": 7}}}]},
        {"Records": [{"eventSource": "aws:kinesis"}]},
        {"httpMethod": "GET", "path": "/"},
    ],
)
def test_an_unknown_event_is_refused(event: dict[str, Any]) -> None:
    assert not is_queue_event(event)
    with pytest.raises(UnknownEvent):
        arrivals(event)
    with pytest.raises(UnknownEvent):
        arrivals_in_message(json.dumps(event))


@pytest.mark.parametrize("body", ["", "hello", "[]", "7", "null", '"x"', "{", "[" * 100_000])
def test_a_message_that_is_no_event_is_refused(body: str) -> None:
    with pytest.raises(UnknownEvent):
        arrivals_in_message(body)


def test_logs_of_an_event_are_found_by_the_id_of_eventbridge_else_of_what_carried_it() -> None:
    bridged = load("capture_created_eventbridge.json")
    assert correlation_id(bridged, "message") == "19f7be34-01ca-5114-aa0b-34d0dc977467"
    assert correlation_id(load("capture_created_s3.json"), "message") == "message"
    assert correlation_id(bridged | {"id": None}, "message") == "message"
    assert correlation_id({}, "message") == "message"


@pytest.mark.parametrize("name", [name for name in KEYS if name.endswith("_sqs.json")])
def test_the_digest_of_each_message_is_that_of_its_body(name: str) -> None:
    for message in load(name)["Records"]:
        body = message["body"].encode()
        assert message["md5OfBody"] == hashlib.md5(body, usedforsecurity=False).hexdigest()
