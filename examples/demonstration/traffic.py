"""An hour of calls to one endpoint, as its data capture writes them down.

The records of one call are alike, as they are in life (one patient's samples, one page's digits):
neighbours in the order of the held-out rows. So they are no independent evidence of the model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from demonstration.endpoints import Endpoint
from demonstration.payloads import Side

MOST_RECORDS = 50
FILES_AN_HOUR = 4
LATE, NEVER = 0.15, 0.05
"""Shares of the calls whose labels come hours later, or never."""


@dataclass(frozen=True)
class Call:
    """One request with its response, and the labels of its records, which come later or never."""

    event_id: str
    inference_id: str | None
    time: datetime
    asked: Side
    answered: Side
    labels: list[float]
    label_delay: int | None

    @property
    def request_id(self) -> str:
        """What labels are keyed by."""
        return self.inference_id or self.event_id


def draw_hour(
    endpoint: Endpoint, hour: datetime, records: int, degraded: bool, random: np.random.Generator
) -> list[Call]:
    """Calls with at least so many records, in order of time; each of 1 to 50 neighbours."""
    sizes = list(_sizes(records, random))
    starts = random.integers(len(endpoint.trained.rows), size=len(sizes))
    seconds = np.sort(random.uniform(0, 3600, size=len(sizes)))
    return [
        _call(endpoint, hour + timedelta(seconds=float(second)), int(start), size, degraded, random)
        for second, start, size in zip(seconds, starts, sizes, strict=True)
    ]


def _sizes(records: int, random: np.random.Generator) -> Iterator[int]:
    """Small calls are more frequent than large ones."""
    while records > 0:
        size = int(np.exp(random.uniform(0, np.log(MOST_RECORDS + 1))))
        yield size
        records -= size


def _call(
    endpoint: Endpoint,
    time: datetime,
    start: int,
    size: int,
    degraded: bool,
    random: np.random.Generator,
) -> Call:
    held_out = endpoint.trained
    places = np.arange(start, start + size) % len(held_out.rows)
    exchange = endpoint.degraded if degraded else endpoint.healthy
    asked, answered = endpoint.payload_form(
        exchange.asked.iloc[places], exchange.answered.iloc[places]
    )
    inference_id = str(random.integers(10**9, 10**10)) if endpoint.inference_ids else None
    luck = random.random()
    delay = None if luck < NEVER else int(random.integers(1, 4)) if luck < NEVER + LATE else 0
    return Call(
        event_id=str(uuid(random)),
        inference_id=inference_id,
        time=time,
        asked=asked,
        answered=answered,
        labels=held_out.labels.iloc[places].tolist(),
        label_delay=delay,
    )


def capture_line(call: Call) -> bytes:
    """One line of data capture, without its line end."""
    metadata = {
        "eventId": call.event_id,
        "inferenceTime": f"{call.time:%Y-%m-%dT%H:%M:%SZ}",
    }
    if call.inference_id is not None:
        metadata["inferenceId"] = call.inference_id
    capture = {"endpointInput": call.asked, "endpointOutput": call.answered}
    return json.dumps(
        {"captureData": capture, "eventMetadata": metadata, "eventVersion": "0"}
    ).encode()


def capture_files(
    endpoint: Endpoint, hour: datetime, lines: list[bytes], random: np.random.Generator
) -> dict[str, bytes]:
    """Keys as SageMaker makes them, below the capture prefix, and what lies there."""
    files: dict[str, bytes] = {}
    for number, part in enumerate(np.array_split(np.arange(len(lines)), FILES_AN_HOUR)):
        minute = number * 60 // FILES_AN_HOUR
        name = f"{minute:02}-00-{random.integers(1000):03}-{uuid(random)}"
        key = f"{endpoint.name}/AllTraffic/{hour:%Y/%m/%d/%H}/{name}.jsonl"
        files[key] = b"".join(lines[place] + b"\n" for place in part)
    return files


def uuid(random: np.random.Generator) -> UUID:
    """A random id that comes again with the same seed."""
    return UUID(bytes=random.bytes(16), version=4)
