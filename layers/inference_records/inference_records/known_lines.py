"""Captured lines like one that was read before: the same forms on both sides, the same columns.

A line that differs in anything is not judged here: it is read as the first one was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import orjson

from inference_records.bodies import media_type
from inference_records.captured_requests import Request, inference_id, inference_time
from inference_records.configuration import Configuration
from inference_records.known_bodies import KnownBodies, OtherForm, known_bodies
from inference_records.known_objects import LARGEST
from inference_records.lines import Span
from inference_records.readings import Reading
from inference_records.rejections import BadRecord
from inference_records.request_bodies import is_counted_otherwise
from inference_records.request_columns import numeric_columns
from inference_records.request_groups import Entry, Sides
from inference_records.unread_requests import Layout


@dataclass(frozen=True, slots=True)
class KnownLines:
    """Reads a line as far as it is like the one that it was made of."""

    sides: Sides
    configuration: Configuration
    said: KnownBodies
    asked: KnownBodies | None
    layout: Layout | None
    """Where requests are only counted, and not asked."""
    keeps_requests: bool

    def emptied(self) -> KnownLines:
        """The same without records."""
        asked = None if self.asked is None else self.asked.emptied()
        return replace(self, said=self.said.emptied(), asked=asked)

    def entry(self, span: Span) -> Entry | None:
        """The request of a line; None if the line is not like those before it, or may not be."""
        try:
            if self.layout is None:
                document, asked = span.buffer[span.start : span.end], None
            elif (cut := self.layout.cut(span)) is not None:
                document, count = cut
            else:
                return None
            line = orjson.loads(document)
            capture, metadata = line["captureData"], line["eventMetadata"]
            said, records = self.said.read(capture["endpointOutput"])
            if self.layout is None:
                asked, count = self._asked(capture["endpointInput"])
            elif len(capture) > 1:
                return None
            event_id, time = metadata["eventId"], inference_time(metadata["inferenceTime"])
        except (KeyError, TypeError, ValueError):
            return None
        if records != count or type(event_id) is not str or not event_id or span.too_long:
            return None
        return Entry(
            span.number,
            span.excerpt,
            event_id,
            inference_id(metadata),
            time,
            count,
            self.said.kept(said),
            self.asked.kept(asked) if self.keeps_requests else None,
        )

    def _asked(self, request: dict[str, Any]) -> tuple[Any, int]:
        if is_counted_otherwise(media_type(request, self.configuration.request)):
            raise OtherForm
        return self.asked.read(request)


def known_lines(
    sides: Sides, request: Request, layout: Layout | None, configuration: Configuration
) -> KnownLines | None:
    """What one line teaches of those behind it; None if it has a form that must be read anew."""
    body = request.request
    if configuration.reading == "strict" or sides.request is None or body is None:
        return None
    said, asked = known_bodies(sides.response, configuration.response), None
    if layout is None:
        numeric = _numeric(body, configuration)
        asked = known_bodies(sides.request, configuration.request, numeric)
    if said is None or (asked is None and layout is None):
        return None
    keeps = asked is not None and body.payload is not None
    return KnownLines(sides, configuration, said, asked, layout, keeps)


def _numeric(body: Reading, configuration: Configuration) -> frozenset[str]:
    """The columns of which only numbers are wanted, where nothing else was found in them."""
    if type(body.payload) is not dict:
        return frozenset()
    try:
        wanted = numeric_columns(body.names, configuration)
    except BadRecord:  # it is told where the columns are gathered
        return frozenset()
    return frozenset(name for name in wanted if all(map(_is_number, body.payload[name])))


def _is_number(value: object) -> bool:
    return value is None or (type(value) in (int, float) and abs(value) <= LARGEST)
