"""Where captured lines stand -> requests, each read no further than its settings need."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from inference_records.captured_requests import (
    Request,
    asked_in,
    capture_line,
    capture_without_request,
    understood,
)
from inference_records.configuration import Configuration
from inference_records.known_lines import KnownLines, known_lines
from inference_records.lines import Span
from inference_records.readings import Reading, unread
from inference_records.rejections import BadRecord
from inference_records.request_columns import may_go_unread, spare
from inference_records.request_groups import Entry, Sides
from inference_records.unread_requests import UNKNOWN, Cut, Layout, layout_of


@dataclass(slots=True)
class CaptureReader:
    """Reads the lines of one file, most of which are like the one before them."""

    configuration: Configuration
    _layout: Layout = UNKNOWN
    _known: KnownLines | None = None
    _may_go_unread: bool = field(init=False)

    def __post_init__(self) -> None:
        self._may_go_unread = may_go_unread(self.configuration)

    def read(self, span: Span) -> tuple[Sides, Entry]:
        """The request of one line; raises `BadRecord`."""
        if self._may_go_unread and (cut := self._cut(span)) is not None:
            try:
                capture, metadata = capture_without_request(cut.document)
                return self._read(span, capture, metadata, unread(cut.records))
            except (BadRecord, orjson.JSONDecodeError):
                pass  # what is at fault is judged by the whole line
        capture, metadata = capture_line(span.whole, span.too_long)
        try:
            return self._read(span, capture, metadata)
        except BadRecord as error:
            error.asked = asked_in(metadata)
            raise

    def _read(
        self,
        span: Span,
        capture: dict[str, Any],
        metadata: dict[str, Any],
        counted: Reading | None = None,
    ) -> tuple[Sides, Entry]:
        known = self._known
        if known is not None:
            entry = known.entry(span, capture, metadata, counted)
            if entry is not None:
                return known.sides, entry
        request = understood(capture, metadata, self.configuration, counted)
        request = spare(request, self.configuration)
        sides = request.sides
        self._known = known_lines(sides, request, self.configuration)
        return sides, _entry(span, request)

    def _cut(self, span: Span) -> Cut | None:
        cut = self._layout.cut(span)
        if cut is not None or (layout := layout_of(span)) is None:
            return cut
        self._layout = layout
        return layout.cut(span)


def _entry(span: Span, request: Request) -> Entry:
    asked = None if request.request is None else request.request.payload
    response = request.response
    return Entry(
        span.number,
        span.excerpt,
        request.event_id,
        request.inference_id,
        request.time,
        response.count,
        response.payload,
        asked,
    )
