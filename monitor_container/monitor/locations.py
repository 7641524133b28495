"""The edge to files: a local folder or an `s3://` address, the same to everybody else."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, cast

import pyarrow.fs as pafs

from monitor import local_files, objects
from monitor.access import AccessDenied, explained
from monitor.arrow_s3 import s3_filesystem

_md5 = partial(hashlib.md5, usedforsecurity=False)


class MissingFile(FileNotFoundError):
    """Nothing lies at an address that was given."""


@dataclass(frozen=True, slots=True)
class File:
    """One file below a location: its path in the filesystem, its key below the location."""

    path: str
    key: str
    changed_at: datetime
    size: int
    etag: str = ""
    """S3's; of a file on a disk none is told by a listing: `Location.etag` makes one."""


@dataclass(frozen=True, slots=True)
class Location:
    """A folder or file: where it lies and how to reach it."""

    address: str
    filesystem: pafs.FileSystem
    path: str

    @classmethod
    def of(cls, address: str, environment: Mapping[str, str] = os.environ) -> Location:
        """The location of a local path or an `s3://bucket/prefix` address."""
        if address.startswith("s3://"):
            # Not by urlparse: a key may hold # and ?.
            return cls(
                address, s3_filesystem(environment), address.removeprefix("s3://").rstrip("/")
            )
        local = Path(address.removeprefix("file://")).expanduser().absolute()
        return cls(address, pafs.LocalFileSystem(), str(local))

    @property
    def is_local(self) -> bool:
        """Whether it lies on this machine."""
        return isinstance(self.filesystem, pafs.LocalFileSystem)

    def __truediv__(self, name: str) -> Location:
        return Location(
            f"{self.address.rstrip('/')}/{name}",
            self.filesystem,
            f"{self.path.rstrip('/')}/{name}",
        )

    def exists(self) -> bool:
        """Whether a file or folder is there."""
        if self.is_local:
            return Path(self.path).exists()
        return self._file() is not None or bool(self._below(recursive=False))

    def folders(self) -> list[str]:
        """The names of the folders in the location, in order; none if there is nothing."""
        found = self._below(recursive=False)
        return sorted(info.base_name for info in found if info.type == pafs.FileType.Directory)

    def files(self) -> Iterator[File]:
        """Every file below the location, or the location itself if it is one, in order of key."""
        if not self.is_local:
            yield from self._objects()
            return
        found, root = self._below(recursive=True), self.path
        if not found and (alone := self._file()) is not None:
            found, root = [alone], self.path.rpartition("/")[0]
        for info in sorted(found, key=lambda info: str(info.path)):
            if info.is_file:
                key = info.path.removeprefix(root).lstrip("/")
                yield File(info.path, key, info.mtime.astimezone(UTC), info.size)

    @explained()
    def _objects(self) -> list[File]:
        """Those below the address, or the object at it; a folder's own mark is none of them."""
        bucket, _, prefix = self.path.partition("/")
        folder = f"{prefix}/" if prefix else ""
        found = [item for item in objects.stored(bucket, folder) if not item.key.endswith("/")]
        if not found and prefix:
            found = [item for item in objects.stored(bucket, prefix) if item.key == prefix]
            folder = prefix.rpartition("/")[0]
        keys = [item.key.removeprefix(folder).lstrip("/") for item in found]
        return [
            File(f"{bucket}/{item.key}", key, item.changed_at, item.size, item.etag)
            for key, item in zip(keys, found, strict=True)
        ]

    def etag(self, file: File) -> str:
        """The version of one of its files: S3's ETag, or a digest of the bytes, often that, too."""
        if file.etag:
            return file.etag
        with Path(file.path).open("rb") as stream:
            return hashlib.file_digest(stream, _md5).hexdigest()

    @explained()
    def create(self, data: bytes) -> bool:
        """Write the file at the location unless there is one; False if there is."""
        if not self.is_local:
            bucket, _, key = self.path.partition("/")
            return objects.create(bucket, key, data)
        return local_files.create(Path(self.path), data)

    @explained()
    def open(self, file: File) -> IO[bytes]:
        """The seekable stream of one of its files."""
        return cast(IO[bytes], self.filesystem.open_input_file(file.path))

    @explained()
    def fetch(self, file: File) -> tuple[bytes, str]:
        """One of its files and its version, in one request; raises `MissingFile`."""
        if self.is_local:
            if not Path(file.path).is_file():
                raise MissingFile(f"there is no file {file.path}")
            return Path(file.path).read_bytes(), ""
        bucket, _, key = file.path.partition("/")
        found = objects.fetch(bucket, key)
        if found is None:
            raise MissingFile(f"there is no file s3://{file.path}")
        return found

    @explained()
    def read(self) -> bytes:
        """The bytes of the file at the location; raises `MissingFile`."""
        if (found := self.found()) is None:
            raise MissingFile(f"there is no file {self.address}")
        return found[0]

    @explained()
    def found(self) -> tuple[bytes, str] | None:
        """The file at the location, if there is one, and its version on S3, in one request."""
        if self.is_local:
            return (Path(self.path).read_bytes(), "") if self._file() is not None else None
        bucket, _, key = self.path.partition("/")
        try:
            return objects.fetch(bucket, key)
        except AccessDenied:
            # Who may list only some prefixes, as our roles, is told so where nothing is, too.
            if self._file() is None:
                return None
            raise

    @explained()
    def _below(self, recursive: bool) -> list[pafs.FileInfo]:
        if self.is_local and not Path(self.path).is_dir():
            return []
        selector = pafs.FileSelector(self.path, allow_not_found=True, recursive=recursive)
        return list(self.filesystem.get_file_info(selector))

    def _file(self) -> pafs.FileInfo | None:
        """The file at the location, if there is one; on S3 the folder is listed."""
        if self.is_local:
            found = [self.filesystem.get_file_info(self.path)]
        else:
            found = Location(self.address, self.filesystem, self.path.rpartition("/")[0])._below(
                False
            )
        return next((info for info in found if info.is_file and info.path == self.path), None)

    @explained()
    def replace(self, data: bytes, etag: str) -> bool:
        """Write over the file at the location while it is that version; False if it is not.

        On a disk nobody else is expected to write at the same time.
        """
        if self.is_local:
            self.write(data)
            return True
        bucket, _, key = self.path.partition("/")
        return objects.replace(bucket, key, data, etag)

    @explained()
    def write(self, data: bytes, content_type: str | None = None) -> None:
        """Write the file at the location, whole or not at all where the filesystem can."""
        if self.is_local:
            local_files.write(Path(self.path), data)
            return
        # Arrow's stream would upload in parts: three requests for what is one.
        bucket, _, key = self.path.partition("/")
        objects.write(bucket, key, data, content_type)
