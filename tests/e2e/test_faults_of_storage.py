"""S3 that fails, is slow, refuses, or loses its writer half-way through a file."""

from __future__ import annotations

import subprocess
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.e2e.deployment import VISIBILITY_SECONDS
from tests.e2e.judging import assert_undisturbed, undisturbed
from tests.e2e.label_files import labelled
from tests.e2e.proxy import Stall
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import captured
from tests.e2e.world import run

pytestmark = [pytest.mark.e2e, begins(undisturbed)]

FLAKY, SLOW, HALF_WAY = "s3-says-503", "s3-is-slow", "killed"
STALL = Stall(f"prepared/predictions/endpoint={HALF_WAY}/")
BACKGROUND = ThreadPoolExecutor(1)
KILLED: list[Future[list[int]]] = []


def be_unavailable(stack: Stack) -> None:
    stack.proxy.faults.unavailable[FLAKY] = 0.3
    stack.upload(captured(FLAKY) | labelled(FLAKY))


@begins(be_unavailable)
def test_s3_that_answers_every_third_request_with_503_loses_nothing(stack: Stack) -> None:
    stack.wait_until_split(FLAKY, captured(FLAKY), labelled(FLAKY))
    assert stack.proxy.faults.refused > 5
    assert_undisturbed(stack, FLAKY)


def be_slow(stack: Stack) -> None:
    stack.proxy.faults.slow[SLOW] = 0.4
    stack.upload(captured(SLOW) | labelled(SLOW))


@begins(be_slow)
def test_slow_s3_changes_no_number(stack: Stack) -> None:
    stack.wait_until_split(SLOW, captured(SLOW), labelled(SLOW))
    assert_undisturbed(stack, SLOW)


def container_at(address: str) -> str:
    """The id of the container that has an address."""
    network = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    running = run("docker", "ps", "--quiet", "--no-trunc").split()
    for line in run(
        "docker", "inspect", "--format", f"{{{{.Id}}}} {network}", *running
    ).splitlines():
        container, _, ip = line.partition(" ")
        if ip == address:
            return container
    raise LookupError(f"no container has the address {address}")


def kill_half_way(stack: Stack) -> None:
    stack.proxy.faults.stall = STALL
    stack.upload(captured(HALF_WAY) | labelled(HALF_WAY))
    KILLED.append(BACKGROUND.submit(kill_and_watch, stack))


def kill_and_watch(stack: Stack) -> list[int]:
    """Kills the function that is writing; the rows that can be seen from then until the retry."""
    container = container_at(STALL.wait_for_client(60))
    subprocess.run(["docker", "kill", container], check=True, capture_output=True)
    STALL.released.set()
    end = time.monotonic() + VISIBILITY_SECONDS / 2
    seen = []
    while time.monotonic() < end:
        seen.append(stack.prepared(HALF_WAY, "predictions"))
    return seen


@begins(kill_half_way)
def test_a_function_killed_half_way_through_a_write_leaves_no_part_of_it(stack: Stack) -> None:
    captures, labels = captured(HALF_WAY), labelled(HALF_WAY)
    # To count rows is to open every file, which fails where one is not whole.
    seen = KILLED.pop().result(timeout=120)
    assert max(seen) < captures.total
    stack.wait_until_split(HALF_WAY, captures, labels)
    assert_undisturbed(stack, HALF_WAY)
