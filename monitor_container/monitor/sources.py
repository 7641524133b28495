"""What a run reads where it is known which files matter: paths of each dataset, near and far."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import pyarrow.fs as pafs

from inference_records.partitions import GROUND_TRUTH, PREDICTIONS, SET_ASIDE
from monitor.copies import Copies
from monitor.known import Known
from monitor.listing import Listing, dataset_of
from monitor.locations import File, Location, MissingFile
from monitor.related import Related

_MOST_COPIED = 256 << 20
"""Bytes of files that are copied for one window: a function has 2 GB of disk for everything."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Paths by dataset: on this machine, and those of large files, in their bucket."""

    near: Mapping[str, list[str]]
    far: Mapping[str, list[str]]
    filesystem: pafs.FileSystem
    traffic: Mapping[int, int] | None
    """Captured lines of all windows in reach, where the files tell only some."""


Files = Mapping[str, Sequence[File]]
"""By dataset."""


def in_place(known: Known, found: Related) -> Sources:
    """The files where they lie, each by itself: other machines have no copies of them."""
    files = _listed(known.listing, {known.entries[number].key for number in found.files})
    far = {dataset: [file.path for file in some] for dataset, some in files.items()}
    nowhere: dict[str, list[str]] = {dataset: [] for dataset in far}
    return Sources(nowhere, far, known.listing.location.filesystem, found.traffic)


def sources(known: Known, found: Related) -> Sources:
    """The files, those that were put together as one; raises `MissingFile`."""
    entries = [known.entries[number] for number in sorted(found.files)]
    names = {entry.segment for entry in entries if entry.segment}
    segments, lost = _segments(known, names)
    keys = {entry.key for entry in entries if not entry.segment}
    # Whoever deleted a segment deleted nothing that cannot be read elsewhere.
    keys |= {entry.key for entry in known.entries if entry.segment in lost}
    single = _here(known.listing.location, _listed(known.listing, keys), known.copies)
    near = {dataset: [*paths] for dataset, paths in single.near.items()}
    for name, path in segments.items():
        near[dataset_of(name)].append(path)
    return replace(single, near=near, traffic=found.traffic)


def fetched(location: Location, files: Files, copies: Copies) -> Sources | None:
    """All of some files, read in one request each; None if they are too much to keep here.

    They are looked at several times, and each time may need as much patience with S3 as the first.
    """
    if sum(file.size for some in files.values() for file in some) > _MOST_COPIED:
        return None
    return _here(location, files, copies)


def _listed(listing: Listing, keys: Collection[str]) -> Files:
    found: dict[str, list[File]] = {PREDICTIONS: [], GROUND_TRUTH: [], SET_ASIDE: []}
    for file in listing.every:
        if (key := listing.key(file)) in keys:
            found[dataset_of(key)].append(file)
    return found


def _here(location: Location, files: Files, copies: Copies) -> Sources:
    """The files, the small ones on this machine; raises `MissingFile`."""
    if gone := copies.fetch(location, chain.from_iterable(files.values())):
        raise MissingFile(f"{min(gone)} was removed while it was read")
    near = {dataset: copies.near(location, some) for dataset, some in files.items()}
    far = {dataset: copies.far(location, some) for dataset, some in files.items()}
    return Sources(near, far, location.filesystem, None)


def _segments(known: Known, names: Collection[str]) -> tuple[dict[str, str], set[str]]:
    """Paths of segments by name, and the names of those that are gone."""
    where = known.derived.segments(sorted(names))
    if where is None or not names:
        return {}, set()
    location, files = where
    gone = known.copies.fetch(location, files)
    lost = {file.key for file in files if file.path in gone}
    here: list[File] = [file for file in files if file.key not in lost]
    return {file.key: known.copies.near(location, [file])[0] for file in here}, lost
