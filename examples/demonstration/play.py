"""The world outside: hour by hour it uploads what was captured and the labels that have come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

import boto3
import numpy as np
import orjson

from demonstration import mishaps
from demonstration.aws import BUCKET, create_bucket, put
from demonstration.endpoints import Endpoint
from demonstration.functions import Function, load_function
from demonstration.judging import HOUR, Folders
from demonstration.models import SEED
from demonstration.traffic import Call, capture_files, capture_line, draw_hour

_Due = dict[tuple[str, datetime], list[Call]]


@dataclass
class Play:
    """The played hours; `end` is where they end and the last labels come."""

    endpoints: Sequence[Endpoint]
    folders: Folders
    start: datetime
    end: datetime
    records: int
    degraded_from: datetime
    capture: Function
    labels: Function
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(SEED))
    _due: _Due = field(default_factory=lambda: defaultdict(list))

    def pass_hour(self, hour: datetime) -> None:
        """One hour of traffic to every endpoint, and the labels that come within it."""
        number = (hour - self.start) // HOUR
        for endpoint in self.endpoints:
            degraded = hour >= self.degraded_from
            calls = draw_hour(endpoint, hour, self.records, degraded, self.random)
            lines = mishaps.befall_capture([capture_line(call) for call in calls], number)
            files = capture_files(endpoint, hour, lines, self.random)
            self._upload(files, self.folders.capture, self.capture, "CAPTURE_PREFIX")
            for call in calls:
                if call.label_delay is not None:
                    due = min(hour + call.label_delay * HOUR, self.end)
                    self._due[endpoint.name, due].append(call)
        self.deliver_labels(hour)

    def deliver_labels(self, hour: datetime) -> None:
        """The labels that come in one hour, those of earlier hours among them."""
        number = (hour - self.start) // HOUR
        for endpoint in self.endpoints:
            calls = self._due.pop((endpoint.name, hour), [])
            if calls:
                labelled = [mishaps.labels_of(call, call is calls[0]) for call in calls]
                key = endpoint.label_form.key(endpoint.name, hour, "labels")
                files = mishaps.befall_labels({key: endpoint.label_form.write(labelled)}, number)
                self._upload(files, self.folders.ground_truth, self.labels, "GROUND_TRUTH_PREFIX")
        self.capture.poll()
        self.labels.poll()

    def set_aside(self) -> Counter[str]:
        """Records that the functions rejected, by reason, as the bucket tells."""
        s3 = boto3.client("s3")
        prefix = self.capture.wiring.environment["REJECTED_PREFIX"]
        reasons: Counter[str] = Counter()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix):
            for found in page.get("Contents", []):
                body = s3.get_object(Bucket=BUCKET, Key=found["Key"])["Body"].read()
                for line in body.splitlines():
                    item = orjson.loads(line)
                    reasons[item["reason"]] += item["records"]
        return reasons

    def _upload(
        self, files: dict[str, bytes], folder: Path, function: Function, prefix: str
    ) -> None:
        s3 = boto3.client("s3")
        for key, body in files.items():
            path = folder / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
            put(s3, function.wiring.environment[prefix] + key, body)


def stage(
    endpoints: Sequence[Endpoint],
    folders: Folders,
    end: datetime,
    hours: int,
    records: int,
    log: IO[str],
) -> Play:
    """Bucket, rules, queues and functions for so many hours before `end`; the last third is bad."""
    create_bucket()
    return Play(
        endpoints=endpoints,
        folders=folders,
        start=end - hours * HOUR,
        end=end,
        records=records,
        degraded_from=end - max(hours // 3, 1) * HOUR,
        capture=load_function("SplitCaptureFunction", "split-capture", log),
        labels=load_function("SplitGroundTruthFunction", "split-ground-truth", log),
    )
