"""A week of hourly windows as the splitters leave it: thousands of small files, and late labels.

Written straight as Parquet, for what is measured begins there; made from a seed.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from inference_records import partitions
from inference_records.partitions import Partition
from inference_records.schema import LABELS, PREDICTIONS

ENDPOINT, VARIANT = "demo", "AllTraffic"
FIRST = datetime(2026, 11, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
_LATE = 20
"""One request in so many has no label on time."""
_CONSTRAINTS = {
    "binary_classification_constraints": {
        "accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"},
        "auc": {"threshold": 0.85, "comparison_operator": "LessThanThreshold"},
    }
}


@dataclass(frozen=True, slots=True)
class Shape:
    """How much there is of what: about 100,000 records a day, in files as capture makes them."""

    hours: int = 168
    capture_files: int = 60
    label_files: int = 20
    requests: int = 7
    """Of a capture file."""
    records: int = 10
    """Of a request."""
    late: tuple[int, ...] = (1, 2, 5, 12, 24, 48, 96, 160)
    """Hours after which labels come that are late: each hour has some of so many others."""


def settle(root: Path) -> None:
    """The endpoint's baseline and settings."""
    folder = root / "monitors" / ENDPOINT
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "constraints.json").write_text(json.dumps(_CONSTRAINTS))
    (folder / "monitor.json").write_text("{}")


def play(root: Path, shape: Shape, hours: range) -> None:
    """The prepared files of some hours, with the labels that come in each."""
    for hour in hours:
        for key, table in _hour(shape, hour):
            path = root / "prepared" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, path, compression="zstd", store_schema=False)
            at = (FIRST + (hour + 1) * HOUR).timestamp()
            os.utime(path, (at, at))


def _hour(shape: Shape, hour: int) -> Iterator[tuple[str, pa.Table]]:
    start = FIRST + hour * HOUR
    names = [_name(hour, number) for number in range(shape.capture_files * shape.requests)]
    for file in range(shape.capture_files):
        some = names[file * shape.requests : (file + 1) * shape.requests]
        yield _captured(shape, hour, file, start, some)
    on_time = [name for number, name in enumerate(names) if number % _LATE]
    for file in range(shape.label_files):
        yield _labelled(shape, f"{hour}-{file}", start, on_time[file :: shape.label_files])
    # Of one request in twenty the labels are late: they come once, some of them after each delay.
    late = [
        _name(hour - delay, number)
        for part, delay in enumerate(shape.late)
        for number in range(part * _LATE, len(names), _LATE * len(shape.late))
        if hour >= delay
    ]
    if late:
        yield _labelled(shape, f"{hour}-late", start, late)


def _name(hour: int, number: int) -> str:
    return f"{random.Random(hour * 1_000_003 + number).getrandbits(128):032x}"


def _captured(
    shape: Shape, hour: int, file: int, start: datetime, names: list[str]
) -> tuple[str, pa.Table]:
    chance = random.Random(f"{hour}-{file}")
    source = f"data-capture/{ENDPOINT}/{VARIANT}/{start:%Y/%m/%d/%H}/{file:02}-00-000-part.jsonl"
    rows = []
    for line, name in enumerate(names):
        time = start + timedelta(seconds=(file * 60 + line * 7) % 3600)
        for index in range(shape.records):
            score = chance.random()
            rows.append(
                {
                    "event_id": f"event-{name}",
                    "inference_id": name,
                    "record_index": index,
                    "record_count": shape.records,
                    "inference_time": time,
                    "prediction": str(int(score >= 0.5)),
                    "probability": score,
                    "source_key": source,
                    "source_line": line,
                }
            )
    where = Partition(partitions.PREDICTIONS, ENDPOINT, VARIANT, start)
    key = where.prefix + partitions.prepared_name(source)
    return key, pa.Table.from_pylist(rows, schema=PREDICTIONS)


def _labelled(shape: Shape, file: str, start: datetime, names: list[str]) -> tuple[str, pa.Table]:
    chance = random.Random(file)
    source = f"ground-truth/{ENDPOINT}/{start:%Y/%m/%d/%H}/labels-{file}.jsonl"
    rows = [
        {
            "inference_id": name,
            "record_index": index,
            "label": str(chance.randrange(2)),
            "arrived_at": start + timedelta(minutes=50),
            "source_key": source,
            "source_line": line,
        }
        for line, name in enumerate(names)
        for index in range(shape.records)
    ]
    where = Partition(partitions.GROUND_TRUTH, ENDPOINT, None, start)
    return where.prefix + partitions.prepared_name(source), pa.Table.from_pylist(rows, LABELS)
