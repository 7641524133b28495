"""A stream of bytes -> its lines, in memory bounded by the longest line allowed.

Lines stand in one buffer that is filled again and again: most of a captured line is never copied.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from typing import IO, NamedTuple, cast

from msgspec import Struct

from inference_records.rejections import TEXT_LIMIT

CHUNK_BYTES = 1 << 19
MAX_LINE_BYTES = 32 << 20
"""A captured line holds two bodies of at most 6 MiB, quoted: no honest line is longer."""

BATCH_LINES = 32_768
BATCH_BYTES = 8 << 20

GZIP_MAGIC = b"\x1f\x8b"

_EXCERPT_BYTES = TEXT_LIMIT * 4
_SPACE = ord(" ")


class Line(NamedTuple):
    """One line without its end; `too_long` when only its beginning was kept."""

    number: int
    data: bytes
    too_long: bool = False


class Span(Struct, frozen=True, gc=False):
    """Where a line stands in a buffer, which holds it only until the next one is asked for."""

    number: int
    buffer: bytearray
    start: int
    end: int
    too_long: bool = False

    @property
    def whole(self) -> bytes:
        """The line to keep."""
        return bytes(self.buffer[self.start : self.end])

    @property
    def excerpt(self) -> bytearray:
        """As much of the line as a rejection quotes."""
        start, end = self.start, self.end
        data = self.buffer[start : min(end, start + TEXT_LIMIT)]
        if data.isascii():
            return data
        return self.buffer[start : min(end, start + _EXCERPT_BYTES)]  # fewer characters than bytes


def open_stream(stream: IO[bytes]) -> IO[bytes]:
    """The seekable stream from its beginning, decompressed when it begins like gzip."""
    stream.seek(0)
    magic = stream.read(len(GZIP_MAGIC))
    stream.seek(0)
    return (
        cast(IO[bytes], gzip.GzipFile(fileobj=stream, mode="rb")) if magic == GZIP_MAGIC else stream
    )


def lines(stream: IO[bytes], limit: int = MAX_LINE_BYTES) -> Iterator[Line]:
    """Lines that hold anything but white space, numbered from 1."""
    return (Line(span.number, span.whole, span.too_long) for span in spans(stream, limit))


def spans(stream: IO[bytes], limit: int = MAX_LINE_BYTES) -> Iterator[Span]:
    """The same, where they stand."""
    source = cast(BufferedIOBase, stream)
    buffer = bytearray(CHUNK_BYTES)
    number, held = 1, 0
    skipping = False
    while filled := _fill(source, buffer, held):
        start, searched = 0, held
        while (end := buffer.find(b"\n", searched, filled)) >= 0:
            if not skipping and (span := _span(number, buffer, start, end, limit)) is not None:
                yield span
            number, start, searched, skipping = number + 1, end + 1, end + 1, False
        held = filled - start
        if skipping:
            held = 0
        elif held > limit:
            yield _beginning(number, buffer, start, filled)
            held, skipping = 0, True
        buffer[:held] = buffer[start : start + held]
        if held == len(buffer):
            buffer.extend(bytes(min(held, limit + CHUNK_BYTES - held)))
    if held and (span := _span(number, buffer, 0, held, limit)) is not None:
        yield span


def _fill(source: BufferedIOBase, buffer: bytearray, held: int) -> int:
    """Read behind what is held; the end of what is there, or 0 at the end of the stream."""
    with memoryview(buffer) as view, view[held:] as free:
        return held + read if (read := source.readinto(free)) else 0


def _span(number: int, buffer: bytearray, start: int, end: int, limit: int) -> Span | None:
    """The line between two places, unless there is nothing but white space."""
    if end - start > limit:
        return _beginning(number, buffer, start, end)
    if start < end and (buffer[start] > _SPACE or buffer[start:end].strip()):
        return Span(number, buffer, start, end)
    return None


def _beginning(number: int, buffer: bytearray, start: int, end: int) -> Span:
    return Span(number, buffer, start, min(end, start + _EXCERPT_BYTES), too_long=True)


def line_batches(source: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in batches that are bounded in number and in bytes."""
    batch: list[Line] = []
    size = 0
    for line in source:
        batch.append(line)
        size += len(line.data)
        if len(batch) >= BATCH_LINES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
