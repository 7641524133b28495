"""What a file is, by its first bytes and the names of its columns: often none that is wanted.

It knows what people have beside capture and labels, and what is to be done with that.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Collection
from contextlib import suppress
from itertools import islice
from typing import IO

import msgspec
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.binary_forms import PARQUET_MAGIC
from inference_records.configuration import Configuration
from inference_records.label_columns import INFERENCE_ID_NAMES, LABEL_NAMES, RECORD_ID_NAMES
from inference_records.lines import lines, open_stream
from inference_records.rejections import UnreadableObject
from inference_records.role_names import PREDICTION_NAMES, PROBABILITY_NAMES, first_named

_CAPTURE_HINT = b'"captureData"'
# The first line may be a broken one.
_HINT_LINES = 20
_HEAD = 1 << 20
_BOM = b"\xef\xbb\xbf"
_SETTINGS = frozenset(field.name for field in msgspec.structs.fields(Configuration))
_BASELINE = "`python -m monitor run --baseline FOLDER` takes the folder that has it"
_VALIDATION = (
    "validation data, with labels and predictions side by side: make a baseline of it by "
    "`python -m monitor baseline --data FILE --output baseline`"
)
_OURS = (
    "capture lies below ENDPOINT/VARIANT/yyyy/mm/dd/hh/, and labels are JSON Lines, JSON, CSV or "
    "Parquet (docs/data.md)"
)
_PREPARED = "prepared records: `python -m monitor run --prepared FOLDER` judges them"
_LEDGER = "a file of a ledger: `python -m monitor report --ledger FOLDER` makes pages of it"


class NotOurs(ValueError):
    """A file that is neither data capture nor labels; the message says what it is."""


def is_capture(stream: IO[bytes]) -> bool:
    """Whether a line says so; raises `UnreadableObject`."""
    try:
        first = islice(lines(open_stream(stream)), _HINT_LINES)
        return any(_CAPTURE_HINT in line.data for line in first)
    except (EOFError, OSError, zlib.error) as error:
        raise UnreadableObject(f"the gzip stream is broken: {error}") from error


def stranger(stream: IO[bytes]) -> str | None:
    """What a file is that is no data capture, and what to do with it; None: it may be labels."""
    opened = open_stream(stream)
    head = opened.read(_HEAD)
    if head.startswith(PARQUET_MAGIC):
        return _of_columns(_parquet_names(opened))
    text = head.removeprefix(_BOM).lstrip()
    if not text:
        return "an empty file: nothing was captured in it, and nothing labelled"
    if b"\0" in head[:1_000] or head.startswith((b"\x89PNG", b"%PDF", b"PK\x03\x04")):
        return f"a binary file of another kind: {_OURS}"
    if text.startswith(b"<"):
        return "a page of HTML or XML: open it in a browser"
    if text.startswith(b"{"):
        return _of_document(text) or _of_columns(_first_object(text))
    return _of_text(text.partition(b"\n")[0])


def _of_document(text: bytes) -> str | None:
    """One JSON document over many lines: no line of it is an object of its own."""
    document = None
    with suppress(orjson.JSONDecodeError):
        document = orjson.loads(text)
    if not isinstance(document, dict) or not document:
        return None
    for ending, what in (("_constraints", "the constraints of a baseline"),
                         ("_metrics", "the statistics of a baseline or of a window")):  # fmt: skip
        if any(name.endswith(ending) for name in document):
            return f"{what}: {_BASELINE}"
    if "violations" in document:
        return "the violations of a window: report.html beside it says what they are"
    if document.keys() <= _SETTINGS:
        return "settings of an endpoint: give them with --config, beside a capture or label file"
    return None


def _first_object(text: bytes) -> Collection[str]:
    with suppress(orjson.JSONDecodeError):
        found = orjson.loads(text.partition(b"\n")[0])
        return list(found) if isinstance(found, dict) else ()
    return ()


def _parquet_names(stream: IO[bytes]) -> Collection[str]:
    # Whoever reads it tells what is wrong with it.
    with suppress(pa.ArrowException, OSError):
        return [str(name) for name in pq.ParquetFile(stream).schema_arrow.names]
    return ()


def _of_text(header: bytes) -> str | None:
    names = next(csv.reader([header.decode("utf-8", errors="replace")]), [])
    if len(names) == 1:
        return f"text without columns: {_OURS}"
    return _of_columns([name.strip() for name in names])


def _of_columns(names: Collection[str]) -> str | None:
    if {"event_id", "inference_time", "prediction"} <= {*names}:
        return _PREPARED
    if {"window_start", "window_end", "verdict"} <= {*names}:
        return _LEDGER
    known = (first_named(list(names), usual) for usual in (
        LABEL_NAMES, (*PREDICTION_NAMES, *PROBABILITY_NAMES),
        (*INFERENCE_ID_NAMES, *RECORD_ID_NAMES)))  # fmt: skip
    label, said, request = known
    return _VALIDATION if label and said and not request else None
