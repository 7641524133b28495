"""One hour of an endpoint as prepared Parquet: predictions, and labels that are late, lost, twice.

A file is made from its number alone, so that any number of processes make the same hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from inference_records.partitions import GROUND_TRUTH, PREDICTIONS, Partition, prepared_name
from inference_records.schema import LABELS
from inference_records.schema import PREDICTIONS as PREDICTED

ENDPOINT, VARIANT = "churn", "AllTraffic"
START = datetime(2026, 11, 20, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
BINARY, MULTICLASS, REGRESSION = "binary", "multiclass", "regression"
_CLASSES = 7
_LOST, _TWICE = 0.02, 0.01
_SEED = 20_261_124
_ROWS = 131_072


@dataclass(frozen=True, slots=True)
class Hour:
    """How much was captured, and of what kind."""

    kind: str
    records: int
    a_request: int = 100
    files: int = 8


def write_hour(folder: Path, hour: Hour) -> None:
    """Write the files of the hour below the folder of prepared data."""
    for number in range(hour.files):
        write_file(folder, hour, number)


def write_file(folder: Path, hour: Hour, number: int) -> None:
    """Write one file of predictions, and the labels of its requests."""
    chance = np.random.default_rng([_SEED, number])
    requests = hour.records // hour.a_request // hour.files
    size = requests * hour.a_request
    truth, said = _KINDS[hour.kind](chance, size)
    ids = pa.array([f"{number:06d}-{request:08d}-0000" for request in range(requests)])
    of_request = np.repeat(np.arange(requests), hour.a_request)
    index = np.tile(np.arange(hour.a_request, dtype=np.int32), requests)
    seconds = (np.arange(requests) * 3_599_000_000 // requests)[of_request]
    columns = {
        "event_id": ids.take(pa.array(of_request)),
        "record_index": index,
        "record_count": np.full(size, hour.a_request, np.int32),
        "inference_time": pa.array(_micros(START) + seconds).cast(pa.timestamp("us", "UTC")),
        "source_key": _constant(f"capture/{number:06d}.jsonl", size),
        "source_line": (of_request + 1).astype(np.int32),
        **said,
    }
    _write(folder, PREDICTIONS, f"capture/{number:06d}.jsonl", _table(columns, PREDICTED, size))
    known = np.flatnonzero(chance.random(size) >= _LOST)
    chance.shuffle(known)
    _labels(folder, f"first/{number:06d}.csv", ids, of_request, index, truth, known, minutes=90)
    again = known[chance.random(len(known)) < _TWICE]
    wrong = truth[chance.permutation(size)]
    _labels(folder, f"again/{number:06d}.csv", ids, of_request, index, wrong, again, minutes=120)


def _labels(
    folder: Path,
    source: str,
    ids: pa.Array,
    of_request: Any,
    index: Any,
    truth: Any,
    rows: Any,
    minutes: int,
) -> None:
    arrived = START + timedelta(minutes=minutes)
    value = truth[rows]
    columns = {
        "inference_id": ids.take(pa.array(of_request[rows])),
        "record_index": index[rows],
        "label": pa.array(value).cast(pa.string()),
        "label_value": value.astype(np.float64),
        "arrived_at": pa.array(np.full(len(rows), _micros(arrived))).cast(
            pa.timestamp("us", "UTC")
        ),
        "source_key": _constant(source, len(rows)),
        "source_line": np.arange(1, len(rows) + 1, dtype=np.int32),
    }
    _write(folder, GROUND_TRUTH, source, _table(columns, LABELS, len(rows)), arrived)


def _binary(chance: np.random.Generator, size: int) -> tuple[Any, dict[str, Any]]:
    score = chance.beta(1.2, 1.8, size)
    truth = (chance.random(size) < score).astype(np.int64)
    said = (score >= 0.5).astype(np.int64)
    return truth, {**_said(said), "probability": score}


def _multiclass(chance: np.random.Generator, size: int) -> tuple[Any, dict[str, Any]]:
    weight = chance.gamma(0.7, size=(size, _CLASSES))
    share = weight / weight.sum(axis=1, keepdims=True)
    truth = (share.cumsum(axis=1) < chance.random(size)[:, None]).sum(axis=1).clip(0, _CLASSES - 1)
    offsets = np.arange(0, (size + 1) * _CLASSES, _CLASSES, dtype=np.int32)
    vectors = pa.ListArray.from_arrays(offsets, share.ravel())
    return truth, {**_said(share.argmax(axis=1)), "probabilities": vectors}


def _regression(chance: np.random.Generator, size: int) -> tuple[Any, dict[str, Any]]:
    truth = chance.gamma(3.0, 20.0, size)
    return truth, _said(truth + chance.normal(0.0, 4.0, size))


_KINDS: dict[str, Callable[[np.random.Generator, int], tuple[Any, dict[str, Any]]]] = {
    BINARY: _binary,
    MULTICLASS: _multiclass,
    REGRESSION: _regression,
}


def _said(values: Any) -> dict[str, Any]:
    text = pa.array(values).cast(pa.string())
    return {"prediction": text, "prediction_value": values.astype(np.float64)}


def _table(columns: dict[str, Any], schema: pa.Schema, size: int) -> pa.Table:
    arrays = []
    for field in schema:
        found = columns.get(field.name)
        array = pa.nulls(size, field.type) if found is None else pa.array(found)
        if pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(array.type):
            array = array.dictionary_encode()
        arrays.append(array.cast(field.type))
    return pa.table(arrays, schema=schema)


def _write(
    folder: Path, dataset: str, source: str, table: pa.Table, hour: datetime = START
) -> None:
    variant = VARIANT if dataset == PREDICTIONS else None
    hour = hour.replace(minute=0)
    place = folder / Partition(dataset, ENDPOINT, variant, hour).prefix
    place.mkdir(parents=True, exist_ok=True)
    path = place / prepared_name(source)
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS)


def _constant(text: str, size: int) -> pa.Array:
    indices = pa.array(np.zeros(size, np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array([text]))


def _micros(time: datetime) -> int:
    return int(time.timestamp()) * 1_000_000
