"""What could not be understood, why, and where it stood: set aside, counted, never dropped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import NamedTuple

import orjson

TEXT_LIMIT = 2_000
"""Characters of the original that a rejected line keeps."""
INDEX_LIMIT = 100
"""Positions of records that a rejected line keeps."""


class Asked(NamedTuple):
    """Which request a rejected line is of, as far as the line tells it; labels tell nothing."""

    event_id: str | None = None
    inference_id: str | None = None
    time: datetime | None = None


UNKNOWN = Asked()


class BadRecord(ValueError):
    """A line or payload that cannot be understood; `code` is what the function counts it under."""

    def __init__(self, code: str, message: str, records: int = 1, asked: Asked = UNKNOWN) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.records = records
        self.asked = asked


class UnreadableObject(ValueError):
    """A whole object that cannot be read: the queue retries it and then dead-letters it.

    The message is for whoever has the file, and may quote it; `reason` is for logs, and does not.
    """

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = message if reason is None else reason


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line, or the records of it that share one fault; stands for `records` records."""

    line: int
    code: str
    message: str
    text: str
    records: int = 1
    record_indices: tuple[int, ...] | None = None
    asked: Asked = UNKNOWN


def rejected(
    line: int,
    error: BadRecord,
    original: bytes | bytearray | str,
    record_indices: Iterable[int] | None = None,
) -> Rejected:
    """Set a line aside with the beginning of its original text, or the first of its records."""
    if not isinstance(original, str):
        original = original[: TEXT_LIMIT * 4].decode("utf-8", errors="replace")
    text = original[:TEXT_LIMIT]
    indices = None if record_indices is None else tuple(islice(record_indices, INDEX_LIMIT))
    return Rejected(line, error.code, error.message, text, error.records, indices, error.asked)


def written(value: object) -> bytes:
    """A decoded original written again."""
    try:
        return orjson.dumps(value, default=str)
    except TypeError:  # orjson reads deeper nesting than it writes
        return b"(nested too deeply to be shown)"


def to_json_lines(rejections: Iterable[Rejected], source_key: str, quoting: bool) -> bytes:
    """One JSON object a line, as it is stored under the rejected prefix.

    Without quoting, what may hold values of the payload is null: the message and the original.
    """
    return b"".join(
        orjson.dumps(
            {
                "source_key": source_key,
                "line": item.line,
                "record_indices": item.record_indices,
                "records": item.records,
                "reason": item.code,
                "message": item.message if quoting else None,
                "text": item.text if quoting else None,
            }
        )
        + b"\n"
        for item in rejections
    )
