"""Progress of a ledger <-> the document that it is stored as."""

from __future__ import annotations

import gzip
import zlib
from typing import Any

import orjson

from monitor.progress import Progress
from monitor.windows import BadTime, Window, iso, parse_time

_VERSION = 1
# The best compression takes ten times as long, for a document that is written often.
_LEVEL = 1


class BadProgress(ValueError):
    """The document is no progress of a ledger; the message says what is wrong."""


def to_document(progress: Progress) -> bytes:
    """The document as it is stored: JSON, compressed."""
    document = {
        "version": _VERSION,
        "since": iso(progress.since) if progress.since is not None else None,
        "documents": progress.documents,
        "seen": progress.seen,
        "plans": progress.plans,
        "pending": [[*_times(window), number] for window, number in progress.pending.items()],
        "untold": [[*_times(window), number] for window, number in progress.untold.items()],
        "open": [[*_times(window), iso(until)] for window, until in progress.open.items()],
    }
    return gzip.compress(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), _LEVEL, mtime=0)


def from_document(body: bytes) -> Progress:
    """What a document says; raises `BadProgress`."""
    try:
        document = orjson.loads(gzip.decompress(body))
        if document["version"] != _VERSION:
            raise BadProgress(f"version {document['version']!r} is not {_VERSION}")
        return Progress(
            since=parse_time(document["since"]) if document["since"] else None,
            documents=str(document["documents"]),
            seen={str(key): str(etag) for key, etag in document["seen"].items()},
            plans=int(document["plans"]),
            pending={_window(item): int(item[2]) for item in document["pending"]},
            untold={_window(item): int(item[2]) for item in document["untold"]},
            open={_window(item): parse_time(item[2]) for item in document["open"]},
        )
    except (
        OSError,
        EOFError,
        zlib.error,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
    ) as error:
        raise BadProgress(f"{type(error).__name__}: {error}") from error


def _times(window: Window) -> list[str]:
    return [iso(window.start), iso(window.end)]


def _window(item: Any) -> Window:
    try:
        return Window(parse_time(item[0]), parse_time(item[1]))
    except BadTime as error:
        raise BadProgress(str(error)) from error
