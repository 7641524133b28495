"""A captured line without its request, whose records are counted where they stand, unread.

The request is nineteen twentieths of a line. Where only the number of its records is wanted, and
its layout makes their count certain, no byte of it is parsed; decision 0019 says why that is so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import orjson

from inference_records.bodies import media_type
from inference_records.configuration import Body
from inference_records.json_forms import WRAPPERS
from inference_records.lines import Span
from inference_records.request_bodies import is_counted_otherwise

_RESPONSE = b'"endpointOutput":'
_TENSORS = ("inputs", "outputs")
_WRAPPER = "|".join(name for name in WRAPPERS if name not in _TENSORS)
_GAP = r"[ \t\r]*"
_PAIR = rf'"(?:observedContentType|mode|encoding)"{_GAP}:{_GAP}(?:"[ !#-\[\]-~]*"|null)'
_HEAD = re.compile(
    rf'{_GAP}\{{{_GAP}"captureData"{_GAP}:{_GAP}\{{{_GAP}"endpointInput"{_GAP}:{_GAP}\{{'
    rf'(?P<pairs>(?:{_GAP}{_PAIR}{_GAP},)*){_GAP}"data"{_GAP}:{_GAP}"'
    rf'(?P<wrapper>\{{\\"(?:{_WRAPPER})\\": ?)?\[(?P<opening>\{{\\"[ !#-\[\]-~]*\\":)'.encode()
)
_FOOT = re.compile(
    rf'\}}\](?P<wrapper>\}})?"(?P<pairs>(?:{_GAP},{_GAP}{_PAIR})*){_GAP}\}}{_GAP},{_GAP}\Z'.encode()
)
_FOOT_BYTES = 512

_BEGINNING = b'{"captureData":{'
_DIGITS = b"0123456789.-"
_REMEMBERED = 64
_LETTERS = bytes(range(256)).lower()
_PUNCTUATION = bytes(byte for byte in range(256) if not bytes([byte]).isalnum())


Cut = tuple[bytes, int]
"""A line as JSON without its request, and the number of records in that."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What all lines of a file have before, between and behind the records of their requests."""

    head: bytes
    opening: bytes
    foot: bytes
    _without_id: set[bytes] = field(default_factory=set, compare=False)

    def cut(self, span: Span) -> Cut | None:
        """The line without its request; None if its records must be read to be counted."""
        buffer = span.buffer
        response = buffer.rfind(_RESPONSE, span.start, span.end)
        first = span.start + len(self.head) - len(self.opening)
        last = response - len(self.foot)
        if last < first or not buffer.startswith(self.head, span.start):
            return None
        if not buffer.endswith(self.foot, first, response):
            return None
        records = self._records(buffer, first, last)
        return (_BEGINNING + buffer[response : span.end], records) if records else None

    def _records(self, buffer: bytearray, first: int, last: int) -> int:
        """The number of records that begin between two places; 0 if it is not certain."""
        second = buffer.find(b"{", first + 1, last)
        if self._may_hold_record_id(buffer[first : second if second >= 0 else last]):
            return 0
        lead = b"}, " if buffer.startswith(b"}, ", second - 3) else b"},"
        boundary, before = lead + self.opening, len(lead)
        find, begins = buffer.find, buffer.startswith
        records, place = 1, second
        while place >= 0:
            if not begins(boundary, place - before):
                return 0
            records += 1
            place = find(b"{", place + 1, last)
        return records

    def _may_hold_record_id(self, record: bytearray) -> bool:
        """Whether a record may have a column that is taken for the record id unasked."""
        names = bytes(record.translate(None, _DIGITS))
        if names in self._without_id:
            return False
        if b"\\u" in names or b"recordid" in names.translate(_LETTERS, _PUNCTUATION):
            return True
        if len(self._without_id) < _REMEMBERED:
            self._without_id.add(names)
        return False


def layout_of(span: Span) -> Layout | None:
    """The layout of a line; None if it is none in which records can be counted unread."""
    buffer = span.buffer
    response = buffer.rfind(_RESPONSE, span.start, span.end)
    head = _HEAD.match(buffer, span.start, max(response, span.start))
    if head is None:
        return None
    foot = _FOOT.search(buffer, max(head.end(), response - _FOOT_BYTES), response)
    if foot is None or (head["wrapper"] is None) != (foot["wrapper"] is None):
        return None
    side = orjson.loads(b"{" + head["pairs"] + b'"data":""' + foot["pairs"] + b"}")
    is_json = str(side.get("encoding")).upper() == "JSON"
    if not is_json or is_counted_otherwise(media_type(side, Body())):
        return None
    return Layout(head[0], head["opening"], foot[0])
