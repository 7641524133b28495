"""Files on a disk that appear whole or not at all, also where two write at one time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

# As other programs write files; those of `tempfile` are their owner's alone.
_READABLE = 0o644


def create(target: Path, data: bytes) -> bool:
    """Write a file that is not there yet; False if it is there."""
    with _beside(target, data) as partial:
        try:
            # A link never takes the place of another file.
            os.link(partial, target)
        except FileExistsError:
            return False
    return True


def write(target: Path, data: bytes) -> None:
    """Write a file in the place of what is there."""
    with _beside(target, data) as partial:
        partial.replace(target)


@contextmanager
def _beside(target: Path, data: bytes) -> Iterator[Path]:
    """A file of another name, which is gone in the end unless it was moved."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, suffix=".partial", delete=False) as file:
        partial = Path(file.name)
        try:
            file.write(data)
            file.flush()
            partial.chmod(_READABLE)
            yield partial
        finally:
            partial.unlink(missing_ok=True)
