"""Captured lines like one that was read before: the same forms on both sides, the same columns.

A line that differs in anything is not judged here: it is read as the first one was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from inference_records.bodies import media_type
from inference_records.captured_requests import Request, inference_id, inference_time
from inference_records.configuration import Body, Configuration
from inference_records.known_objects import KnownObjects, OtherForm, known_objects
from inference_records.lines import Span
from inference_records.readings import OBJECTS, UNREAD, Kind, Reading
from inference_records.rejections import BadRecord
from inference_records.request_bodies import is_counted_otherwise
from inference_records.request_groups import Entry, Sides

Known = KnownObjects


@dataclass(frozen=True, slots=True)
class KnownLines:
    """Reads a line as far as it is like the one that it was made of."""

    sides: Sides
    said: Known
    asked: Known | None
    """None where requests are counted unread."""
    keeps_requests: bool
    configuration: Configuration

    def entry(
        self,
        span: Span,
        capture: dict[str, Any],
        metadata: dict[str, Any],
        counted: Reading | None,
    ) -> Entry | None:
        """The request of a line; None if the line is not like those before it, or may not be."""
        try:
            event_id, response = metadata["eventId"], capture["endpointOutput"]
            if type(event_id) is not str or not event_id or response["encoding"] != self.said.encoding:
                return None
            said, records = self.said.read(response["data"])
            asked, requested = self._asked(capture) if counted is None else (None, counted.count)
            if records != requested or (counted is None) != (self.asked is not None):
                return None
            time = inference_time(metadata["inferenceTime"])
        except (KeyError, TypeError, OtherForm, BadRecord):
            return None
        return Entry(
            span.number, span.excerpt, event_id, inference_id(metadata), time, records, said, asked
        )

    def _asked(self, capture: dict[str, Any]) -> tuple[Any, int]:
        request = capture["endpointInput"]
        if self.asked is None or request["encoding"] != self.asked.encoding:
            raise OtherForm
        if is_counted_otherwise(media_type(request, self.configuration.request)):
            raise OtherForm
        payload, count = self.asked.read(request["data"])
        return payload if self.keeps_requests else None, count


def known_lines(sides: Sides, request: Request, configuration: Configuration) -> KnownLines | None:
    """What one line teaches of those behind it; None if it has a form that must be read anew."""
    if configuration.reading == "strict":
        return None
    said = _known(sides.response, configuration.response)
    if said is None or sides.request is None:
        return None
    is_unread = request.request is not None and request.request.form == UNREAD
    asked = None if is_unread else _known(sides.request, configuration.request)
    if asked is None and not is_unread:
        return None
    keeps = request.request is not None and request.request.payload is not None
    return KnownLines(sides, said, asked, keeps, configuration)


def _known(kind: Kind, body: Body) -> Known | None:
    if body.records is not None or not kind.names:
        return None
    return known_objects(kind.names) if kind.form == OBJECTS else None
