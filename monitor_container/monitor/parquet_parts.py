"""Parquet files in parts that many machines read: what each reads, and how.

It knows no engine: the parts travel as plain values to processes that import only this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.fs as pafs

from inference_records.schema import PARTITION_KEYS

PART = pa.schema([("path", pa.string()), ("part", pa.int32()), ("parts", pa.int32())])
_BYTES = 32 << 20
"""Of a file that one task reads."""
_MOST_SIZED = 200
"""S3 is asked for the size of one file at a time; of many files none is worth splitting."""
_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class Source:
    """How files are reached, and what they hold."""

    filesystem: pafs.FileSystem
    schema: pa.Schema


def parts_of(paths: Sequence[str], filesystem: pafs.FileSystem) -> pa.Table:
    """One row a part, so that the parts are of like size."""
    many = len(paths) > _MOST_SIZED
    sizes = [] if many else [info.size for info in filesystem.get_file_info(list(paths))]
    numbers = [1] * len(paths) if many else [-(-(size or 1) // _BYTES) for size in sizes]
    rows = [
        {"path": path, "part": part, "parts": parts}
        for path, parts in zip(paths, numbers, strict=True)
        for part in range(parts)
    ]
    return pa.Table.from_pylist(rows, PART)


def read_parts(source: Source, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows of the parts that are named in some batches."""
    for batch in batches:
        for row in batch.to_pylist():
            yield from _read(source, row["path"], row["part"], row["parts"])


def _read(source: Source, path: str, part: int, parts: int) -> Iterator[pa.RecordBatch]:
    keys = pa.schema([(key, pa.string()) for key in PARTITION_KEYS])
    dataset = pads.dataset(
        [path],
        schema=source.schema,
        format="parquet",
        filesystem=source.filesystem,
        partitioning=pads.partitioning(keys, flavor="hive"),
    )
    for fragment in dataset.get_fragments():
        if parts > 1:
            groups = range(fragment.num_row_groups)[part::parts]
            if not groups:
                continue
            fragment = fragment.subset(row_group_ids=list(groups))
        scanner = pads.Scanner.from_fragment(
            fragment, schema=source.schema, batch_size=_ROWS, use_threads=False
        )
        yield from scanner.to_batches()
