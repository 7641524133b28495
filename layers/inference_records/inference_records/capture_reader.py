"""Where captured lines stand -> requests, each read no further than its settings need."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from inference_records.captured_requests import (
    Request,
    capture_without_request,
    parse_request,
    understood,
)
from inference_records.configuration import Configuration
from inference_records.known_lines import KnownLines, known_lines
from inference_records.lines import Line, Span
from inference_records.readings import unread
from inference_records.rejections import BadRecord
from inference_records.request_columns import may_go_unread, spare
from inference_records.request_groups import Entry, Sides
from inference_records.unread_requests import Layout, layout_of


@dataclass(slots=True)
class CaptureReader:
    """Reads the lines of one file, most of which are like the one before them."""

    configuration: Configuration
    _known: KnownLines | None = None
    _plans: dict[Sides, KnownLines | None] = field(default_factory=dict)
    _may_go_unread: bool = field(init=False)

    def __post_init__(self) -> None:
        self._may_go_unread = may_go_unread(self.configuration)

    def read(self, span: Span) -> tuple[Sides, Entry]:
        """The request of one line; raises `BadRecord`."""
        known = self._known
        if known is not None and (entry := known.entry(span)) is not None:
            return known.sides, entry
        request, layout = self._understood(span)
        request = spare(request, self.configuration)
        sides = request.sides
        self._known = self._plans.get(sides)
        if sides not in self._plans:  # once is no pattern: each line may have other names
            self._plans[sides] = None
        elif self._known is None or self._known is known:  # by which it could not be read
            self._known = known_lines(sides, request, layout, self.configuration)
            self._plans[sides] = self._known
        # It is gathered with those behind it, if it is one of them itself.
        entry = None if self._known is None else self._known.entry(span)
        return sides, entry or _entry(span, request)

    def forget(self) -> None:
        """Begin a new chunk: what was read is held by its entries alone."""
        self._plans.clear()
        if self._known is not None:
            self._known = self._known.emptied()

    def _understood(self, span: Span) -> tuple[Request, Layout | None]:
        """The request of any line; where it was only counted, also the layout that let it be."""
        if self._may_go_unread and (layout := layout_of(span)) is not None:
            cut = layout.cut(span)
            with suppress(BadRecord):  # what is at fault is judged by the whole line
                if cut is not None:
                    document, records = cut
                    parts = capture_without_request(document)
                    return understood(*parts, self.configuration, unread(records)), layout
        return parse_request(Line(span.number, span.whole, span.too_long), self.configuration), None


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
