"""A processing job of several hosts: a container each, on a network of their own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.e2e.world import IMAGE, run

SPARK_IMAGE = f"{IMAGE}-spark"
MEMORY = os.environ.get("SPARK_HOST_MEMORY", "5g")


@dataclass(frozen=True, slots=True)
class Job:
    """The containers of a job in order of host, and what is mounted below /opt/ml of each."""

    containers: tuple[str, ...]
    folders: tuple[Path, ...]

    def ended(self) -> list[int]:
        """Wait for all, and tell how each ended."""
        return [int(run("docker", "wait", name)) for name in self.containers]

    def kill(self, number: int) -> None:
        """As if the machine were gone."""
        run("docker", "kill", self.containers[number])

    def log(self, number: int) -> str:
        """What a host has said so far."""
        return run("sh", "-c", f"docker logs {self.containers[number]} 2>&1")


@contextmanager
def started(folder: Path, data: Path, count: int, environment: Mapping[str, str]) -> Iterator[Job]:
    """A job of the image with Spark; its containers are gone in the end."""
    network = f"spark-{uuid4().hex[:8]}"
    names = [f"algo-{number + 1}" for number in range(count)]
    run("docker", "network", "create", network)
    job = Job(tuple(f"{network}-{name}" for name in names), tuple(folder / name for name in names))
    try:
        for name, container, ml in zip(names, job.containers, job.folders, strict=True):
            _configure(ml, {"current_host": name, "hosts": names})
            run(
                *("docker", "run", "--detach", "--name", container, "--network", network),
                *("--hostname", name, "--network-alias", name, "--memory", MEMORY),
                *(f"--volume={ml}:/opt/ml", f"--volume={data}:/data:ro"),
                *(f"--env={key}={value}" for key, value in environment.items()),
                SPARK_IMAGE,
            )
        yield job
    finally:
        run("docker", "rm", "--force", *job.containers)
        run("docker", "network", "rm", network)


def _configure(ml: Path, hosts: Mapping[str, object]) -> None:
    for name in ("config", "output", "processing/output"):
        (ml / name).mkdir(parents=True)
        # Spark's containers run as root, as SageMaker's do; the files are to be removed by us.
        (ml / name).chmod(0o777)
    (ml / "config/resourceconfig.json").write_text(json.dumps(hosts))
