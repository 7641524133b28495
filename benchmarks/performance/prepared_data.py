"""Prepared records made up: predictions and labels as the functions write them, of a fixed seed.

Labels lie in another order than predictions, some are missing, some were said again later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from inference_records.data_capture import CHUNK_RECORDS
from inference_records.partitions import GROUND_TRUTH, PREDICTIONS, SHARED_ENDPOINT, Partition
from inference_records.schema import LABELS, TIME
from inference_records.schema import PREDICTIONS as PREDICTION_COLUMNS

ENDPOINT, VARIANT = "churn", "AllTraffic"
HOUR = datetime(2026, 11, 1, 12, tzinfo=UTC)
_SEED = 20261101
_PORTION = 1_000_000
_MISSING, _RELABELLED = 0.02, 0.01
_SECONDS = 3600
_HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
_DASHES = (8, 12, 16, 20)
_ID_LENGTH = 36

Random = np.random.Generator


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is made up: records and how many a request has; 0 classes are a regression."""

    records: int
    per_request: int = 100
    classes: int = 2

    @property
    def name(self) -> str:
        """A folder of its own."""
        kind = f"{self.classes}-classes" if self.classes else "regression"
        return f"{kind}-{self.records}-by-{self.per_request}"


def make(recipe: Recipe, folder: Path) -> Path:
    """The folder with the data of a recipe, made unless it is there."""
    made = folder / recipe.name
    done = made / "complete"
    if not done.exists():
        for number, start in enumerate(range(0, recipe.records, _PORTION)):
            rows = min(_PORTION, recipe.records - start)
            _write_portion(recipe, made, number, rows)
        done.touch()
    return made


def _write_portion(recipe: Recipe, folder: Path, number: int, rows: int) -> None:
    random = np.random.default_rng((_SEED, number))
    count = recipe.per_request
    requests = -(-rows // count)
    request = np.repeat(np.arange(requests), count)[:rows]
    index = np.tile(np.arange(count), requests)[:rows]
    ids = _ids(random, requests)
    said, truth = _classified(random, rows, recipe) if recipe.classes else _measured(random, rows)
    since = np.sort(random.integers(0, _SECONDS, requests)) * 1_000_000
    times = np.int64(HOUR.timestamp()) * 1_000_000 + since
    predictions = {
        "event_id": _ids(random, requests).take(request),
        "inference_id": ids.take(request),
        "record_index": index,
        "record_count": np.full(rows, count),
        "inference_time": pa.array(times[request], pa.int64()).cast(TIME),
        "source_line": request,
        **said,
    }
    partition = Partition(PREDICTIONS, ENDPOINT, VARIANT, HOUR)
    _write(predictions, rows, PREDICTION_COLUMNS, folder / partition.prefix / f"{number}.parquet")
    order = random.permutation(requests)
    shuffled = (order[:, None] * count + np.arange(count)).ravel()
    shuffled = shuffled[shuffled < rows]
    known = shuffled[random.random(len(shuffled)) >= _MISSING]
    again = known[random.random(len(known)) < _RELABELLED]
    first, rest = np.array_split(again, 2)
    # Of what is said again one half lies before the original, as files are listed.
    for name, some, minutes in (("a", first, 90), ("b", known, 30), ("c", rest, 90)):
        labels = {
            "inference_id": ids.take(request[some]),
            "record_index": index[some],
            "source_line": np.arange(len(some)),
            **truth(some, name != "b"),
        }
        arrived = {"arrived_at": HOUR + timedelta(minutes=minutes)}
        partition = Partition(GROUND_TRUTH, SHARED_ENDPOINT, None, HOUR)
        path = folder / partition.prefix / f"{name}-{number}.parquet"
        _write(labels | arrived, len(some), LABELS, path)


def _classified(random: Random, rows: int, recipe: Recipe) -> tuple[dict[str, Any], Any]:
    names = pa.array([str(number) for number in range(recipe.classes)])
    if recipe.classes == 2:
        actual = (random.random(rows) < 0.3).astype(np.int64)
        score = 1 / (1 + np.exp(-random.normal(1.6 * actual - 1.1, 1.2)))
        predicted = (score >= 0.5).astype(np.int64)
        said: dict[str, Any] = {"probability": score}
    else:
        actual = random.integers(0, recipe.classes, rows)
        wrong = random.random(rows) < 0.25
        predicted = np.where(wrong, random.integers(0, recipe.classes, rows), actual)
        said = {}

    def truth(some: NDArray[np.int64], again: bool) -> dict[str, Any]:
        found = (actual[some] + again) % recipe.classes
        return {"label": names.take(found), "label_value": found.astype(np.float64)}

    said |= {"prediction": names.take(predicted), "prediction_value": predicted.astype(np.float64)}
    return said, truth


def _measured(random: Random, rows: int) -> tuple[dict[str, Any], Any]:
    actual = np.round(random.normal(100, 20, rows), 3)
    predicted = actual + random.normal(0, 5, rows)

    def truth(some: NDArray[np.int64], again: bool) -> dict[str, Any]:
        found = actual[some] + again
        return {"label": _text(found), "label_value": found}

    return {"prediction": _text(predicted), "prediction_value": predicted}, truth


def _text(values: NDArray[np.float64]) -> pa.Array:
    return pa.array(values).cast(pa.string())


def _ids(random: Random, count: int) -> pa.Array:
    """Identifiers in the form of a UUID."""
    digits = _HEX[random.integers(0, 16, (count, _ID_LENGTH - len(_DASHES)), dtype=np.uint8)]
    text = np.insert(digits, _DASHES, ord("-"), axis=1)
    offsets = pa.array(np.arange(count + 1) * _ID_LENGTH, pa.int32())
    return pa.StringArray.from_buffers(
        count, offsets.buffers()[1], pa.py_buffer(np.ascontiguousarray(text))
    )


def _write(columns: dict[str, Any], rows: int, schema: pa.Schema, path: Path) -> None:
    """As the functions write a chunk after the other; what is not told is null."""
    told = {"source_key": path.name, **columns}
    arrays = []
    for field in schema:
        plain = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        value = told.get(field.name)
        if value is None or isinstance(value, str | datetime):
            arrays.append(pa.repeat(pa.scalar(value, plain), rows))
        else:
            arrays.append(pa.array(value).cast(plain))
    table = pa.table(arrays, [field.name for field in schema])
    floating = [field.name for field in schema if pa.types.is_floating(field.type)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        table,
        path,
        row_group_size=CHUNK_RECORDS,
        compression="zstd",
        use_dictionary=[name for name in schema.names if name not in floating],
        column_encoding=dict.fromkeys(floating, "BYTE_STREAM_SPLIT"),
        store_schema=False,
    )
