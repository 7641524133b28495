"""How far the ledger of an endpoint is: files that were looked at, windows that are to be judged.

What is to be done is written down before it is begun, so that a run that dies loses nothing; what
was done is struck out only if nothing came since. Pure: `ledger` reads and writes it.
"""

from __future__ import annotations

import gzip
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import orjson

from inference_records.partitions import partition_hour
from monitor.windows import BadTime, Window, iso, parse_time

_VERSION = 1


class BadProgress(ValueError):
    """The document is no progress of a ledger; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Files by key with their ETags; windows with the time of the listing that touched them."""

    since: datetime | None = None
    """Start of the newest window of the first run: what lies before it wakes nobody."""
    documents: str = ""
    """Digest of the baseline and settings of the last run."""
    seen: Mapping[str, str] = field(default_factory=dict)
    pending: Mapping[Window, datetime] = field(default_factory=dict)
    open: Mapping[Window, datetime] = field(default_factory=dict)
    """Provisional windows, each with the time when it is final at the latest."""

    def new(self, files: Mapping[str, str]) -> list[str]:
        """Keys of files that were not looked at, or that changed since."""
        return [key for key, etag in files.items() if self.seen.get(key) != etag]

    def overdue(self, now: datetime) -> list[Window]:
        """Provisional windows whose time is up."""
        return [window for window, until in self.open.items() if until <= now]


def planned(
    progress: Progress,
    files: Mapping[str, str],
    touched: Iterable[Window],
    as_of: datetime,
    since: datetime,
    documents: str,
) -> Progress:
    """Progress once it is known what a listing touches; files before the range are forgotten."""
    pending = dict(progress.pending)
    for window in touched:
        pending[window] = max(as_of, pending.get(window, as_of))
    return replace(
        progress,
        since=progress.since or since,
        documents=documents,
        seen={**progress.seen, **files},
        pending=pending,
    )


def pruned(progress: Progress, start: datetime) -> Progress:
    """Without the files of partitions before a time."""
    kept = {
        key: etag
        for key, etag in progress.seen.items()
        if (hour := partition_hour(key)) is None or hour >= start
    }
    return replace(progress, seen=kept)


def done(
    progress: Progress,
    judged: Collection[Window],
    provisional: Mapping[Window, datetime],
    as_of: datetime,
) -> Progress:
    """Progress after windows were judged; one that was touched again meanwhile stays pending."""
    pending = {
        window: touched
        for window, touched in progress.pending.items()
        if window not in judged or touched > as_of
    }
    still_open = {w: until for w, until in progress.open.items() if w not in judged}
    return replace(progress, pending=pending, open={**still_open, **provisional})


def to_document(progress: Progress) -> bytes:
    """The document as it is stored: JSON, compressed."""
    document = {
        "version": _VERSION,
        "since": iso(progress.since) if progress.since is not None else None,
        "documents": progress.documents,
        "seen": progress.seen,
        "pending": [[*_times(window), at.isoformat()] for window, at in progress.pending.items()],
        "open": [[*_times(window), iso(until)] for window, until in progress.open.items()],
    }
    return gzip.compress(orjson.dumps(document, option=orjson.OPT_SORT_KEYS), mtime=0)


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
            pending={
                _window(item): datetime.fromisoformat(item[2]) for item in document["pending"]
            },
            open={_window(item): parse_time(item[2]) for item in document["open"]},
        )
    except (
        OSError,
        EOFError,
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
