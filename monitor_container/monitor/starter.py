"""What is asked -> windows that are judged here, or by processing jobs, or need not be judged.

It decides; what reaches out is handed to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Protocol

from monitor.asked import BackFill, Tick
from monitor.clock import back_fill, due
from monitor.failures import told
from monitor.function_settings import FunctionSettings, Runtime
from monitor.novelty import Inputs, inputs, is_new, judged_at
from monitor.places import WindowRun
from monitor.processing_job import OUTPUT, JobFailed, job_name
from monitor.windows import Window

log = logging.getLogger(__name__)

_ATTEMPTS = 3


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


class Hands(Protocol):
    """What reaches out of the function."""

    def judge(self, environment: Mapping[str, str]) -> None:
        """Judge a window in this process."""

    def start_job(self, run: WindowRun, name: str, environment: Mapping[str, str]) -> JobState:
        """Start a processing job, unless one of that name was started before."""

    def lookback(self, endpoint: str) -> timedelta:
        """How long before a window its labels may have arrived."""

    def seconds_left(self) -> float:
        """How long the function may still run."""


class WindowsFailed(RuntimeError):
    """No window of an endpoint could be judged; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Done:
    """What became of the windows, and what is left to do."""

    endpoint: str
    outcomes: dict[Window, Outcome] = field(default_factory=dict)
    continues: tuple[BackFill, ...] = ()
    """What is to be asked anew: windows that failed where others did not, and those left for want
    of time. Raised instead, a failure behind a newer report would never be caught up."""

    def count(self, *outcomes: Outcome) -> int:
        """How many windows came to one of these."""
        return sum(outcome in outcomes for outcome in self.outcomes.values())


@dataclass(frozen=True, slots=True)
class Starter:
    """Sees to the windows of one endpoint at a time."""

    settings: FunctionSettings
    hands: Hands
    request_id: str

    def tick(self, tick: Tick, endpoint: str) -> Done:
        """Judge the windows that are due and have anything new; raises `WindowsFailed`."""
        places, period = self.settings.places, self.settings.period

        def reported(window: Window) -> bool:
            return judged_at(places, WindowRun(endpoint, window)) is not None

        windows = due(tick.time, period, self.settings.delay, reported)
        return self._see_to(endpoint, windows, self._if_new)

    def back_fill(self, asked: BackFill, endpoint: str) -> Done:
        """Judge every window of a range, as far as there is time; raises `WindowsFailed`."""
        windows = back_fill(asked.start, asked.end, self.settings.period)
        return self._see_to(endpoint, windows, self._anyway)

    def _see_to(
        self, endpoint: str, windows: list[Window], step: Callable[[WindowRun], Outcome]
    ) -> Done:
        outcomes: dict[Window, Outcome] = {}
        failed: dict[Window, str] = {}
        rest: tuple[BackFill, ...] = ()
        longest = 0.0
        for number, window in enumerate(windows):
            before = self.hands.seconds_left()
            if number and before < _enough(longest):
                rest = (BackFill(window.start, windows[-1].end, endpoint),)
                break
            try:
                outcomes[window] = step(WindowRun(endpoint, window))
            # Whatever it is, it must not keep the other windows from being judged.
            except Exception as error:  # noqa: BLE001 (asked again, or raised in the end)
                failed[window] = told(error)
                log.error("window %s of endpoint %s: %s", window, endpoint, failed[window])
            longest = max(longest, before - self.hands.seconds_left())
        if failed and not outcomes:
            reasons = "; ".join(f"{window}: {reason}" for window, reason in failed.items())
            raise WindowsFailed(f"endpoint {endpoint}: {reasons}")
        return Done(endpoint, outcomes, (*_ranges(failed, endpoint), *rest))

    def _if_new(self, run: WindowRun) -> Outcome:
        found = self._inputs(run)
        if not is_new(found, judged_at(self.settings.places, run)):
            return Outcome.NOTHING_NEW
        return self._start(run, found, found.digest(run.endpoint))

    def _anyway(self, run: WindowRun) -> Outcome:
        found = self._inputs(run)
        # Asked again, it is another job, though the same inputs were judged before.
        return self._start(run, found, found.digest(run.endpoint, self.request_id))

    def _inputs(self, run: WindowRun) -> Inputs:
        lookback = self.hands.lookback(run.endpoint)
        return inputs(self.settings.places, run, lookback)

    def _start(self, run: WindowRun, found: Inputs, digest: str) -> Outcome:
        # Nothing was captured: no job is needed to say so.
        if self.settings.runtime is Runtime.LAMBDA or not found.predictions:
            self.hands.judge(self._environment(run))
            return Outcome.JUDGED
        return self._start_job(run, digest)

    def _start_job(self, run: WindowRun, digest: str) -> Outcome:
        """The name is a function of the inputs: a tick that comes twice starts one job."""
        environment = self._environment(run, OUTPUT)
        for attempt in range(_ATTEMPTS):
            name = job_name(self.settings.job.stack, run, f"{digest}{attempt or ''}")
            state = self.hands.start_job(run, name, environment)
            if state is not JobState.FAILED:
                started = state is JobState.STARTED
                return Outcome.JOB_STARTED if started else Outcome.JOB_RUNNING
        raise JobFailed(
            f"{_ATTEMPTS} processing jobs failed, the last is {name}; see its log, mend the cause, "
            "then ask for the window again"
        )

    def _environment(self, run: WindowRun, output: str | None = None) -> dict[str, str]:
        settings = self.settings
        return run.environment(
            settings.places, settings.metrics_namespace, settings.topic_arn, output
        )


def _ranges(windows: Iterable[Window], endpoint: str) -> Iterator[BackFill]:
    """Windows in order, those that follow each other together."""
    found: list[Window] = []
    for window in windows:
        if found and found[-1].end == window.start:
            found[-1] = Window(found[-1].start, window.end)
        else:
            found.append(window)
    return (BackFill(window.start, window.end, endpoint) for window in found)


def _enough(longest: float) -> float:
    """Seconds that must be left to begin another window, after the longest one so far."""
    return max(60.0, 2 * longest)
