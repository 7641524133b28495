"""An S3 in a process of its own, which tells how often it was asked for what."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_REQUEST = re.compile(r'"(GET|PUT|HEAD|POST|DELETE) (\S+) HTTP')
_STATE = ("ledger/", "reports/", "derived/", "newest/")
"""Below these a tick writes."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, with a bucket for each world."""

    environment: Mapping[str, str]
    log: Path

    def requests(self) -> Counter[str]:
        """Requests so far by their verb; `LIST` is a GET of a bucket."""
        found: Counter[str] = Counter()
        for verb, path in _REQUEST.findall(self.log.read_text()):
            found["LIST" if verb == "GET" and "list-type=2" in path else verb] += 1
        return found

    def client(self) -> S3Client:
        """A client of this server."""
        return boto3.client("s3", endpoint_url=self.environment["AWS_ENDPOINT_URL"],
                            aws_access_key_id="testing", aws_secret_access_key="testing",  # noqa: S106
                            region_name="us-east-1")  # fmt: skip

    @contextmanager
    def restored(self, bucket: str) -> Iterator[None]:
        """Whatever is written meanwhile is undone."""
        before = self._state(bucket)
        yield
        client = self.client()
        for key in self._keys(bucket):
            if key not in before:
                client.delete_object(Bucket=bucket, Key=key)
        for key, body in before.items():
            client.put_object(Bucket=bucket, Key=key, Body=body)

    def _keys(self, bucket: str) -> list[str]:
        pages = self.client().get_paginator("list_objects_v2")
        return [
            item["Key"]
            for prefix in _STATE
            for page in pages.paginate(Bucket=bucket, Prefix=prefix)
            for item in page.get("Contents", ())
        ]

    def _state(self, bucket: str) -> dict[str, bytes]:
        client = self.client()
        return {
            key: client.get_object(Bucket=bucket, Key=key)["Body"].read()
            for key in self._keys(bucket)
        }


@contextmanager
def served(folder: Path, worlds: Mapping[str, Path]) -> Iterator[Server]:
    """A server with what lies in some folders, each in a bucket of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / "requests.log"
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with log.open("w") as stream:
        command = (sys.executable, "-m", "moto.server", "-p", str(port))
        process = subprocess.Popen(command, stdout=stream, stderr=stream)  # noqa: S603 (ours)
        try:
            _wait(port)
            server = Server(environment, log)
            for bucket, root in worlds.items():
                _upload(server.client(), bucket, root)
            yield server
        finally:
            process.terminate()
            process.wait()


def _wait(port: int) -> None:
    for _try in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise OSError(f"no S3 on port {port}")


def _upload(client: S3Client, bucket: str, root: Path) -> None:
    client.create_bucket(Bucket=bucket)
    files = [path for path in sorted(root.rglob("*")) if path.is_file()]

    def put(path: Path) -> None:
        key = path.relative_to(root).as_posix()
        client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

    with ThreadPoolExecutor(os.cpu_count()) as putters:
        list(putters.map(put, files))
