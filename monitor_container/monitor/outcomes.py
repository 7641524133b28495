"""What became of the windows that the monitor function was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from monitor.asked import Asked
from monitor.windows import Window


class Outcome(StrEnum):
    """What became of a window."""

    JUDGED = "judged"
    JOB_STARTED = "job started"
    JOB_RUNNING = "job already started"
    NOTHING_NEW = "nothing new"


class JobState(StrEnum):
    """What is known of a job after it was asked for."""

    STARTED = "started"
    KNOWN = "started before, and running or done"
    FAILED = "started before, and failed"


class WindowsFailed(RuntimeError):
    """No window of an endpoint could be judged; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the windows, and what is left to do."""

    endpoint: str
    outcomes: dict[Window, Outcome] = field(default_factory=dict)
    continues: tuple[Asked, ...] = ()
    """What is to be asked anew: windows that failed where others did not, and those left for want
    of time. Raised instead, a failure behind a newer report would never be caught up."""

    given_up: tuple[Window, ...] = ()
    """Windows of which every job failed: somebody has to look."""

    def count(self, *outcomes: Outcome) -> int:
        """How many windows came to one of these."""
        return sum(outcome in outcomes for outcome in self.outcomes.values())
