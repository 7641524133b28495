"""Fixtures of a whole session: an AWS emulator on the host, and the application deployed to it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.e2e.world import CREDENTIALS, ROOT, SAM, Emulator, eventually, run

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

STACK = "batch-payload-monitor-e2e"


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionError:
        return False
    return True


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """A running emulator whose functions run in containers, as they do in Lambda."""
    run("docker", "info")
    with socket.socket() as probe:
        probe.bind(("", 0))
        emulator = Emulator(port=probe.getsockname()[1])
    folder = tmp_path_factory.mktemp("emulator")
    settings = {"LAMBDA_EXECUTOR": "docker", "GATEWAY_PORT": str(emulator.port)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [ROOT / ".venv-e2e/bin/ministack"],
            cwd=folder,
            env={**os.environ, **settings},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: listens(emulator.port), f"the emulator; see {folder}/log", seconds=60)
        yield emulator
    finally:
        process.terminate()
        process.wait(timeout=60)


@pytest.fixture(scope="session")
def session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
    )


@pytest.fixture(scope="session")
def s3(session: boto3.Session, emulator: Emulator) -> S3Client:
    return session.client("s3", endpoint_url=emulator.url)


@pytest.fixture(scope="session")
def outputs(emulator: Emulator) -> dict[str, str]:
    """Deploys the application with its own samconfig.toml; the outputs of its stack."""
    stack = ("--stack-name", STACK)
    run(SAM, "deploy", *stack, "--no-confirm-changeset", environment=emulator.environment)
    listed = run(
        *(SAM, "list", "stack-outputs", *stack, "--output", "json"),
        environment=emulator.environment,
    )
    return {output["OutputKey"]: output["OutputValue"] for output in json.loads(listed)}
