"""The forms in which labels are uploaded, each as another team would write them."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

Label = float | None
Labelled = Sequence[tuple[str, Sequence[Label]]]
"""Request id and the labels of its records, in the order of its payload."""


@dataclass(frozen=True)
class Form:
    """How a file of labels is written, how it is called and how its hour is put into its key."""

    write: Callable[[Labelled], bytes]
    ending: str
    zero_padded: bool = True

    def key(self, endpoint: str, hour: datetime, name: str) -> str:
        """The key below the ground truth prefix; the hour is when the labels are uploaded."""
        parts = (f"{hour:%Y}", f"{hour:%m}", f"{hour:%d}", f"{hour:%H}")
        if not self.zero_padded:
            parts = (str(hour.year), str(hour.month), str(hour.day), str(hour.hour))
        return "/".join((endpoint, *parts, name + self.ending))


def _sagemaker_lines(labelled: Labelled) -> bytes:
    lines = [
        {
            "groundTruthData": {"data": ",".join(map(_cell, labels)), "encoding": "CSV"},
            "eventMetadata": {"eventId": request},
            "eventVersion": "0",
        }
        for request, labels in labelled
    ]
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _csv_table(labelled: Labelled) -> bytes:
    text = io.StringIO()
    rows = [(request, i, _cell(label)) for request, i, label in _records(labelled)]
    pd.DataFrame(rows, columns=["event_id", "record_index", "label"]).to_csv(text, index=False)
    return gzip.compress(text.getvalue().encode(), mtime=0)


def _json_array(labelled: Labelled) -> bytes:
    rows = [
        {"InferenceId": request, "payload_index": i, "groundTruthLabel": label}
        for request, i, label in _records(labelled)
    ]
    return json.dumps(rows).encode()


def _records(labelled: Labelled) -> list[tuple[str, int, Label]]:
    return [(request, i, label) for request, labels in labelled for i, label in enumerate(labels)]


def _cell(label: Label) -> str:
    return "" if label is None else f"{label:g}"


SAGEMAKER_LINES = Form(_sagemaker_lines, ".jsonl")
"""SageMaker's own JSON Lines, the labels of all records of a request in one line."""

CSV_TABLE = Form(_csv_table, ".csv.gz")
"""A compressed table with a row a record."""

JSON_ARRAY = Form(_json_array, ".json", zero_padded=False)
"""One JSON array, as the AWS sample uploads it, with its unpadded folders."""
