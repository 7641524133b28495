"""A Lambda event -> the objects that arrived, whichever way the event came.

S3 can tell Lambda directly, through EventBridge, or either of them through a queue. Keys are
URL-encoded in S3's own notifications and plain in EventBridge's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

import orjson


class UnknownEvent(ValueError):
    """The event tells of no object in S3."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One object that was created or replaced."""

    bucket: str
    key: str


def is_queue_event(event: Mapping[str, Any]) -> bool:
    """Whether the event holds messages of a queue."""
    match event:
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            return True
    return False


def arrivals(event: Mapping[str, Any]) -> list[Arrival]:
    """The objects of one event that is not a queue's; raises `UnknownEvent`."""
    try:
        return [arrival for arrival in _arrivals(event) if not arrival.key.endswith("/")]
    except (AttributeError, KeyError, TypeError) as error:
        raise UnknownEvent(f"the event lacks what S3's events have: {error!r}") from error


def event_in_message(body: str) -> Mapping[str, Any]:
    """The event that one queue message holds; raises `UnknownEvent`."""
    try:
        event = orjson.loads(body)
    except ValueError as error:
        raise UnknownEvent("the message is not JSON") from error
    if not isinstance(event, dict):
        raise UnknownEvent("the message is no JSON object")
    return event


def correlation_id(event: Mapping[str, Any], carrier: str) -> str:
    """What the logs of one event have in common: EventBridge's id, else that of what carried it."""
    match event:
        case {"source": "aws.s3", "id": str(event_id)} if event_id:
            return event_id
    return carrier


def _arrivals(event: Mapping[str, Any]) -> Iterator[Arrival]:
    if event.get("Event") == "s3:TestEvent":  # sent once, when the notification is set up
        return
    if event.get("source") == "aws.s3" and "detail" in event:
        detail = event["detail"]
        yield Arrival(detail["bucket"]["name"], detail["object"]["key"])
        return
    records = event.get("Records")
    if not records or any("s3" not in record for record in records):
        raise UnknownEvent("the event is neither S3's nor EventBridge's about S3")
    for record in records:
        yield Arrival(record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
