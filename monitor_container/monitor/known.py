"""What is known of all files of a listing: the ids in them, without reading again what is the same.

The edge of the index: files that are new to it are fetched, and small ones of hours that are over
are put together while they are here.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import ibis
import pyarrow as pa

from monitor.compaction import compacted
from monitor.copies import Copies
from monitor.derived import Derived
from monitor.engine_duckdb import DuckDB
from monitor.id_rows import ID_ROWS
from monitor.index_document import BadIndex, Entry, from_document, to_document
from monitor.indexing import indexed
from monitor.listing import Listing
from monitor.locations import File

log = logging.getLogger(__name__)

_FILES_AT_ONCE = 2_000
_ROWS_AT_ONCE = 2_000_000
_KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Known:
    """Ids by file, in a table of the engine; a file is called by its number."""

    engine: DuckDB
    listing: Listing
    copies: Copies
    derived: Derived
    entries: list[Entry] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> ibis.Table:
        """A row for each id in each file."""
        return self.engine.backend.table(_KNOWN)

    def numbers_of(self, keys: Collection[str]) -> list[int]:
        """The numbers of some files."""
        return [self.numbers[key] for key in keys if key in self.numbers]

    def add(self, entries: Sequence[Entry]) -> list[int | None]:
        """Number those of some files that are listed."""
        found: list[int | None] = []
        for entry in entries:
            if entry.key not in self.listing.versions:
                found.append(None)
                continue
            self.numbers[entry.key] = len(self.entries)
            found.append(len(self.entries))
            self.entries.append(entry)
        return found


def learn(
    engine: DuckDB, listing: Listing, copies: Copies, derived: Derived, now: datetime
) -> Known:
    """Read what is kept, add what is new to it, and keep that."""
    known = Known(engine, listing, copies, derived)
    by_day = listing.by_day()
    kept = derived.indexes(by_day)
    log.info("%d files in %d days, of which %d have an index", len(listing.versions), len(by_day),
             len(kept))  # fmt: skip

    engine.backend.create_table(_KNOWN, schema=ibis.Schema.from_pyarrow(ID_ROWS), temp=True)
    waiting: list[pa.Table] = []
    for day, files in by_day.items():
        waiting.append(_day(known, day, files, kept.pop(day, b""), now))
        if sum(rows.num_rows for rows in waiting) > _ROWS_AT_ONCE:
            _insert(engine, waiting)
    _insert(engine, waiting)
    return known


def _insert(engine: DuckDB, waiting: list[pa.Table]) -> None:
    """The engine has its memory bounded, and a folder to spill to."""
    engine.backend.insert(_KNOWN, pa.concat_tables([ID_ROWS.empty_table(), *waiting]))
    waiting.clear()


def _day(known: Known, day: str, files: Sequence[File], body: bytes, now: datetime) -> pa.Table:
    """The rows of one day, whose files have their numbers among all from now on."""
    listing = known.listing
    entries, rows, is_changed = _kept(listing, body)
    have = {entry.key for entry in entries}
    missing = [file for file in files if listing.key(file) not in have]
    parts = [rows]
    for first in range(0, len(missing), _FILES_AT_ONCE):
        some = missing[first : first + _FILES_AT_ONCE]
        new, more = indexed(known.engine, listing, known.copies, some, len(entries))
        entries += new
        parts.append(more)
    rows = pa.concat_tables(parts)
    put_together = compacted(listing, known.copies, known.derived, files, entries, now)
    if missing or is_changed or put_together != entries:
        known.derived.write_index(day, to_document(put_together, rows))
    return _numbered(rows, known.add(put_together))


def _kept(listing: Listing, body: bytes) -> tuple[list[Entry], pa.Table, bool]:
    """What an index has of files that are the same still, and whether others are left out."""
    try:
        entries, rows = from_document(body) if body else ([], ID_ROWS.empty_table())
    except BadIndex as error:
        log.warning("an index is of no use (%s): its files are read anew", error)
        entries, rows = [], ID_ROWS.empty_table()
    stays = [
        listing.versions.get(entry.key) == entry.etag or not listing.would_have(entry.key)
        for entry in entries
    ]
    if all(stays):
        return entries, rows, False
    gone = {entry.segment for entry, is_kept in zip(entries, stays, strict=True) if not is_kept}
    places = iter(range(len(entries)))
    numbers = [next(places) if is_kept else None for is_kept in stays]
    kept = [
        Entry(entry.key, entry.etag, "" if entry.segment in gone else entry.segment)
        for entry, is_kept in zip(entries, stays, strict=True)
        if is_kept
    ]
    return kept, _numbered(rows, numbers), True


def _numbered(rows: pa.Table, numbers: Sequence[int | None]) -> pa.Table:
    """The rows with other numbers of their files, without those of files that have none."""
    if not rows.num_rows:
        return rows
    found = rows.column("file").combine_chunks()
    found = pa.array(numbers, pa.int32()).take(found)
    return rows.set_column(0, ID_ROWS.field("file"), found).filter(found.is_valid())
