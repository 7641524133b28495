"""Captured requests that are alike on both sides, in the order of their lines."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct

from inference_records.readings import Kind
from inference_records.rejections import Asked, BadRecord, Rejected, rejected


class Sides(NamedTuple):
    """What both payloads of a request are; no request where none was captured, or none is known."""

    response: Kind
    request: Kind | None


class Entry(Struct, frozen=True, gc=False):
    """One captured request: what its line says of it, and its payloads."""

    line: int
    text: bytearray
    event_id: str
    inference_id: str | None
    time: datetime
    records: int
    said: Any
    asked: Any

    def rejected(
        self, error: BadRecord, records: int, indices: Sequence[int] | None = None
    ) -> Rejected:
        """So many of its records set aside, and why."""
        asked = Asked(self.event_id, self.inference_id, self.time)
        fault = BadRecord(error.code, error.message, records, asked)
        return rejected(self.line, fault, self.text, indices)


class Group(NamedTuple):
    """Requests with the same sides, whose payloads can be gathered into columns."""

    sides: Sides
    entries: Sequence[Entry]

    def halves(self) -> tuple[Group, Group]:
        """The same in two groups."""
        half = len(self.entries) // 2
        return Group(self.sides, self.entries[:half]), Group(self.sides, self.entries[half:])
