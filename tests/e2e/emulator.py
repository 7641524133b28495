"""The AWS emulator: one process on the host, whose functions run in containers as in Lambda."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3

from tests.e2e.world import CREDENTIALS, HOST, ROOT, eventually, rie

_REGION = CREDENTIALS["AWS_DEFAULT_REGION"]
# Where the runtime emulator lies in every function's container.
RIE_IN_CONTAINER = "/usr/local/bin/aws-lambda-rie"


@dataclass(frozen=True)
class Emulator:
    """One address for every AWS service, as the host and as a container sees it."""

    port: int
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def url_in_containers(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **CREDENTIALS, "AWS_ENDPOINT_URL": self.url}

    @property
    def session(self) -> boto3.Session:
        return boto3.Session(
            aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=_REGION,
        )


@contextmanager
def running_emulator(folder: Path) -> Iterator[Emulator]:
    """An emulator on a free port, until it is needed no more."""
    with socket.socket() as probe:
        probe.bind(("", 0))
        emulator = Emulator(probe.getsockname()[1], folder / "log")
    settings = {
        "GATEWAY_PORT": str(emulator.port),
        "LAMBDA_EXECUTOR": "docker",
        # Lambda brings its runtime interface's other side; an image of our own has only ours.
        "LAMBDA_DOCKER_FLAGS": f"-v {rie()}:{RIE_IN_CONTAINER}:ro",
    }
    with emulator.log.open("w") as log:
        process = subprocess.Popen(
            [ROOT / ".venv-e2e/bin/ministack"],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: _listens(emulator.port), f"the emulator; see {emulator.log}", 60)
        yield emulator
    finally:
        process.terminate()
        process.wait(timeout=60)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionError:
        return False
    return True
