"""Captures and labels in the AWS sample's forms, which its own job reads, too."""

from __future__ import annotations

import json
import random
from pathlib import Path

from benchmarks.performance import captures

CAPTURES, LABELS = "data-capture", "ground_truth.json"
_HOUR = "forest/AllTraffic/2026/11/20/09"
_WRONG = 0.2


def make(folder: Path, records: int) -> None:
    """One hour of an endpoint, labelled."""
    path = folder / CAPTURES / _HOUR / "00-00-000-part.jsonl"
    path.parent.mkdir(parents=True)
    captures.write(path, captures.Kind("JSON", 100), records)
    chance = random.Random(7)
    rows = []
    with path.open() as lines:
        for number, line in enumerate(lines):
            for said in json.loads(json.loads(line)["captureData"]["endpointOutput"]["data"]):
                wrong = chance.random() < _WRONG
                rows.append(
                    {
                        "InferenceId": str(number),
                        "payload_index": said["payload_index"],
                        "groundTruthLabel": (said["label"] + wrong) % 7,
                    }
                )
    (folder / LABELS).write_text(json.dumps(rows))
