"""Captured lines like one that was read before: the same forms on both sides, the same columns.

A line that differs in anything is not judged here: it is read as the first one was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import orjson

from inference_records.bodies import media_type
from inference_records.captured_requests import Request, inference_id, inference_time
from inference_records.configuration import Configuration
from inference_records.known_bodies import KnownBodies, known_bodies
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
        if span.too_long:
            return None
        try:
            if self.layout is not None:
                return self._without_request(span, self.layout)
            return None if self.asked is None else self._with_request(span, self.asked)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None

    def _without_request(self, span: Span, layout: Layout) -> Entry | None:
        cut = layout.cut(span)
        if cut is None:
            return None
        line = orjson.loads(cut[0])
        capture = line["captureData"]
        if len(capture) > 1:
            return None
        return self._entry(span, capture["endpointOutput"], line["eventMetadata"], cut[1])

    def _with_request(self, span: Span, bodies: KnownBodies) -> Entry | None:
        line = orjson.loads(span.buffer[span.start : span.end])
        capture = line["captureData"]
        request = capture["endpointInput"]
        if is_counted_otherwise(media_type(request, self.configuration.request)):
            return None
        asked, records = bodies.read(request)
        kept = partial(bodies.kept, asked) if self.keeps_requests else None
        return self._entry(span, capture["endpointOutput"], line["eventMetadata"], records, kept)

    def _entry(
        self,
        span: Span,
        response: dict[str, Any],
        metadata: dict[str, Any],
        requested: int,
        kept: Callable[[], object] | None = None,
    ) -> Entry | None:
        """Nothing is kept of a line that is not taken."""
        said, records = self.said.read(response)
        event_id, time = metadata["eventId"], inference_time(metadata["inferenceTime"])
        if records != requested or type(event_id) is not str or not event_id:
            return None
        return Entry(
            span.number,
            span.excerpt,
            event_id,
            inference_id(metadata),
            time,
            records,
            self.said.kept(said),
            None if kept is None else kept(),
        )


def known_lines(
    sides: Sides, request: Request, layout: Layout | None, configuration: Configuration
) -> KnownLines | None:
    """What one line teaches of those behind it; None if it has a form that must be read anew."""
    body = request.request
    if configuration.reading == "strict" or sides.request is None or body is None:
        return None
    said, asked, keeps = known_bodies(sides.response, configuration.response), None, False
    if said is None:
        return None
    if layout is None:
        asked = known_bodies(sides.request, configuration.request, _numeric(body, configuration))
        keeps = body.payload is not None
        if asked is None:
            return None
    return KnownLines(sides, configuration, said, asked, layout, keeps)


def _numeric(body: Reading, configuration: Configuration) -> frozenset[str]:
    """The columns of which only numbers are wanted, where nothing else was found in them."""
    if type(body.payload) is not dict:
        return frozenset()
    try:
        wanted = numeric_columns(body.names, configuration)
    except BadRecord:  # it is told where the columns are gathered
        return frozenset()
    return frozenset(name for name in wanted if _are_numbers(body.payload[name]))


def _are_numbers(values: Sequence[Any]) -> bool:
    """Whether all are, or are missing, and none is so large that a float would change it."""
    if not set(map(type, values)) <= _NUMBERS:
        return False
    return max(map(abs, filter(None, values)), default=0) <= LARGEST


_NUMBERS = {int, float, type(None)}
