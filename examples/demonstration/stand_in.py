"""What the notebook needs where there is no account: an S3 with the splitters, and an endpoint.

In an account both are there already: then nothing is embedded, and files are only waited for.
"""

from __future__ import annotations

import io
import json
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import boto3
import numpy as np
import pandas as pd

from demonstration.aws import BUCKET, create_bucket, embedded_aws
from demonstration.functions import Function, load_function
from demonstration.payloads import json_list_of_objects
from demonstration.traffic import Call, capture_line, uuid

PATIENCE = timedelta(minutes=5)
_PAUSE = 2.0


@dataclass(frozen=True)
class Account:
    """A bucket whose captures and labels are split as they arrive."""

    bucket: str
    functions: Sequence[Function] = ()
    """The splitters, where they run here."""

    def wait_until_split(self, keys: Sequence[str], patience: timedelta = PATIENCE) -> int:
        """Until each uploaded file has become a prepared one; returns how many there are."""
        for function in self.functions:
            function.poll()
        deadline = time.monotonic() + patience.total_seconds()
        while (found := self._prepared(keys)) < len(keys):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{found} of {len(keys)} files were split within {patience}")
            time.sleep(_PAUSE)
        return found

    def _prepared(self, keys: Sequence[str]) -> int:
        """How many prepared files the endpoints of these keys have."""
        endpoints = {key.split("/")[1] for key in keys}
        return sum(
            page["KeyCount"]
            for endpoint in endpoints
            for folder in ("predictions", "ground-truth")
            for page in boto3.client("s3")
            .get_paginator("list_objects_v2")
            .paginate(Bucket=self.bucket, Prefix=f"prepared/{folder}/endpoint={endpoint}/")
        )


def open_account(bucket: str | None) -> Account:
    """The account that the environment leads to; without a bucket, one inside this process.

    It lives as long as the process: there is nothing to clean up.
    """
    if bucket is not None:
        return Account(bucket)
    resources = ExitStack()
    resources.enter_context(embedded_aws())
    create_bucket()
    # Nobody reads the functions' log here.
    log = io.StringIO()
    splitters = [
        load_function("SplitCaptureFunction", "split-capture", log),
        load_function("SplitGroundTruthFunction", "split-ground-truth", log),
    ]
    # It would end with the last reference to what has opened it.
    _OPEN.append(resources)
    return Account(BUCKET, splitters)


_OPEN: list[ExitStack] = []


@dataclass
class StandInEndpoint:
    """A model that answers as `sagemaker-runtime` does, with data capture of every request."""

    bucket: str
    name: str
    model: Callable[[pd.DataFrame], pd.DataFrame]
    """Rows -> what the model says of each."""
    now: datetime
    """The time of the next request; whoever plays the callers sets it."""
    random: np.random.Generator
    _lines: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))

    def invoke_endpoint(self, **asked_for: str) -> dict[str, Any]:
        """One request of many records, as `boto3.client("sagemaker-runtime")` takes it."""
        request = {"EndpointName": self.name, "ContentType": "application/json", **asked_for}
        if request["EndpointName"] != self.name or request["ContentType"] != "application/json":
            raise ValueError(f"this endpoint is {self.name}, and takes application/json")
        rows = pd.DataFrame(json.loads(request["Body"]))
        asked, answered = json_list_of_objects(rows, self.model(rows))
        event_id = str(uuid(self.random))
        inference_id = request.get("InferenceId")
        call = Call(event_id, inference_id, self.now, asked, answered, labels=[], label_delay=None)
        self._lines[f"{self.now:%Y/%m/%d/%H}"].append(capture_line(call))
        return {"Body": io.BytesIO(answered["data"].encode()), "ContentType": "application/json"}

    def upload_capture(self) -> list[str]:
        """Upload what was captured, a file an hour, as SageMaker does by itself; their keys."""
        s3 = boto3.client("s3")
        keys = []
        for hour, lines in self._lines.items():
            key = f"data-capture/{self.name}/AllTraffic/{hour}/00-00-000-{uuid(self.random)}.jsonl"
            s3.put_object(
                Bucket=self.bucket, Key=key, Body=b"".join(line + b"\n" for line in lines)
            )
            keys.append(key)
        self._lines.clear()
        return keys
