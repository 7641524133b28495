"""The ledger of one endpoint, in a bucket or a folder: every version of every window, for good.

A version is a file that is written once, and only if nobody else wrote it first; what is known of
the way there is one document that is replaced only while it is what it was read as. The edge: it
knows files and no numbers.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from monitor.ledger_files import file_of, listed, newest
from monitor.ledger_reading import from_rows
from monitor.ledger_rows import LEDGER, Version, to_table
from monitor.locations import Location
from monitor.progress import Progress
from monitor.progress_document import BadProgress, from_document, to_document
from monitor.windows import Window

log = logging.getLogger(__name__)

# Readers of Parquet datasets pass over names that begin so.
_PROGRESS = "_progress.json.gz"
_READERS = 16
_READ_AT_ONCE = 1_000
_TRIES = 20
_EVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class LedgerBusy(RuntimeError):
    """Other runs kept writing the same; nothing is lost, and it may be tried again."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Where the versions of an endpoint's windows are."""

    location: Location
    endpoint: str

    @property
    def folder(self) -> Location:
        """Of this endpoint; Hive-style, for readers of tables."""
        return self.location / f"endpoint={self.endpoint}"

    def append(self, version: Version) -> bool:
        """Write a version; False if one of that number is there already."""
        body = io.BytesIO()
        pq.write_table(to_table(version), body, compression="zstd")
        return file_of(self.folder, version.window, version.number).create(body.getvalue())

    def versions(self, since: datetime, until: datetime) -> Iterator[Version]:
        """All versions of the windows that begin in a range, in order of window and number."""
        found = sorted(listed(self.folder, since, until))
        paths = [file_of(self.folder, window, number).path for window, number in found]
        for first in range(0, len(paths), _READ_AT_ONCE):
            some = paths[first : first + _READ_AT_ONCE]
            dataset = pads.dataset(some, schema=LEDGER, filesystem=self.location.filesystem)
            rows = dataset.to_table().to_pylist()
            by_version: dict[tuple[Window, int], list[dict[str, Any]]] = {}
            for row in rows:
                key = Window(row["window_start"], row["window_end"]), row["version"]
                by_version.setdefault(key, []).append(row)
            yield from (from_rows(by_version[key], self.endpoint) for key in sorted(by_version))

    def numbers(self, windows: Iterable[Window]) -> dict[Window, int]:
        """The newest version's number of each of some windows that has one."""
        wanted = set(windows)
        found: dict[Window, int] = {}
        if not wanted:
            return found
        first, last = min(wanted).start, max(window.start for window in wanted)
        for window, number in listed(self.folder, first, last + timedelta(seconds=1)):
            if window in wanted:
                found[window] = max(number, found.get(window, 0))
        return found

    def latest(self, windows: Iterable[Window]) -> dict[Window, Version]:
        """The newest version of each of some windows that has one."""
        found = list(self.numbers(windows).items())
        with ThreadPoolExecutor(_READERS) as readers:
            read = readers.map(lambda item: self.read(*item), found)
            return {version.window: version for version in read}

    def newest(self, most: int, length: timedelta) -> dict[Window, int]:
        """The newest windows of one length, and their newest versions."""
        return newest(self.folder, most, length)

    def nothing_in(self, span: Window) -> str:
        """What is said where a range has no window, with those that there are."""
        return f"{self.folder.address} has no window in {span}: {self.extent()}"

    def extent(self) -> str:
        """From which window to which it is, in words."""
        every = sorted({window for window, _number in listed(self.folder, *_EVER)})
        if every:
            return f"its windows are from {every[0]} to {every[-1]}"
        others = ", ".join(endpoints(self.location))
        return f"it is empty, the ledger has windows of {others}" if others else "it is empty"

    def read(self, window: Window, number: int) -> Version:
        """One version of a window."""
        table = pq.read_table(pa.BufferReader(file_of(self.folder, window, number).read()))
        return from_rows(table.to_pylist(), self.endpoint)

    def progress(self) -> Progress:
        """How far the ledger is; from the beginning where the document is none or damaged."""
        return self._stored()[0]

    def update(self, change: Callable[[Progress], Progress]) -> Progress:
        """Change what is known of the way, on top of whatever others changed meanwhile."""
        location = self.folder / _PROGRESS
        for _try in range(_TRIES):
            known, etag = self._stored()
            changed = change(known)
            if changed == known and etag is not None:
                return changed
            body = to_document(changed)
            if location.create(body) if etag is None else location.replace(body, etag):
                return changed
        raise LedgerBusy(f"{location.address} was written by others {_TRIES} times meanwhile")

    def _stored(self) -> tuple[Progress, str | None]:
        """The progress, and the version of its document; None if there is no document."""
        location = self.folder / _PROGRESS
        if (found := location.found()) is None:
            return Progress(), None
        body, etag = found
        try:
            return from_document(body), etag
        except BadProgress as error:
            log.warning("%s is damaged (%s): all files are looked at anew", location.address, error)
            return Progress(), etag


def endpoints(location: Location) -> list[str]:
    """The endpoints that have a ledger."""
    return [name.removeprefix("endpoint=") for name in location.folders() if "=" in name]
