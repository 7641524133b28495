"""The machines of SageMaker that the monitor chooses from, and what clusters are made of."""

from __future__ import annotations

from dataclasses import dataclass

GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance type of SageMaker."""

    name: str
    memory: int


MACHINES = tuple(
    Machine(name, gigabytes * GIB)
    for name, gigabytes in (
        ("ml.t3.medium", 4),
        ("ml.m5.large", 8),
        ("ml.m5.xlarge", 16),
        ("ml.m5.2xlarge", 32),
        ("ml.m5.4xlarge", 64),
        ("ml.r5.4xlarge", 128),
        ("ml.r5.12xlarge", 384),
    )
)
"""What `auto` chooses from; each has the memory of the one before at least twice."""

HOST = Machine("ml.m5.4xlarge", 64 * GIB)
"""What clusters are made of."""
