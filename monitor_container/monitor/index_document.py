"""What is known of the files of one day <-> the document that it is kept as: one Parquet file.

It says itself of which versions of which files it knows, so that any copy of it, however old, is
right of those that are still the same.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from monitor.id_rows import ID_ROWS

_VERSION = 1
_FILES = b"files"


class BadIndex(ValueError):
    """The document is no index of this release; it is made anew."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that was looked at: its key, its version, and the segment that has its rows, too."""

    key: str
    etag: str
    segment: str = ""


def to_document(entries: Sequence[Entry], rows: pa.Table) -> bytes:
    """The document; rows name a file by its place among the entries."""
    told = {
        "version": _VERSION,
        "files": [[entry.key, entry.etag, entry.segment] for entry in entries],
    }
    body = io.BytesIO()
    rows = rows.replace_schema_metadata({_FILES: orjson.dumps(told)})
    plain = [name for name in rows.schema.names if name != "id"]
    pq.write_table(rows, body, compression="zstd", use_dictionary=plain)
    return body.getvalue()


def from_document(body: bytes) -> tuple[list[Entry], pa.Table]:
    """What a document says; raises `BadIndex`."""
    try:
        rows = pq.read_table(pa.BufferReader(body))
        told = orjson.loads(rows.schema.metadata[_FILES])
        if told["version"] != _VERSION:
            raise BadIndex(f"version {told['version']!r} is not {_VERSION}")
        entries = [Entry(str(key), str(etag), str(segment)) for key, etag, segment in told["files"]]
        return entries, rows.replace_schema_metadata(None).cast(ID_ROWS)
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise BadIndex(f"{type(error).__name__}: {error}") from error
