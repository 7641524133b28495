"""S3 in the test process: a moto server, and the environment that leads everybody to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET = "monitored"


@contextmanager
def embedded_s3() -> Iterator[str]:
    """The address of an S3 server with one empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    # What a server keeps, it keeps for the process: also for the next server.
    with closing(HTTPConnection(host, port)) as connection:
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
    environment = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
            patch.delenv(name, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        client().create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        try:
            yield environment["AWS_ENDPOINT_URL"]
        finally:
            server.stop()


def client() -> S3Client:
    """A client of the server that the environment names."""
    return boto3.client("s3")


def upload(folder: Path, prefix: str) -> str:
    """Upload every file of a folder; returns its address."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            client().upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(folder)}")
    return f"s3://{BUCKET}/{prefix}"
