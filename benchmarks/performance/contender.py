"""The side of a program that is measured: it does its work, and tells what that took.

Needs nothing but Python, so that peers tell it from environments of their own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

_STATUS = Path("/proc/self/status")


def tell(work: Callable[[], Mapping[str, object]]) -> None:
    """Do the work and print, as one line of JSON, its seconds, this process' peak and the result.

    The clock begins after the imports of the program; its whole run is measured from outside.
    """
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    told = {"seconds": seconds, "peak_mib": peak_mib(), "result": dict(result)}
    print(json.dumps(told), flush=True)


def peak_mib() -> float:
    """The most memory that this process ever had resident.

    `ru_maxrss` counts what the parent had before `exec`, too; VmHWM begins anew (proc(5)).
    """
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError(f"{_STATUS} has no VmHWM: memory is measured on Linux only")
