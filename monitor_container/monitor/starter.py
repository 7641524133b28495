"""What is asked -> windows that are judged here, or by processing jobs, or need not be judged.

It decides; what reaches out is handed to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from monitor.asked import BackFill, Tick
from monitor.clock import back_fill, earlier, missed, newest_due
from monitor.failures import told
from monitor.function_settings import FunctionSettings, Runtime
from monitor.novelty import Inputs, inputs, is_known, is_new, judged_at, reported
from monitor.outcomes import Done, JobState, Outcome, WindowsFailed
from monitor.places import WindowRun
from monitor.processing_job import OUTPUT, JobFailed, job_name
from monitor.windows import Window, iso

log = logging.getLogger(__name__)

_ATTEMPTS = 3
# What an earlier invocation may still be at is not begun again.
_LONGEST_RUN = timedelta(minutes=15)


class Hands(Protocol):
    """What reaches out of the function."""

    def judge(self, environment: Mapping[str, str]) -> None:
        """Judge a window in this process."""

    def start_job(self, run: WindowRun, name: str, environment: Mapping[str, str]) -> JobState:
        """Start a processing job, unless one of that name was started before."""

    def now(self) -> datetime:
        """The time."""

    def lookback(self, endpoint: str) -> timedelta:
        """How long before a window its labels may have arrived."""

    def seconds_left(self) -> float:
        """How long the function may still run."""


@dataclass(frozen=True, slots=True)
class Starter:
    """Sees to the windows of one endpoint at a time."""

    settings: FunctionSettings
    hands: Hands
    request_id: str

    def tick(self, tick: Tick, endpoint: str) -> Done:
        """Judge the windows that are due and have anything new; raises `WindowsFailed`."""
        newest = newest_due(tick.time, self.settings.period, self.settings.delay)
        windows = [*self._missed(tick, endpoint, newest), newest]
        return self._see_to(endpoint, windows, self._if_new)

    def _missed(self, tick: Tick, endpoint: str, newest: Window) -> list[Window]:
        places, candidates = self.settings.places, earlier(newest)
        done = reported(places, endpoint, [*candidates, newest])
        known = bool(done) or is_known(places, endpoint)
        if known and not done:
            log.warning(
                "no report of endpoint %s since %s: windows before that are left; ask for them",
                endpoint,
                candidates[0],
            )
        return missed(candidates, done, known, tick.time - self.settings.delay - _LONGEST_RUN)

    def back_fill(self, asked: BackFill, endpoint: str) -> Done:
        """Judge every window of a range, as far as there is time; raises `WindowsFailed`."""
        windows = back_fill(asked.start, asked.end, self.settings.period)
        return self._see_to(endpoint, windows, self._anyway)

    def _see_to(
        self, endpoint: str, windows: list[Window], step: Callable[[WindowRun], Outcome]
    ) -> Done:
        outcomes: dict[Window, Outcome] = {}
        failed: dict[Window, str] = {}
        given_up: list[Window] = []
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
                given_up += [window] * isinstance(error, JobFailed)
                log.error("window %s of endpoint %s: %s", window, endpoint, failed[window])
            longest = max(longest, before - self.hands.seconds_left())
        if failed and not outcomes:
            reasons = "; ".join(f"{window}: {reason}" for window, reason in failed.items())
            raise WindowsFailed(f"endpoint {endpoint}: {reasons}")
        again = _ranges((window for window in failed if window not in given_up), endpoint)
        return Done(endpoint, outcomes, (*again, *rest), tuple(given_up))

    def _if_new(self, run: WindowRun) -> Outcome:
        found, judged = self._inputs(run), judged_at(self.settings.places, run)
        if not is_new(found, judged):
            return Outcome.NOTHING_NEW
        digest = found.digest(run.endpoint, iso(judged) if judged is not None else "")
        return self._start(run, found, digest)

    def _anyway(self, run: WindowRun) -> Outcome:
        found = self._inputs(run)
        # Asked again, it is another job, though the same inputs were judged before.
        digest = found.digest(run.endpoint, self.request_id)
        newest = newest_due(self.hands.now(), self.settings.period, self.settings.delay)
        # Nobody is woken by what is past.
        return self._start(run, found, digest, tells=run.window >= newest)

    def _inputs(self, run: WindowRun) -> Inputs:
        lookback = self.hands.lookback(run.endpoint)
        return inputs(self.settings.places, run, lookback)

    def _start(self, run: WindowRun, found: Inputs, digest: str, tells: bool = True) -> Outcome:
        # Nothing was captured: no job is needed to say so.
        if self.settings.runtime is Runtime.LAMBDA or not found.predictions:
            self.hands.judge(self._environment(run, tells))
            return Outcome.JUDGED
        return self._start_job(run, digest, self._environment(run, tells, OUTPUT))

    def _start_job(self, run: WindowRun, digest: str, environment: Mapping[str, str]) -> Outcome:
        """The name is a function of the window: a tick that comes twice starts one job."""
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

    def _environment(
        self, run: WindowRun, tells: bool, output: str | None = None
    ) -> dict[str, str]:
        settings = self.settings
        topic = settings.topic_arn if tells else ""
        return run.environment(settings.places, settings.metrics_namespace, topic, output)


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
