"""A source object -> the objects made of it: prepared rows, what was set aside, rejected lines.

Streams: what is held in memory is one chunk and the compressed results. The same source gives the
same keys and bytes, whenever and however often it is split.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import IO

import pyarrow as pa

from inference_records import partitions
from inference_records.collector import collector_paused
from inference_records.configuration import Configuration
from inference_records.data_capture import read_capture
from inference_records.feature_hashing import check_key, with_digests
from inference_records.ground_truth import read_ground_truth
from inference_records.lines import open_stream, spans
from inference_records.partitions import Partition
from inference_records.prepared_files import PreparedFiles, SchemaChanged, empty_file, spool
from inference_records.rejections import (
    BadRecord,
    Rejected,
    UnreadableObject,
    rejected,
    to_json_lines,
)
from inference_records.schema import LABELS, PREDICTIONS
from inference_records.set_aside import SetAside
from inference_records.understanding import Contradicted, Findings, Understanding


@dataclass(frozen=True, slots=True)
class Source:
    """One object: its key, when it arrived (S3's time of last change) and its bytes.

    The stream must be seekable: it is read again when its end teaches how to read its beginning.
    """

    key: str
    arrived_at: datetime
    stream: IO[bytes]


@dataclass(slots=True)
class Split:
    """What one source object became. Keys are below the prepared and the rejected prefix."""

    prepared: dict[str, IO[bytes]] = field(default_factory=dict)
    set_aside: dict[str, IO[bytes]] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    """Keys at which an earlier reading may have set aside what is good now."""
    rejected: IO[bytes] | None = None
    records: int = 0
    records_rejected: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    quoting: bool = True
    understanding: Understanding = field(default_factory=Understanding)
    resources: ExitStack = field(default_factory=ExitStack)
    aside: SetAside | None = None

    def __enter__(self) -> Split:
        return self

    def __exit__(self, *error: object) -> None:
        self.resources.close()


def split_capture(
    source: Source, configuration: Configuration, hash_key: bytes | None = None
) -> Split:
    """The inference records of a captured object; raises `UnreadableObject`.

    Raises `BadConfiguration` where features are to be hashed and there is no key.
    """
    check_key(configuration, hash_key)
    where = partitions.parse_capture_key(source.key)
    if where is None:
        raise UnreadableObject(
            f"{source.key}: the key is not …/ENDPOINT/VARIANT/yyyy/mm/dd/hh/FILE, "
            "as SageMaker writes data capture"
        )
    name = partitions.prepared_name(source.key)

    def key(hour: datetime) -> str:
        return Partition(partitions.PREDICTIONS, where.endpoint, where.variant, hour).prefix + name

    def files(schema: pa.Schema, resources: ExitStack) -> PreparedFiles:
        told = {"source_key": source.key}
        return PreparedFiles(schema, "inference_time", key, told, resources)

    features = configuration.kept_features

    def chunks(stream: IO[bytes], split: Split) -> Iterable[_Chunk]:
        split.quoting = not features.hide
        found = read_capture(spans(stream), configuration, split.understanding)
        return found if hash_key is None else _hashed(found, features.hash, hash_key)

    aside = partial(SetAside.of, source.key, where)
    return _split(source, PREDICTIONS, files, chunks, key(where.hour), aside)


def _hashed(chunks: Iterable[_Chunk], names: Collection[str], key: bytes) -> Iterable[_Chunk]:
    """No row leaves the memory before its values are digests."""
    return ((with_digests(table, names, key), rejections) for table, rejections in chunks)


def split_ground_truth(source: Source, endpoint: str, configuration: Configuration) -> Split:
    """The labels of an object for one endpoint, or a shared one; raises `UnreadableObject`.

    They lie at the hour that the key names, else at the hour of arrival: a file that is uploaded
    again under its dated key replaces its labels.
    """
    hour = partitions.dated_hour(source.key) or partitions.floor_hour(source.arrived_at)
    where = Partition(partitions.GROUND_TRUTH, endpoint, None, hour)
    key = where.prefix + partitions.prepared_name(source.key)

    def files(schema: pa.Schema, resources: ExitStack) -> PreparedFiles:
        told = {"arrived_at": source.arrived_at, "source_key": source.key}
        return PreparedFiles(schema, "arrived_at", lambda _: key, told, resources)

    def chunks(stream: IO[bytes], _split: Split) -> Iterable[_Chunk]:
        return read_ground_truth(stream, configuration.ground_truth)

    return _split(source, LABELS, files, chunks, key)


_Chunk = tuple[pa.Table, list[Rejected]]
_Files = Callable[[pa.Schema, ExitStack], PreparedFiles]
_Chunks = Callable[[IO[bytes], Split], Iterable[_Chunk]]
_Aside = Callable[[ExitStack], SetAside]


def _split(
    source: Source,
    plain: pa.Schema,
    files: _Files,
    chunks: _Chunks,
    usual_key: str,
    aside: _Aside | None = None,
) -> Split:
    findings = Findings()
    schema = plain
    while True:
        with collector_paused(), ExitStack() as on_failure:
            split = on_failure.enter_context(Split(understanding=Understanding(findings)))
            try:
                split.aside = aside(split.resources) if aside is not None else None
                _fill(split, source, files(schema, split.resources), chunks)
                if not split.prepared:
                    split.prepared[usual_key] = empty_file(plain, split.resources)
                if split.aside is not None:
                    split.set_aside, split.stale = split.aside.close(split.prepared)
            except SchemaChanged as change:
                schema = change.schema
                continue
            except Contradicted:
                schema = plain  # a feature that is no number has another name
                continue
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise UnreadableObject(f"the gzip stream is broken: {error}") from error
            on_failure.pop_all()
            return split


def _fill(split: Split, source: Source, files: PreparedFiles, chunks: _Chunks) -> None:
    for table, rejections in chunks(open_stream(source.stream), split):
        _reject(split, rejections, source.key)
        if table.num_rows:
            files.add(table)
            split.records += table.num_rows
    split.prepared = files.close()
    if not source.stream.seek(0, io.SEEK_END):
        empty = BadRecord("empty_object", "the object has no bytes", records=0)
        _reject(split, [rejected(0, empty, b"")], source.key)
    if split.rejected is not None:
        split.rejected.seek(0)


def _reject(split: Split, rejections: list[Rejected], source_key: str) -> None:
    if not rejections:
        return
    if split.aside is not None:
        split.aside.add(rejections)
    if split.rejected is None:
        split.rejected = spool(split.resources)
    split.rejected.write(to_json_lines(rejections, source_key, split.quoting))
    for item in rejections:
        split.records_rejected += item.records
        split.reasons[item.code] += item.records
