"""A stream of bytes -> its lines, in memory bounded by the longest line allowed."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO, cast

from inference_records.rejections import TEXT_LIMIT

CHUNK_BYTES = 1 << 20
MAX_LINE_BYTES = 32 << 20
"""A captured line holds two bodies of at most 6 MiB, quoted: no honest line is longer."""

BATCH_LINES = 32_768
BATCH_BYTES = 8 << 20

GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its end; `too_long` when only its beginning was kept."""

    number: int
    data: bytes
    too_long: bool = False


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
    number, held, skipping = 1, b"", False
    while chunk := stream.read(CHUNK_BYTES):
        first, *rest = chunk.split(b"\n")
        if not skipping:
            held += first
            if len(held) > limit:
                yield Line(number, held[: TEXT_LIMIT * 4], too_long=True)
                held, skipping = b"", True
        for part in rest:
            if held.strip():
                yield Line(number, held)
            number, held, skipping = number + 1, part, False
    if held.strip():
        yield Line(number, held)


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
