"""How one capture or label file is understood: what `inspect` tells before a deployment."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import IO, Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import structs

from inference_records import partitions
from inference_records.captured_requests import parse_request
from inference_records.configuration import Configuration, GroundTruth
from inference_records.feature_settings import Features
from inference_records.lines import lines, open_stream
from inference_records.readings import with_all_names
from inference_records.rejections import BadRecord
from inference_records.roles import Roles
from inference_records.split import Source, Split, split_capture, split_ground_truth
from monitor.file_kinds import NotOurs, is_capture, stranger
from monitor.locations import Location, MissingFile

_NO_LABELS = (
    'nothing of it could be read as labels, and no line has "captureData": it may be none of both'
)
_ANY_CAPTURE_KEY = "unknown-endpoint/unknown-variant/1970/01/01/00/"


@dataclass(frozen=True, slots=True)
class Inspection:
    """A file as the functions would split it."""

    name: str
    kind: str
    records: pa.Table
    count: int
    rejected_count: int
    rejected: Sequence[dict[str, Any]] = ()
    forms: dict[str, dict[str, int]] = field(default_factory=dict)
    request_columns: Sequence[str] = ()
    columns: Sequence[dict[str, str]] = ()
    notes: Sequence[str] = ()
    suggested: dict[str, Any] = field(default_factory=dict)
    """What `monitor.json` would say, so that nothing is left to be inferred."""


def inspect_file(location: Location, configuration: Configuration) -> Inspection:
    """Split a file without storing anything; raises `MissingFile`, `NotOurs` and others."""
    file = next(iter(location.files()), None)
    if file is None:
        raise MissingFile(f"there is no file {location.address}")
    if file.path != location.path:
        where = (location / file.key).address
        raise MissingFile(f"{location.address} is a folder: inspect one of its files, as {where}")
    with location.open(file) as stream:
        if is_capture(stream):
            known = partitions.parse_capture_key(file.path) is not None
            key = file.path if known else _ANY_CAPTURE_KEY + file.key
            source = Source(key, file.changed_at, stream)
            # Without the functions' key the digests are others, but equal where theirs are.
            every_byte = structs.replace(configuration, reading="strict")
            hashed = split_capture(source, every_byte, secrets.token_bytes(32))
            found = _inspection(file.key, "data capture", hashed)
            asked = _request_columns(stream, configuration)
            notes = [*found.notes, *_unknown(configuration.kept_features, asked)]
            return replace(found, request_columns=asked, notes=notes)
        if configuration.ground_truth == GroundTruth() and (what := stranger(stream)) is not None:
            told = what.replace("FILE", location.address)
            raise NotOurs(f"{location.address} is neither data capture nor labels, but {told}")
        source = Source(file.key, file.changed_at, stream)
        split = split_ground_truth(source, partitions.SHARED_ENDPOINT, configuration)
        found = _inspection(file.key, "ground truth", split)
        return found if found.count else replace(found, notes=[*found.notes, _NO_LABELS])


def _request_columns(stream: IO[bytes], configuration: Configuration) -> list[str]:
    """Column names of all requests. Read once more: splitting forgets what it does not keep."""
    names: dict[str, None] = {}
    for line in lines(open_stream(stream)):
        # It is told as rejected.
        with suppress(BadRecord):
            body = parse_request(line, configuration).request
            if body is not None:
                names.update(dict.fromkeys(with_all_names(body).names))
    return list(names)


def _unknown(features: Features, asked: Collection[str]) -> list[str]:
    """A name that is mistaken keeps nothing, or fails to leave out what must not be seen."""
    kept = () if features.keep == "all" else features.keep
    named = [*kept, *features.leave_out, *features.hash]
    unknown = ", ".join(name for name in named if name not in asked)
    return [f"features names {unknown}, which no request of this file has"] if unknown else []


def _inspection(name: str, kind: str, split: Split) -> Inspection:
    with split:
        tables = [pq.read_table(body) for body in split.prepared.values()]
        rejected = split.rejected.read().splitlines() if split.rejected is not None else []
    understanding = split.understanding
    return Inspection(
        name=name,
        kind=kind,
        records=pa.concat_tables(tables, promote_options="permissive") if tables else pa.table({}),
        count=split.records,
        rejected_count=split.records_rejected,
        rejected=[orjson.loads(line) for line in rejected],
        forms={"response": understanding.response_forms, "request": understanding.request_forms}
        if kind == "data capture"
        else {},
        columns=[roles.described() for roles in understanding.roles.values()],
        notes=[roles.note for roles in understanding.roles.values() if roles.note],
        suggested=_suggested(list(understanding.roles.values())),
    )


def _suggested(roles: Sequence[Roles]) -> dict[str, Any]:
    """The settings that say what was inferred; nothing where the shapes of a file differ."""
    found = {(item.prediction, item.probability) for item in roles}
    if len(found) != 1:
        return {}
    prediction, probability = found.pop()
    columns = {"prediction": prediction, "probability": probability}
    response = {
        name: int(column) if column.isdigit() else column
        for name, column in columns.items()
        if column is not None
    }
    return {"response": response} if response else {}
