"""What these tests share: capture lines as SageMaker writes them, and splitting them in memory."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.configuration import parse_configuration
from inference_records.split import Source, Split, split_capture, split_ground_truth

CAPTURE_KEY = "data-capture/churn/AllTraffic/2026/11/20/09/12-31-482-6f1c.jsonl"
LABEL_KEY = "ground-truth/churn/2026/11/20/10/labels.jsonl"
ARRIVED = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)

Row = dict[str, Any]
Settings = Mapping[str, object]


@dataclass(frozen=True)
class Outcome:
    """What an object became, read back from its files."""

    rows: list[Row]
    rejected: list[Row]
    files: dict[str, bytes]
    records: int
    records_rejected: int
    reasons: dict[str, int]
    notes: list[str] = field(default_factory=list)
    set_aside: list[Row] = field(default_factory=list)
    set_aside_files: dict[str, bytes] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)

    def column(self, name: str) -> list[Any]:
        return [row[name] for row in self.rows]

    @property
    def accounted(self) -> int:
        return len(self.rows) + sum(int(row["records"]) for row in self.rejected)


def side(data: object, encoding: str | None = "JSON", content_type: str | None = None) -> Row:
    """`endpointInput` or `endpointOutput`; objects become JSON text, bytes become BASE64."""
    if isinstance(data, bytes):
        data, encoding = base64.b64encode(data).decode(), "BASE64"
    elif not isinstance(data, str):
        data = json.dumps(data)
    return {
        "observedContentType": content_type,
        "mode": "OUTPUT",
        "data": data,
        "encoding": encoding,
    }


def capture_line(
    response: Row | None,
    request: Row | None = None,
    *,
    event_id: str = "event",
    inference_id: str | None = None,
    time: object = "2026-11-20T09:12:31Z",
) -> bytes:
    capture = {"endpointInput": request, "endpointOutput": response}
    metadata = {"eventId": event_id, "inferenceId": inference_id, "inferenceTime": time}
    document = {
        "captureData": {name: part for name, part in capture.items() if part is not None},
        "eventMetadata": {name: part for name, part in metadata.items() if part is not None},
        "eventVersion": "0",
    }
    return json.dumps(document).encode()


def sagemaker_label(data: object, event_id: object = "event", encoding: str = "CSV") -> bytes:
    return json.dumps(
        {
            "groundTruthData": {"data": data, "encoding": encoding},
            "eventMetadata": {"eventId": event_id},
            "eventVersion": "0",
        }
    ).encode()


def split_captures(
    *lines: bytes,
    settings: Settings | None = None,
    key: str = CAPTURE_KEY,
    hash_key: bytes | None = None,
) -> Outcome:
    return split_capture_object(b"\n".join(lines), settings, key, hash_key)


def split_capture_object(
    data: bytes,
    settings: Settings | None = None,
    key: str = CAPTURE_KEY,
    hash_key: bytes | None = None,
) -> Outcome:
    configuration = parse_configuration(json.dumps(settings or {}).encode())
    source = Source(key, ARRIVED, io.BytesIO(data))
    return _outcome(split_capture(source, configuration, hash_key))


def split_labels(data: bytes, settings: Settings | None = None, key: str = LABEL_KEY) -> Outcome:
    configuration = parse_configuration(json.dumps({"ground_truth": settings or {}}).encode())
    source = Source(key, ARRIVED, io.BytesIO(data))
    return _outcome(split_ground_truth(source, "churn", configuration))


def split_response(response: object, request: object = None, /, **settings: object) -> Outcome:
    """One request with these sides, JSON unless they are sides already."""
    return split_captures(
        capture_line(_as_side(response), None if request is None else _as_side(request)),
        settings=settings,
    )


def _as_side(data: object) -> Row:
    return data if isinstance(data, dict) and "encoding" in data else side(data)


def parquet(columns: Mapping[str, Any] | pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(columns if isinstance(columns, pa.Table) else pa.table(dict(columns)), sink)
    return sink.getvalue()


def said(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Position, prediction and probability of each record, in order."""
    names = ("record_index", "prediction", "probability")
    return sorted(tuple(row[name] for name in names) for row in outcome.rows)


def labelled(outcome: Outcome) -> list[tuple[Any, ...]]:
    """Id, position and label of each row, in order of the source."""
    return [
        (row["inference_id"] or row["record_id"], row["record_index"], row["label"])
        for row in sorted(outcome.rows, key=lambda row: row["source_line"])
    ]


def as_set(rows: Sequence[Row], *without: str) -> set[str]:
    """Rows in a form that can be compared whatever their order; a null is as good as no column."""
    kept = [
        {name: value for name, value in row.items() if value is not None and name not in without}
        for row in rows
    ]
    return {json.dumps(row, sort_keys=True, default=str) for row in kept}


def _outcome(split: Split) -> Outcome:
    with split:
        files = {key: body.read() for key, body in split.prepared.items()}
        set_aside = {key: body.read() for key, body in split.set_aside.items()}
        rejected = split.rejected.read().splitlines() if split.rejected is not None else []
    return Outcome(
        rows=_rows(files),
        rejected=[json.loads(line) for line in rejected],
        files=files,
        records=split.records,
        records_rejected=split.records_rejected,
        reasons=dict(split.reasons),
        notes=[roles.note for roles in split.understanding.roles.values() if roles.note],
        set_aside=_rows(set_aside),
        set_aside_files=set_aside,
        stale=split.stale,
    )


def _rows(files: Mapping[str, bytes]) -> list[Row]:
    return [row for body in files.values() for row in pq.read_table(io.BytesIO(body)).to_pylist()]
