"""The labels that come for an endpoint's requests, in every form that is understood."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq

from tests.e2e.traffic import WINDOW, Request, Uploads, requests

Rows = list[tuple[str, int, int]]
"""Request, position, label."""


def _sagemaker_lines(rows: Rows) -> bytes:
    labels: dict[str, list[str]] = {}
    for name, _, label in rows:
        labels.setdefault(name, []).append(str(label))
    return "".join(
        json.dumps(
            {
                "groundTruthData": {"data": ",".join(values), "encoding": "CSV"},
                "eventMetadata": {"eventId": name},
                "eventVersion": "0",
            }
        )
        + "\n"
        for name, values in labels.items()
    ).encode()


def _flat_objects(rows: Rows) -> bytes:
    names = ("InferenceId", "payload_index", "groundTruthLabel")
    return json.dumps([dict(zip(names, row, strict=True)) for row in rows]).encode()


def _table(rows: Rows) -> bytes:
    return (
        "inference_id,record_index,label\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows)
    ).encode()


def _parquet(rows: Rows) -> bytes:
    names, places, labels = zip(*rows, strict=True)
    file = io.BytesIO()
    pq.write_table(pa.table({"inference_id": names, "record_index": places, "label": labels}), file)
    return file.getvalue()


LABEL_FORMS: Mapping[str, Callable[[Rows], bytes]] = {
    "labels.jsonl": _sagemaker_lines,
    "labels.json": _flat_objects,
    "labels.csv": _table,
    "labels.parquet": _parquet,
    "labels.jsonl.gz": lambda rows: gzip.compress(_sagemaker_lines(rows), mtime=0),
}


def labelled(
    endpoint: str, start: datetime = WINDOW, said: Sequence[Request] | None = None
) -> Uploads:
    """A label for every record that can be read, in a file of each form, an hour later."""
    known = [each for each in (requests() if said is None else said) if not each.is_broken]
    hour = f"ground-truth/{endpoint}/{start + timedelta(hours=1):%Y/%m/%d/%H}"
    found = Uploads({}, {})
    for number, (name, form) in enumerate(LABEL_FORMS.items()):
        rows = [
            (request.name, place, label)
            for request in known[number :: len(LABEL_FORMS)]
            for place, label in enumerate(request.truth)
        ]
        key = f"{hour}/{start:%M}-{name}"
        found.objects[key] = form(rows)
        found.records[key] = len(rows)
    return found
