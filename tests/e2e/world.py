"""What every end-to-end test needs: where things are, commands, patience."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import pytest

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples/data"
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


def rie() -> Path:
    """Lambda's runtime interface emulator, which the SAM CLI brings along."""
    pattern = ".venv-sam/lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-x86_64"
    (found,) = ROOT.glob(pattern)
    return found.resolve()


def run(*command: str | Path, environment: Mapping[str, str] | None = None) -> str:
    """The standard output of a command; fails with all that it said when it fails."""
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.fail(f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}", pytrace=False)
    return done.stdout


def eventually(
    look: Callable[[], Found],
    what: str,
    seconds: float = 90,
    explain: Callable[[], str] = str,
) -> Found:
    """The first true answer; fails, with an explanation, when there is none in time."""
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            pytest.fail(f"waited {seconds} s in vain for {what}\n{explain()}", pytrace=False)
        time.sleep(0.5)
    return found
