"""Where captured lines stand -> requests, each read no further than its settings need."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

import orjson

from inference_records.captured_requests import Request, parse_request, parse_without_request
from inference_records.configuration import Configuration
from inference_records.lines import Span
from inference_records.readings import OBJECTS
from inference_records.rejections import BadRecord
from inference_records.request_columns import may_go_unread, spare
from inference_records.unread_requests import UNKNOWN, Cut, Layout, layout_of


@dataclass(slots=True)
class CaptureReader:
    """Reads the lines of one file, which usually have one layout."""

    configuration: Configuration
    _layout: Layout = UNKNOWN
    _names: tuple[str, ...] = ()
    _may_go_unread: bool = field(init=False)

    def __post_init__(self) -> None:
        self._may_go_unread = may_go_unread(self.configuration)

    def request(self, span: Span) -> Request:
        """The request of one line; raises `BadRecord`."""
        if self._may_go_unread and (cut := self._cut(span)) is not None:
            # What is at fault is judged by the whole line.
            with suppress(BadRecord, orjson.JSONDecodeError):
                request = parse_without_request(span.excerpt, cut, self.configuration, self._names)
                response = request.response
                self._names = response.names if response.form is OBJECTS else ()
                return request
        return spare(parse_request(span.line, self.configuration), self.configuration)

    def _cut(self, span: Span) -> Cut | None:
        cut = self._layout.cut(span)
        if cut is not None or (layout := layout_of(span)) is None:
            return cut
        self._layout = layout
        return layout.cut(span)
