"""Captures and labels that reach a bucket bit by bit, and the ledger that comes of them."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from inference_records.configuration import Configuration
from monitor.container import Judged, run_container
from monitor.ledger import Ledger
from monitor.ledger_rows import Version, result_of
from monitor.locations import Location
from monitor.raw_files import prepare
from monitor.settings import container_settings
from monitor.windows import Window, iso

from .captured import HOUR, NINE, capture_line, capture_path, label_line, write

ENDPOINT = "demo"
CONSTRAINTS = {
    "binary_classification_constraints": {
        "accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"},
        "auc": {"threshold": 0.85, "comparison_operator": "LessThanThreshold"},
    }
}


@dataclass
class Bucket:
    """A folder laid out as the stack's bucket is; the clock strikes when it is told to."""

    root: Path
    settings: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        folder = self.root / "monitors" / ENDPOINT
        folder.mkdir(parents=True)
        (folder / "constraints.json").write_text(json.dumps(CONSTRAINTS))
        (folder / "monitor.json").write_text(json.dumps(self.settings))

    def put(self, key: str, body: bytes, at: datetime = NINE) -> None:
        """A prepared object arrives, perhaps once more."""
        path = self.root / "prepared" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        os.utime(path, (at.timestamp(), at.timestamp()))

    def environment(self, end: datetime, hours: int = 336) -> dict[str, str]:
        """What the clock's run is told."""
        return {
            "sagemaker_endpoint_name": ENDPOINT,
            "start_time": iso(end - hours * HOUR),
            "end_time": iso(end),
            "window_seconds": "3600",
            "prepared_s3_uri_path": str(self.root / "prepared"),
            "monitor_s3_uri_path": str(self.root / "monitors" / ENDPOINT),
            "output_path": str(self.root / "newest"),
            "reports_s3_uri": str(self.root / "reports"),
            "ledger_s3_uri": str(self.root / "ledger"),
            "derived_s3_uri": str(self.root / "derived"),
            "monitor_root": str(self.root),
        }

    def tick(self, now: datetime, **others: str) -> Judged:
        """Bring up to date all windows that ended an hour ago."""
        end = now.replace(minute=0, second=0) - HOUR
        return run_container(container_settings(self.environment(end) | others), now)

    @property
    def ledger(self) -> Ledger:
        return Ledger(Location.of(str(self.root / "ledger")), ENDPOINT)

    def versions(self) -> list[Version]:
        return list(self.ledger.versions(NINE - 48 * HOUR, NINE + 480 * HOUR))

    def final(self) -> dict[Window, list[dict[str, Any]]]:
        """What the newest version of each window that has anything in it came to."""
        newest = {version.window: version for version in self.versions()}
        return {
            window: result_of(version)
            for window, version in newest.items()
            if any(any(quality.health.counts.values()) for quality in version.qualities)
        }


def prepared_objects(root: Path) -> dict[str, bytes]:
    """What the functions make of the raw files below a folder."""
    with ExitStack() as resources:
        found, _intake = prepare(
            Location.of(str(root / "data-capture")),
            Location.of(str(root / "ground-truth")),
            Configuration(),
            resources,
        )
        folder = Path(found.location.path)
        return {
            str(path.relative_to(folder)): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def raw_world(root: Path, chance: random.Random, hours: int = 3) -> None:
    """Hours of requests, and labels that are late, doubled, corrected, lost or of nobody."""
    ids: list[tuple[str, int]] = []
    for hour in range(hours):
        start = NINE + hour * HOUR
        for part in range(chance.choice((1, 2))):
            lines = []
            for number in range(chance.randint(2, 12)):
                size = chance.randint(1, 5)
                reused = chance.random() < 0.1 and ids
                name = chance.choice(ids)[0] if reused else f"id-{hour}-{part}-{number}"
                ids.append((name, size))
                time = start + timedelta(seconds=chance.randrange(3600))
                said = [{"predicted_label": chance.randrange(2), "probability": chance.random()}
                        for _ in range(size)]  # fmt: skip
                asked = [{"x": 1}] * (size + (chance.random() < 0.05))
                event = f"event-{hour}-{part}-{number}"
                lines.append(capture_line(event, said, time, name, asked))
            if chance.random() < 0.3:
                lines.append("{broken")
            path = capture_path(root / "data-capture", start + timedelta(minutes=part), ENDPOINT)
            write(path, lines, start + HOUR)
    labels = [(name, size) for name, size in ids if chance.random() < 0.85]
    labels += [("nobody", 2)] * chance.randrange(3)
    for number in range(chance.randint(2, 5)):
        arrived = NINE + chance.choice((1, 2, 5, 30, 100)) * HOUR + timedelta(minutes=number)
        some = chance.sample(labels, chance.randint(1, len(labels)))
        rows = [label_line(name, [chance.randrange(2) for _ in range(size)]) for name, size in some]
        folder = root / "ground-truth" / f"{arrived:%Y/%m/%d/%H}"
        write(folder / f"labels-{number}.jsonl", rows, arrived)


def deliveries(
    objects: Mapping[str, bytes], chance: random.Random, ticks: int
) -> Iterable[Sequence[str]]:
    """Keys in portions, in any order, some delivered twice."""
    keys = [*objects, *chance.sample(sorted(objects), chance.randint(0, len(objects)))]
    chance.shuffle(keys)
    cuts = sorted(chance.randint(0, len(keys)) for _ in range(ticks - 1))
    for first, last in zip([0, *cuts], [*cuts, len(keys)], strict=True):
        yield keys[first:last]
