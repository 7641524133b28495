"""One line of data capture -> one request, understood as far as its records can be counted."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from inference_records.bodies import body_readings
from inference_records.configuration import Configuration
from inference_records.lines import Line
from inference_records.readings import (
    Reading,
    in_columns,
    objects_named,
    unread,
    with_all_names,
)
from inference_records.rejections import Asked, BadRecord
from inference_records.request_bodies import request_readings
from inference_records.unread_requests import Cut

_MESSAGE_LIMIT = 200


class Request(NamedTuple):
    """One captured request, understood as far as its records can be counted."""

    line: Line
    event_id: str
    inference_id: str | None
    time: datetime
    response: Reading
    request: Reading | None

    @property
    def asked(self) -> Asked:
        """Which request it is, for what of it is set aside."""
        return Asked(self.event_id, self.inference_id, self.time)


def parse_request(line: Line, configuration: Configuration) -> Request:
    """One capture line; raises `BadRecord` that says what is wrong, and of which request."""
    if line.too_long:
        raise BadRecord("line_too_long", "the line is longer than any captured request can be")
    capture, metadata = _capture_line(line.data)
    try:
        return _understood(line, capture, metadata, configuration)
    except BadRecord as error:
        error.asked = _asked(metadata)
        raise


def parse_without_request(
    line: Line, cut: Cut, configuration: Configuration, names: tuple[str, ...] = ()
) -> Request:
    """The same where the request is only counted; its faults are not to be told by this.

    The response is most probably a list of objects with these `names`.
    """
    capture, metadata = _capture_line(cut.document)
    if len(capture) > 1:
        raise BadRecord("not_a_capture", "the line has other parts than one request and response")
    return _understood(line, capture, metadata, configuration, unread(cut.records), names)


def _understood(
    line: Line,
    capture: dict[str, Any],
    metadata: dict[str, Any],
    configuration: Configuration,
    counted: Reading | None = None,
    names: tuple[str, ...] = (),
) -> Request:
    event_id = metadata.get("eventId")
    if not isinstance(event_id, str) or not event_id:
        raise BadRecord("no_event_id", "eventMetadata.eventId is missing")
    response_side, request_side = capture.get("endpointOutput"), capture.get("endpointInput")
    if not isinstance(response_side, dict) or response_side.get("data") is None:
        raise BadRecord(
            "no_response", "captureData.endpointOutput is missing: nothing was predicted"
        )
    time = _time(metadata.get("inferenceTime"))
    if counted is not None and names and configuration.response.records is None:
        known = _as_before(response_side, counted.count, names)
        if known is not None:
            return Request(line, event_id, _inference_id(metadata), time, known, counted)
    try:
        responses = body_readings(response_side, configuration.response)
    except BadRecord as error:
        raise BadRecord(error.code, f"endpointOutput: {error.message}", error.records) from error
    requests = request_readings(request_side, configuration) if counted is None else [counted]
    response, request = _agree(responses, requests)
    response = with_all_names(in_columns(response))
    return Request(line, event_id, _inference_id(metadata), time, response, request)


def _as_before(side: dict[str, Any], count: int, names: tuple[str, ...]) -> Reading | None:
    """A response that has the form of the one before it; None if it has not, or may have not."""
    data = side["data"]
    if side.get("encoding") != "JSON" or not isinstance(data, str) or not data.startswith("["):
        return None
    try:
        rows = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    return objects_named(names, rows) if len(rows) == count else None


def _asked(metadata: dict[str, Any]) -> Asked:
    """What can be told of a request that is set aside."""
    event_id = metadata.get("eventId")
    known = isinstance(event_id, str) and event_id
    with suppress(BadRecord):
        time = _time(metadata.get("inferenceTime"))
        return Asked(event_id if known else None, _inference_id(metadata), time)
    return Asked(event_id if known else None, _inference_id(metadata))


def _inference_id(metadata: dict[str, Any]) -> str | None:
    named = metadata.get("inferenceId")
    return None if named in (None, "") else str(named)


def _capture_line(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
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


def _time(value: object) -> datetime:
    try:
        time = datetime.fromisoformat(value.strip()) if isinstance(value, str) else None
        if time is not None:
            return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # the first and last days of all have no time in UTC
        pass
    message = f"eventMetadata.inferenceTime {value!r} is no ISO 8601 time"
    raise BadRecord("no_inference_time", message[:_MESSAGE_LIMIT])


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
