"""The edge to files: a local folder or an `s3://` address, the same to everybody else."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlparse

import pyarrow as pa
import pyarrow.fs as pafs


class MissingFile(FileNotFoundError):
    """Nothing lies at an address that was given."""


@dataclass(frozen=True, slots=True)
class File:
    """One file below a location: its path in the filesystem, its key below the location."""

    path: str
    key: str
    changed_at: datetime
    size: int


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
            return cls(address, _s3(environment), address.removeprefix("s3://").rstrip("/"))
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
        found = self.filesystem.get_file_info(self.path).type
        return bool(found != pafs.FileType.NotFound)

    def folders(self) -> list[str]:
        """The names of the folders in the location, in order; none if there is nothing."""
        selector = pafs.FileSelector(self.path, allow_not_found=True)
        found = self.filesystem.get_file_info(selector)
        return sorted(info.base_name for info in found if info.type == pafs.FileType.Directory)

    def files(self) -> Iterator[File]:
        """Every file below the location, or the location itself if it is one, in order of key."""
        if self.filesystem.get_file_info(self.path).is_file:
            found = [self.filesystem.get_file_info(self.path)]
            root = self.path.rpartition("/")[0]
        else:
            selector = pafs.FileSelector(self.path, recursive=True, allow_not_found=True)
            found, root = self.filesystem.get_file_info(selector), self.path
        for info in sorted(found, key=lambda info: str(info.path)):
            if info.is_file:
                key = info.path.removeprefix(root).lstrip("/")
                yield File(info.path, key, info.mtime.astimezone(UTC), info.size)

    def open(self, file: File) -> IO[bytes]:
        """The seekable stream of one of its files."""
        return cast(IO[bytes], self.filesystem.open_input_file(file.path))

    def read(self) -> bytes:
        """The bytes of the file at the location; raises `MissingFile`."""
        if not self.filesystem.get_file_info(self.path).is_file:
            raise MissingFile(f"there is no file {self.address}")
        with self.filesystem.open_input_stream(self.path, compression=None) as stream:
            return bytes(stream.read())

    def write(self, data: bytes) -> None:
        """Write the file at the location, whole or not at all where the filesystem can."""
        if self.is_local:
            target = Path(self.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            partial = target.with_name(target.name + ".partial")
            partial.write_bytes(data)
            partial.replace(target)
            return
        with self.filesystem.open_output_stream(self.path) as stream:
            stream.write(pa.py_buffer(data))


def _s3(environment: Mapping[str, str]) -> pafs.S3FileSystem:
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL")
    options: dict[str, str] = {"region": region} if region else {}
    if endpoint:
        parts = urlparse(endpoint)
        options |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    return pafs.S3FileSystem(**options)
