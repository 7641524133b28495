"""The shape of a Spark cluster on the hosts of a job: who runs what, with how much of a machine.

All hosts are alike, as a processing job's are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from monitor.hosts import Hosts

MASTER_PORT = 7077
# The driver's Python turns what the cluster counted into metrics, and needs the greater part.
_DRIVER, _EXECUTOR, _WORKER = 0.4, 0.6, 0.85
_LEAST_MIB = 512
_TASKS_A_CORE = 3

SETTINGS: Mapping[str, str] = {
    "spark.sql.session.timeZone": "UTC",
    # An overflow is an error, not another number.
    "spark.sql.ansi.enabled": "true",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    # As much as the driver's memory takes; Spark's own 1 GiB is less than ten million scores.
    "spark.driver.maxResultSize": "0",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    # Its warnings quote what tasks failed with, which may be a record.
    "spark.log.level": "ERROR",
    "spark.sql.adaptive.coalescePartitions.parallelismFirst": "false",
}


class ClusterFailed(RuntimeError):
    """The hosts of a job did not find each other."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What one host has."""

    cores: int
    memory_bytes: int

    def mib(self, share: float) -> int:
        """A share of its memory in MiB."""
        return max(int(self.memory_bytes * share) >> 20, _LEAST_MIB)


def master_of(hosts: Hosts) -> str:
    """The address by which the others find the first host."""
    return f"spark://{hosts.first}:{MASTER_PORT}"


def session_settings(hosts: Hosts, machine: Machine) -> dict[str, str]:
    """Of the driver's session; one host alone works with its own cores."""
    cores = machine.cores * max(len(hosts.others), 1)
    found = {
        **SETTINGS,
        "spark.driver.memory": f"{machine.mib(_DRIVER)}m",
        "spark.sql.shuffle.partitions": str(cores * _TASKS_A_CORE),
        "spark.default.parallelism": str(cores),
    }
    if not hosts.others:
        return found | {"spark.master": f"local[{machine.cores}]"}
    return found | {
        "spark.master": master_of(hosts),
        "spark.driver.host": hosts.current,
        "spark.driver.bindAddress": "0.0.0.0",  # noqa: S104 (other hosts of the job answer to it)
        "spark.executor.cores": str(machine.cores),
        "spark.executor.memory": f"{machine.mib(_EXECUTOR)}m",
        "spark.cores.max": str(cores),
        # Hosts start within minutes of each other: work begins with all, or after a while.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "120s",
        # A host that is gone takes its part of a shuffle along; so may a second one.
        "spark.stage.maxConsecutiveAttempts": "8",
    }


def master_command(hosts: Hosts) -> list[str]:
    """Class and arguments of the process that the others register with."""
    port = ["--port", str(MASTER_PORT), "--webui-port", "0"]
    return ["org.apache.spark.deploy.master.Master", "--host", hosts.current, *port]


def worker_command(hosts: Hosts, machine: Machine) -> list[str]:
    """Class and arguments of the process that offers a host's cores to the first."""
    offer = ["--cores", str(machine.cores), "--memory", f"{machine.mib(_WORKER)}m"]
    name = ["--host", hosts.current, "--webui-port", "0"]
    return ["org.apache.spark.deploy.worker.Worker", *name, *offer, master_of(hosts)]
