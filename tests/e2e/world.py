"""What the end-to-end tests share: the built application, addresses, and patience."""

from __future__ import annotations

import io
import os
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
SAM = ROOT / ".venv-sam/bin/sam"
IMAGE = "batch-payload-monitor:dev"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
# How a container finds the host, where the emulator runs.
HOST = "host.docker.internal"
HOST_ENTRY = f"{HOST}:host-gateway"

Found = TypeVar("Found")


@dataclass(frozen=True)
class Emulator:
    """One address for every AWS service, as the host and as a container sees it."""

    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url_in_containers(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": self.url}


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """The standard output of a command; fails with all that it said when it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def eventually(look: Callable[[], Found], what: str, seconds: int = 90) -> Found:
    """The first true answer; fails when there is none in time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain for {what}", pytrace=False)
        time.sleep(0.5)
    return found


def keys(s3: S3Client, bucket: str, prefix: str = "") -> list[str]:
    listed = s3.list_objects_v2(Bucket=bucket, Prefix=prefix)
    return [found["Key"] for found in listed.get("Contents", [])]


def read(s3: S3Client, bucket: str, key: str) -> bytes:
    return s3.get_object(Bucket=bucket, Key=key)["Body"].read()


def rows(parquet: bytes) -> list[dict[str, Any]]:
    table: pa.Table = pq.read_table(io.BytesIO(parquet))
    found: list[dict[str, Any]] = table.to_pylist()
    return found


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
