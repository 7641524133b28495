"""Lines are read in bounded memory, whatever their length and number."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from inference_records import lines as lines_module
from inference_records.configuration import Configuration
from inference_records.lines import Line, line_batches, lines, open_stream
from inference_records.rejections import TEXT_LIMIT
from inference_records.split import Source, Split, split_capture, split_ground_truth
from tests.unit.records.splitting import ARRIVED, CAPTURE_KEY, LABEL_KEY, capture_line, side

MEGABYTE = 1 << 20
GOOD = capture_line(side([1]))


class Repeated(io.RawIOBase):
    """A large file, made while it is read: `before`, the same bytes over and over, `behind`."""

    def __init__(self, before: bytes, unit: bytes, times: int, behind: bytes) -> None:
        self.before, self.unit, self.behind = before, unit, behind
        self.size = len(before) + len(unit) * times + len(behind)
        self.position = 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.position = offset + (self.size if whence == io.SEEK_END else 0)
        return self.position

    def read(self, size: int = -1) -> bytes:
        end = self.size if size < 0 else min(self.size, self.position + size)
        found = self._bytes(self.position, end)
        self.position = end
        return found

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        found = self.read(len(buffer))
        buffer[: len(found)] = found
        return len(found)

    def _bytes(self, start: int, end: int) -> bytes:
        middle_end = self.size - len(self.behind)
        parts = [self.before[start:end]]
        first, last = max(start, len(self.before)), min(end, middle_end)
        if first < last:
            offset = (first - len(self.before)) % len(self.unit)
            repeats = (last - first) // len(self.unit) + 2
            parts.append((self.unit * repeats)[offset : offset + last - first])
        if end > middle_end:
            parts.append(self.behind[max(start - middle_end, 0) : end - middle_end])
        return b"".join(parts)


@contextmanager
def at_most(limit: int) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < limit
    finally:
        tracemalloc.stop()


def capture(stream: io.RawIOBase) -> Split:
    return split_capture(Source(CAPTURE_KEY, ARRIVED, stream), Configuration())  # type: ignore[arg-type]


def ground_truth(stream: io.RawIOBase) -> Split:
    source = Source(LABEL_KEY, ARRIVED, stream)  # type: ignore[arg-type]
    return split_ground_truth(source, "churn", Configuration())


LABEL = b'{"inference_id": "a", "label": 1}'


@pytest.mark.parametrize(
    ("split", "good", "unit"),
    [
        (capture, GOOD, b"x"),
        (capture, GOOD, b"\0"),
        (capture, GOOD, b'{"captureData": {'),
        (ground_truth, LABEL, b"x"),
    ],
)
def test_a_line_of_200_mb_is_set_aside_in_bounded_memory(
    split: Callable[[io.RawIOBase], Split], good: bytes, unit: bytes
) -> None:
    stream = Repeated(good + b"\n", unit, 200 * MEGABYTE // len(unit), b"\n" + good)
    with at_most(110 * MEGABYTE), split(stream) as outcome:
        assert outcome.records == 2
        assert outcome.reasons == {"line_too_long": 1}
        assert outcome.rejected is not None
        assert len(outcome.rejected.read()) < 2 * 6 * TEXT_LIMIT


def test_a_long_capture_needs_no_more_memory_than_a_short_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference_records.data_capture.CHUNK_RECORDS", 200)
    with at_most(6 * MEGABYTE), capture(Repeated(b"", GOOD + b"\n", 40_000, b"")) as outcome:
        assert outcome.records == 40_000


def test_a_file_of_line_breaks_has_one_line() -> None:
    with capture(Repeated(b"", b"\n", 2 * MEGABYTE, GOOD)) as outcome:
        assert (outcome.records, outcome.records_rejected) == (1, 0)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_lines_are_the_same_however_the_stream_is_cut(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines_module, "CHUNK_BYTES", chunk)
    text = b"one\n\n  \ntwo\r\nthree three three\n" + b"x" * 40 + b"\nlast"
    found = list(lines(io.BytesIO(text), limit=30))
    assert [(line.number, line.data, line.too_long) for line in found if not line.too_long] == [
        (1, b"one", False),
        (4, b"two\r", False),
        (5, b"three three three", False),
        (7, b"last", False),
    ]
    assert [line.number for line in found if line.too_long] == [6]


def test_the_beginning_of_a_line_that_is_too_long_is_kept() -> None:
    (line,) = lines(io.BytesIO(b"ab" * 6_000), limit=100)
    assert line == Line(1, (b"ab" * 6_000)[: 4 * TEXT_LIMIT], too_long=True)


def test_batches_are_bounded_in_number_and_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines_module, "BATCH_LINES", 3)
    monkeypatch.setattr(lines_module, "BATCH_BYTES", 10)
    source = [Line(i, data) for i, data in enumerate([b"1", b"2", b"3", b"x" * 10, b"4"])]
    assert [[line.number for line in batch] for batch in line_batches(source)] == [
        [0, 1, 2],
        [3],
        [4],
    ]


def test_a_stream_that_was_read_before_is_read_from_its_beginning() -> None:
    stream = io.BytesIO(b"abc")
    stream.read()
    assert open_stream(stream).read() == b"abc"
