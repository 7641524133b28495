"""What a run took: seconds, and memory at its peak. The edge to the operating system."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass

_UNIT = 1 if sys.platform == "darwin" else 1_024


@dataclass(frozen=True, slots=True)
class RunCost:
    """Of the run that judged a window, with others perhaps."""

    seconds: float
    peak_memory_mb: float
    """Of the whole process up to then."""
    windows: int


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Started when it is made."""

    started: float

    @classmethod
    def start(cls) -> Stopwatch:
        """One that runs from now on."""
        return cls(time.monotonic())

    def cost(self, windows: int) -> RunCost:
        """What has passed, for so many windows."""
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT / 2**20
        return RunCost(round(time.monotonic() - self.started, 3), round(peak, 1), windows)
