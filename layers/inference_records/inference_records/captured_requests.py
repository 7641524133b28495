"""One line of data capture -> one request, understood as far as its records can be counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from inference_records.bodies import body_readings
from inference_records.configuration import Configuration
from inference_records.lines import Line
from inference_records.readings import Reading, in_columns, with_all_names
from inference_records.rejections import Asked, BadRecord
from inference_records.request_bodies import request_readings
from inference_records.request_groups import Sides

_MESSAGE_LIMIT = 200


class Request(NamedTuple):
    """One captured request, understood as far as its records can be counted."""

    event_id: str
    inference_id: str | None
    time: datetime
    response: Reading
    request: Reading | None

    @property
    def sides(self) -> Sides:
        """What both its payloads are."""
        return Sides(self.response.kind, None if self.request is None else self.request.kind)


def parse_request(line: Line, configuration: Configuration) -> Request:
    """One capture line; raises `BadRecord`."""
    capture, metadata = _capture_line(line.data, line.too_long)
    try:
        return understood(capture, metadata, configuration)
    except BadRecord as error:
        error.asked = _asked(metadata)
        raise


def understood(
    capture: dict[str, Any],
    metadata: dict[str, Any],
    configuration: Configuration,
    counted: Reading | None = None,
) -> Request:
    """The parts of a line, without the request where that was `counted`; raises `BadRecord`."""
    event_id = metadata.get("eventId")
    if not isinstance(event_id, str) or not event_id:
        raise BadRecord("no_event_id", "eventMetadata.eventId is missing")
    response_side, request_side = capture.get("endpointOutput"), capture.get("endpointInput")
    if not isinstance(response_side, dict) or response_side.get("data") is None:
        raise BadRecord(
            "no_response", "captureData.endpointOutput is missing: nothing was predicted"
        )
    time = inference_time(metadata.get("inferenceTime"))
    try:
        responses = body_readings(response_side, configuration.response)
    except BadRecord as error:
        raise BadRecord(error.code, f"endpointOutput: {error.message}", error.records) from error
    requests = request_readings(request_side, configuration) if counted is None else [counted]
    response, request = _agree(responses, requests)
    response = with_all_names(in_columns(response))
    return Request(event_id, inference_id(metadata), time, response, request)


def _asked(metadata: dict[str, Any]) -> Asked:
    """What can be told of a request that is set aside."""
    event_id = metadata.get("eventId")
    known = isinstance(event_id, str) and event_id
    with suppress(BadRecord):
        time = inference_time(metadata.get("inferenceTime"))
        return Asked(event_id if known else None, inference_id(metadata), time)
    return Asked(event_id if known else None, inference_id(metadata))


def inference_id(metadata: dict[str, Any]) -> str | None:
    """What the caller named the request; None if nothing."""
    named = metadata.get("inferenceId")
    return None if named in (None, "") else str(named)


def _capture_line(data: bytes, too_long: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parts `captureData` and `eventMetadata` of a line; raises `BadRecord`."""
    if too_long:
        raise BadRecord("line_too_long", "the line is longer than any captured request can be")
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        code = "not_utf8" if "UTF-8" in str(error) else "broken_json"
        raise BadRecord(code, f"the line is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadRecord("not_a_capture", "the line is no JSON object")
    capture, metadata = document.get("captureData"), document.get("eventMetadata")
    if not isinstance(capture, dict) or not isinstance(metadata, dict):
        raise BadRecord("not_a_capture", "the line has no captureData and eventMetadata")
    return capture, metadata


def capture_without_request(document: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The same of a line whose request was cut out; its faults are not to be told by this."""
    capture, metadata = _capture_line(document)
    if len(capture) > 1:
        raise BadRecord("not_a_capture", "the line has other parts than one request and response")
    return capture, metadata


def inference_time(value: object) -> datetime:
    """When the request was answered; raises `BadRecord`."""
    time = _time(value) if type(value) is str else None
    if time is None:
        message = f"eventMetadata.inferenceTime {value!r} is no ISO 8601 time"
        raise BadRecord("no_inference_time", message[:_MESSAGE_LIMIT])
    return time


@lru_cache(maxsize=4096)
def _time(text: str) -> datetime | None:
    """Many requests are answered in one second."""
    try:
        time = datetime.fromisoformat(text.strip())
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and last days of all have no time in UTC
        return None


def _agree(responses: list[Reading], requests: list[Reading]) -> tuple[Reading, Reading | None]:
    """The first readings of both sides with the same number of records."""
    if not requests:
        return responses[0], None
    for response in responses:
        for request in requests:
            if response.count == request.count:
                return response, request
    said, asked = responses[0].count, requests[0].count
    raise BadRecord(
        "count_mismatch",
        f"the request has {asked} records and the response {said}",
        max(said, asked, 1),
    )
