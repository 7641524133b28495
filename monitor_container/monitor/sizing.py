"""How much a run has to read -> what judges it: the function, one machine or a cluster, and why.

Pure. What a row takes was measured: docs/sizing.md has the figures, and the limits of the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from monitor.machines import GIB, HOST, MACHINES, Machine

Engine = Literal["duckdb", "spark"]

AUTO = "auto"
NO_JOBS = "none"
"""In place of an instance type: what does not fit into the function is not judged."""

FIXED_BYTES = 315 * 2**20
"""Of Python and its libraries, before anything is read."""
JUDGED_BYTES = 610
"""Of memory for each record that is judged, with its label."""
BESIDE_BYTES = 160
"""Of memory for each other row that is read, were none spilled to disk."""
HELD = 1 / 3
"""Share of the other rows that a machine should hold; to spill the rest costs half the time."""
USABLE = 0.9
"""Share of a machine's memory that a run may take; the rest is the system's."""
SPARK_USABLE = 0.5
"""Share of a worker's memory that holds rows; Java and Spark's own copies take the rest."""

_FIXED_SECONDS, _BYTE_SECONDS, _JUDGED_SECONDS = 2.0, 0.27e-6, 2.0e-6
_FILE_SECONDS = 0.006
_TWO_CORES_MB = 2 * 1769
# So much must be left for another portion of windows to be begun in the function.
MOST_SECONDS = 300

MOST_HOSTS = 20
UNKNOWN_BYTES = 8 * GIB
"""Memory that a machine is counted with which is not in the list."""


class TooLarge(RuntimeError):
    """A run does not fit into the function, and there is nothing else; says what to set."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What a run reads, estimated from the sizes of files alone."""

    judged: int
    """Records of those windows that are judged in one go."""
    read: int
    """Rows of predictions and labels that are joined for that, these records among them."""
    size: int
    """Bytes of Parquet that are looked at, also to find the windows that new files touch."""
    files: int

    @property
    def memory(self) -> int:
        """Bytes of memory that it should have."""
        return self._bytes(HELD)

    @property
    def everything(self) -> int:
        """Bytes of memory in which nothing would be spilled, and so of disk that is enough."""
        return self._bytes(1.0)

    def _bytes(self, held: float) -> int:
        beside = max(self.read - 2 * self.judged, 0)
        return FIXED_BYTES + JUDGED_BYTES * self.judged + int(BESIDE_BYTES * held * beside)

    @property
    def seconds(self) -> float:
        """On two cores."""
        read = _BYTE_SECONDS * self.size + _FILE_SECONDS * self.files
        return _FIXED_SECONDS + read + _JUDGED_SECONDS * self.judged

    def __str__(self) -> str:
        return (
            f"about {self.judged / 1e6:,.1f} M records to judge, {self.read / 1e6:,.1f} M rows to "
            f"join (of {self.size / 1e6:,.0f} MB in {self.files:,} files), "
            f"{self.memory / GIB:,.1f} GiB of memory"
        )


@dataclass(frozen=True, slots=True)
class Means:
    """What a stack has to judge by."""

    function_mb: int | None
    """Memory of the function; None: it starts jobs, and judges nothing that has records."""
    instance_type: str = AUTO
    volume_gb: int = 20
    """Of a job's disk, at least."""
    clusters: bool = False
    """Whether there is an image with Spark."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What judges, and why; without an instance type it is the function itself."""

    engine: Engine
    reason: str
    instance_type: str | None = None
    hosts: int = 1
    volume_gb: int = 1


def choose(work: Workload, means: Means, wanted: str = AUTO) -> Choice:
    """The smallest that holds the run; raises `TooLarge` where it must be the function, and is not.

    `wanted` is the engine of monitor.json. Where no machine holds a run, the largest spills.
    """
    clusters = means.clusters and means.instance_type != NO_JOBS
    note = "" if clusters or wanted != "spark" else "; no cluster: SparkImageUri is empty"
    if means.function_mb is not None and not (wanted == "spark" and clusters):
        if fits_function(work, means.function_mb):
            return Choice("duckdb", f"function of {means.function_mb} MB: {work}{note}")
        if means.instance_type == NO_JOBS:
            raise TooLarge(_too_large(work, means.function_mb))
    if clusters and wanted == "spark":
        return _cluster(work, means, "as monitor.json has it")
    if means.instance_type != AUTO:
        return _one(work, means, means.instance_type, f"as JobInstanceType has it{note}")
    enough = next((item for item in MACHINES if fits(work, item)), None)
    if enough is not None:
        return _one(work, means, enough.name, f"the smallest that holds it{note}")
    if clusters and wanted == AUTO:
        return _cluster(work, means, "no machine holds it")
    why = "engine duckdb" if wanted == "duckdb" else "SparkImageUri is empty"
    return _one(work, means, MACHINES[-1].name, f"spills; no cluster: {why}")


def larger(choice: Choice) -> Choice:
    """What a job that failed is tried on again: the next machine, for memory may have run out."""
    names = [item.name for item in MACHINES[:-1]]
    failed = choice.instance_type
    if choice.engine == "spark" or failed not in names:
        return choice
    name = MACHINES[names.index(failed) + 1].name
    reason = f"{name} (a job on {failed} failed){choice.reason.partition(')')[2]}"
    return replace(choice, instance_type=name, reason=reason)


def fits(work: Workload, machine: Machine) -> bool:
    """Whether a machine holds a run."""
    return work.memory <= USABLE * machine.memory


def fits_function(work: Workload, megabytes: int) -> bool:
    """Whether a function holds a run, and ends in time; its processors come with its memory."""
    seconds = work.seconds * max(1.0, _TWO_CORES_MB / megabytes)
    return work.memory <= USABLE * (megabytes << 20) and seconds <= MOST_SECONDS


def _one(work: Workload, means: Means, name: str, why: str) -> Choice:
    return Choice(
        "duckdb", f"{name} ({why}): {work}", name, volume_gb=_volume(work, means.volume_gb)
    )


def _cluster(work: Workload, means: Means, why: str) -> Choice:
    """The first host leads; the others hold the rows."""
    name = HOST.name if means.instance_type == AUTO else means.instance_type
    memory = next((item.memory for item in MACHINES if item.name == name), UNKNOWN_BYTES)
    needed = 1 + max(1, -int(-work.memory // (SPARK_USABLE * memory)))
    hosts = min(needed, MOST_HOSTS)
    spills = f"; spills, for {needed:,} would hold it" if hosts < needed else ""
    volume = _volume(work, means.volume_gb, hosts - 1)
    return Choice("spark", f"{hosts} x {name} ({why}{spills}): {work}", name, hosts, volume)


def _volume(work: Workload, least: int, among: int = 1) -> int:
    """GB of disk on which everything would have room."""
    return min(max(least, -(-work.everything // (among * 10**9))), 16384)


def _too_large(work: Workload, megabytes: int) -> str:
    return (
        f"does not fit into the function of {megabytes} MB and {MOST_SECONDS} seconds: {work}; "
        "set JobInstanceType=auto, so that a processing job judges it, or a larger MonitorMemoryMB"
    )
