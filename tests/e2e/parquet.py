"""Prepared Parquet, read back; and what the small files in data/ come to."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

# What data/capture.jsonl and data/labels.jsonl hold, by request and position.
PREDICTIONS = {
    ("request-0001", 0): ("0", 0.12),
    ("request-0001", 1): ("1", 0.81),
    ("request-0001", 2): ("0", 0.07),
    ("request-0002", 0): ("1", 0.77),
    ("request-0002", 1): ("0", 0.31),
    ("a26029e0-28c5-54fd-91fe-21cd9b66074e", 0): ("1", 0.64),
    ("request-0004", 0): ("1", 0.93),
    ("request-0004", 1): ("0", 0.44),
    ("request-0004", 2): ("1", 0.58),
    ("request-0004", 3): ("0", 0.02),
}
# A label that is alone in its line names no position.
LABELS: dict[tuple[str, int | None], str] = {
    ("request-0001", 0): "0",
    ("request-0001", 1): "1",
    ("request-0001", 2): "0",
    ("request-0002", 0): "1",
    ("request-0002", 1): "1",
    ("a26029e0-28c5-54fd-91fe-21cd9b66074e", None): "1",
    ("request-0004", 0): "1",
    ("request-0004", 1): "0",
    ("request-0004", 2): "0",
    ("request-0004", 3): "0",
}


def rows(parquet: bytes) -> list[dict[str, Any]]:
    table: pa.Table = pq.read_table(io.BytesIO(parquet))
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def count(parquet: bytes) -> int:
    """How many rows a whole file has; fails if it is not whole."""
    number: int = pq.read_metadata(io.BytesIO(parquet)).num_rows
    return number


def predictions_in(parquet: bytes) -> dict[tuple[str, int], tuple[str, float]]:
    return {
        (row["inference_id"] or row["event_id"], row["record_index"]): (
            row["prediction"],
            row["probability"],
        )
        for row in rows(parquet)
    }


def labels_in(parquet: bytes) -> dict[tuple[str, int | None], str]:
    return {(row["inference_id"], row["record_index"]): row["label"] for row in rows(parquet)}
