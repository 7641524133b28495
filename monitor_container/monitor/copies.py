"""Small files of a bucket, each fetched once a run into a folder of this machine. The edge.

A request costs more than what it brings: one GET a file, many at a time, however often it is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from monitor.locations import File, Location, MissingFile

LARGEST = 64 << 20
"""Bytes of a file that is fetched whole; a larger one is read where it lies."""
_FETCHERS = 24


@dataclass(frozen=True, slots=True)
class Copies:
    """Files that are here, under the paths that they have in their bucket."""

    folder: Path
    versions: dict[str, str] = field(default_factory=dict)
    """By path the ETag of what is here: a file may have changed since it was listed."""

    def fetch(self, location: Location, files: Iterable[File]) -> set[str]:
        """Have the small ones of some files here; answers the paths of those that are gone."""
        if location.is_local:
            return {file.path for file in files if not Path(file.path).exists()}
        wanted = {
            file.path: file
            for file in files
            if file.size <= LARGEST and file.path not in self.versions
        }
        with ThreadPoolExecutor(_FETCHERS) as fetchers:
            found = fetchers.map(lambda file: self._fetch(location, file), wanted.values())
            return {path for path, is_here in zip(wanted, found, strict=True) if not is_here}

    def near(self, location: Location, files: Collection[File]) -> list[str]:
        """Paths on this machine of those files that are here."""
        if location.is_local:
            return [file.path for file in files]
        return [str(self.folder / file.path) for file in files if file.path in self.versions]

    def far(self, location: Location, files: Collection[File]) -> list[str]:
        """Paths of the others, in their bucket."""
        if location.is_local:
            return []
        return [file.path for file in files if file.path not in self.versions]

    def version(self, location: Location, file: File) -> str:
        """The ETag of what is read of a file."""
        return self.versions.get(file.path) or location.etag(file)

    def _fetch(self, location: Location, file: File) -> bool:
        try:
            body, etag = location.fetch(file)
        except MissingFile:
            return False
        target = self.folder / file.path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(body)
        self.versions[file.path] = etag
        return True
