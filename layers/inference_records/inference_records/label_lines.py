"""SageMaker's own lines of ground truth: one label, or the labels of all records of a request."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import pyarrow as pa

from inference_records.bodies import decode_base64, decode_text
from inference_records.json_text import parse_json
from inference_records.label_columns import LabelColumns
from inference_records.label_table import LabelChunk, label_table
from inference_records.rejections import BadRecord, Rejected, rejected, written

_COLUMNS = LabelColumns("label", "inference_id", None, None, "record_index")


def is_sagemaker_line(row: dict[str, Any]) -> bool:
    """Whether an object is a line as SageMaker's merge job wants it."""
    return "groundTruthData" in row


def sagemaker_labels(rows: Sequence[tuple[int, dict[str, Any]]]) -> LabelChunk:
    """Labels of numbered lines. A single label has no position: it fits a request of one record."""
    numbers: list[int] = []
    ids: list[str] = []
    labels: list[list[Any]] = []
    rejections: list[Rejected] = []
    for number, row in rows:
        try:
            found = _labels(row["groundTruthData"])
            ids.append(_request_id(row.get("eventMetadata"), len(found)))
        except BadRecord as error:
            rejections.append(rejected(number, error, written(row)))
        else:
            numbers.append(number)
            labels.append(found)
    counts = list(map(len, labels))
    request = pa.array(chain.from_iterable(map(repeat, range(len(ids)), counts)), pa.int32())
    positions = (range(count) if count > 1 else [None] for count in counts if count)
    values = {
        "inference_id": pa.array(ids, pa.string()).take(request),
        "record_index": pa.array(chain.from_iterable(positions), pa.int32()),
        "label": list(chain.from_iterable(labels)),
    }
    chunk = label_table(values, _COLUMNS, pa.array(numbers, pa.int32()).take(request))
    return LabelChunk(chunk.table, rejections + chunk.rejections)


def _request_id(metadata: object, labels: int) -> str:
    if isinstance(metadata, dict):
        for name in ("eventId", "inferenceId"):
            if isinstance(metadata.get(name), str) and metadata[name]:
                return str(metadata[name])
    raise BadRecord("no_id", "eventMetadata.eventId is missing", labels)


def _labels(truth: object) -> list[Any]:
    data = truth.get("data") if isinstance(truth, dict) else None
    encoding = truth.get("encoding") if isinstance(truth, dict) else None
    if isinstance(data, str) and encoding == "BASE64":
        data = decode_text(decode_base64(data))
    if isinstance(data, str):
        data = _from_text(data.strip())
    labels = data if isinstance(data, list) else [data]
    if not labels or any(isinstance(label, dict | list) for label in labels):
        message = "groundTruthData.data is neither a label nor a list of labels"
        raise BadRecord("no_label", message, max(len(labels), 1))
    return labels


def _from_text(text: str) -> Any:
    if text.startswith(("[", "{")):
        return parse_json(text.encode("utf-8", "surrogatepass"))
    if '"' in text:
        try:
            rows = csv.reader(io.StringIO(text, newline=""), strict=True)
            return list(chain.from_iterable(rows))
        except csv.Error as error:
            raise BadRecord("broken_csv", f"groundTruthData.data: {error}") from error
    return [cell.strip() for cell in re.split(r"[\n,]", text)]
