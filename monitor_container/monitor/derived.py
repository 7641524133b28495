"""Where a run keeps what it made of prepared files, to read them again at less cost. The edge.

Nothing in it is needed: it can be deleted at any time, and is made anew.
"""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

from monitor.locations import File, Location, MissingFile

_IDS, _ROWS = "ids", "rows"
_READERS = 16
_UNKNOWN = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Derived:
    """Of one endpoint: an index a day, and segments, each with the rows of many small files."""

    location: Location | None
    """None: nothing is kept."""
    endpoint: str
    fewest: int = 8
    """Files of an hour that are worth a segment; so many less one may stay single."""

    @property
    def is_kept(self) -> bool:
        """Whether anything is written, and found by the next run."""
        return self.location is not None

    def indexes(self, days: Collection[str]) -> dict[str, bytes]:
        """The indexes of some days (`date=…`) that there are."""
        if self.location is None:
            return {}
        location = self.location

        def read(file: File) -> bytes:
            try:
                return location.fetch(file)[0]
            except MissingFile:
                return b""

        found = {
            name: file
            for file in (location / _IDS / self._folder).files()
            if (name := file.key.removesuffix(".parquet")) in days
        }
        with ThreadPoolExecutor(_READERS) as readers:
            return dict(zip(found, readers.map(read, found.values()), strict=True))

    def write_index(self, day: str, body: bytes) -> None:
        """In the place of what is there: who writes last knows as much as is right, or less."""
        if self.location is not None:
            (self.location / _IDS / self._folder / f"{day}.parquet").write(body)

    def write_segment(self, name: str, body: bytes) -> None:
        """Its name tells what is in it: who writes it again writes the same."""
        if self.location is not None:
            (self.location / _ROWS / name).write(body)

    def segments(self, names: Collection[str]) -> tuple[Location, list[File]] | None:
        """Segments that indexes name, and where they lie."""
        if self.location is None:
            return None
        found = [File((self.location / _ROWS / name).path, name, _UNKNOWN, 0) for name in names]
        return self.location, found

    @property
    def _folder(self) -> str:
        return f"endpoint={self.endpoint}"
