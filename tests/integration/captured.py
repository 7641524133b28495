"""Capture and label files as SageMaker and its users write them, and what they come to."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


BY_THRESHOLD = {"verdicts": {"policy": "threshold"}}
"""Settings under which a verdict needs no evidence: what few records come to is what is asked."""


def by_threshold(folder: Path) -> Path:
    """An endpoint's folder with just those settings."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "monitor.json").write_text(json.dumps(BY_THRESHOLD))
    return folder


def capture_line(
    event: str,
    response: object,
    time: datetime,
    inference_id: str | None = None,
    request: object = None,
) -> str:
    """One request, both sides as JSON."""
    metadata = {"eventId": event, "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}"}
    if inference_id is not None:
        metadata["inferenceId"] = inference_id

    def side(mode: str, body: object) -> dict[str, object]:
        return {
            "observedContentType": "application/json",
            "mode": mode,
            "data": json.dumps(body),
            "encoding": "JSON",
        }

    data = {"endpointOutput": side("OUTPUT", response)}
    if request is not None:
        data["endpointInput"] = side("INPUT", request)
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"})


def label_line(request: str, labels: Sequence[object]) -> str:
    """The labels of all records of a request, as SageMaker writes ground truth."""
    return json.dumps(
        {
            "groundTruthData": {"data": ",".join(map(str, labels)), "encoding": "CSV"},
            "eventMetadata": {"eventId": request},
            "eventVersion": "0",
        }
    )


def write(path: Path, lines: Iterable[str], changed_at: datetime) -> Path:
    """A file of lines that was last changed at a time, as S3 tells it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    os.utime(path, (changed_at.timestamp(), changed_at.timestamp()))
    return path


def capture_path(
    root: Path, time: datetime, endpoint: str = "demo", variant: str = "AllTraffic"
) -> Path:
    return root / endpoint / variant / f"{time:%Y/%m/%d/%H}" / f"{time:%M-%S}-000-part.jsonl"


@dataclass
class Traffic:
    """Some hours of a binary model's requests of several records, and what they come to."""

    root: Path
    label: list[list[int]] = field(default_factory=list)
    prediction: list[list[int]] = field(default_factory=list)
    score: list[list[float]] = field(default_factory=list)

    @property
    def capture(self) -> Path:
        return self.root / "data-capture"

    @property
    def ground_truth(self) -> Path:
        return self.root / "ground-truth"

    def accuracy(self, hour: int) -> float:
        pairs = list(zip(self.label[hour], self.prediction[hour], strict=True))
        return sum(y == z for y, z in pairs) / len(pairs)


def traffic(root: Path, hours: int = 2, requests: int = 40, variant: str = "AllTraffic") -> Traffic:
    """Write capture and labels; a label of each hour is late, and one request has none."""
    chance, found = random.Random(7), Traffic(root)
    for hour in range(hours):
        start = NINE + hour * HOUR
        captures: list[str] = []
        on_time: list[str] = []
        late: list[str] = []
        label: list[int] = []
        prediction: list[int] = []
        score: list[float] = []
        for number in range(requests):
            event, inference_id = (
                f"e-{hour}-{number}",
                f"id-{hour}-{number}" if number % 2 else None,
            )
            y = [chance.randrange(2) for _ in range(chance.randint(1, 8))]
            p = [round(min(max(chance.gauss(0.3 + 0.4 * v, 0.25), 0), 1), 3) for v in y]
            z = [int(value >= 0.5) for value in p]
            said = [{"predicted_label": z_, "probability": p_} for z_, p_ in zip(z, p, strict=True)]
            time = start + timedelta(seconds=number * 3_599 // requests)
            captures.append(capture_line(event, said, time, inference_id))
            if number == 3:
                continue
            (late if number % 5 == 0 else on_time).append(label_line(inference_id or event, y))
            label += y
            prediction += z
            score += p
        path = capture_path(found.capture, start, variant=variant)
        write(path, captures, start + HOUR)
        for name, lines, at in (
            ("labels.jsonl", on_time, start + HOUR),
            ("late.jsonl", late, start + 3 * HOUR),
        ):
            write(found.ground_truth / f"{at:%Y/%m/%d/%H}" / f"{hour}-{name}", lines, at)
        found.label.append(label)
        found.prediction.append(prediction)
        found.score.append(score)
    return found
