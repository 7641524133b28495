"""What is asked -> windows that are judged here, or by processing jobs, or need not be judged.

It decides; what reaches out is handed to it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from inference_records.configuration import Configuration
from monitor.asked import BackFill, Tick
from monitor.clock import back_fill, newest_due
from monitor.container import Judged
from monitor.failures import told
from monitor.function_settings import FunctionSettings, Runtime
from monitor.novelty import attempt, captured, documents_digest, novelty, workload_of
from monitor.outcomes import Done, JobState, Outcome, WindowsFailed
from monitor.places import WindowRun
from monitor.processing_job import OUTPUT, JobFailed, job_name
from monitor.sizing import AUTO, Choice, Means, TooLarge, Workload, choose, larger
from monitor.windows import Window, covering

log = logging.getLogger(__name__)

_ATTEMPTS = 3
_SECOND = timedelta(seconds=1)


class Hands(Protocol):
    """What reaches out of the function."""

    def judge(self, environment: Mapping[str, str]) -> Judged:
        """Judge in this process what an environment asks for."""

    def start_job(
        self, run: WindowRun, name: str, environment: Mapping[str, str], choice: Choice
    ) -> JobState:
        """Start a processing job, unless one of that name was started before."""

    def now(self) -> datetime:
        """The time."""

    def configuration(self, endpoint: str) -> Configuration:
        """The endpoint's settings."""

    def memory_mb(self) -> int:
        """Memory of the function."""

    def seconds_left(self) -> float:
        """How long the function may still run."""


@dataclass(frozen=True, slots=True)
class Starter:
    """Sees to the windows of one endpoint at a time."""

    settings: FunctionSettings
    hands: Hands
    request_id: str

    def tick(self, tick: Tick, endpoint: str) -> Done:
        """Judge what is due and touched by anything new; raises `WindowsFailed`."""
        newest = newest_due(tick.time, self.settings.period, self.settings.delay)
        try:
            configuration = self.hands.configuration(endpoint)
            start = newest.end - timedelta(hours=configuration.correction_hours)
            span = covering(start, newest.end - _SECOND, self.settings.period)
            run = WindowRun(endpoint, span, self.settings.period)
            return self._catch_up(tick, run, newest, configuration)
        # Whatever it is, it may hold a record: it is told without its text, nor raised from here.
        except Exception as error:  # noqa: BLE001 (raised below)
            failure = f"endpoint {endpoint}: {newest}: {told(error)}"
        log.error("%s", failure)
        raise WindowsFailed(failure)

    def _catch_up(
        self, tick: Tick, run: WindowRun, newest: Window, configuration: Configuration
    ) -> Done:
        found = novelty(self.settings.places, run, newest, self.hands.now(), configuration)
        if not found.is_new:
            return Done(run.endpoint, {newest: Outcome.NOTHING_NEW})
        work = found.workload if found.needs_records else None
        choice = self._choice(run, work, configuration)
        if choice.instance_type is not None:
            digest = attempt(run.endpoint, found.stamp)
            return Done(run.endpoint, {newest: self._start_job(run, digest, choice, True)})
        judged = self.hands.judge(self._environment(run, choice, True))
        outcomes = {window.window: Outcome.JUDGED for window in judged.result.windows}
        again = () if judged.complete else (Tick(tick.time, run.endpoint),)
        return Done(run.endpoint, outcomes or {newest: Outcome.NOTHING_NEW}, again)

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
                given_up += [window] * isinstance(error, (JobFailed, TooLarge))
                log.error("window %s of endpoint %s: %s", window, endpoint, failed[window])
            longest = max(longest, before - self.hands.seconds_left())
        if failed and not outcomes:
            reasons = "; ".join(f"{window}: {reason}" for window, reason in failed.items())
            raise WindowsFailed(f"endpoint {endpoint}: {reasons}")
        again = _ranges((window for window in failed if window not in given_up), endpoint)
        return Done(endpoint, outcomes, (*again, *rest), tuple(given_up))

    def _anyway(self, run: WindowRun) -> Outcome:
        # Asked again, it is another job, though the same inputs were judged before.
        documents = documents_digest(self.settings.places.monitor(run.endpoint))
        digest = attempt(run.endpoint, documents, self.request_id)
        newest = newest_due(self.hands.now(), self.settings.period, self.settings.delay)
        # Nobody is woken by what is past.
        tells = run.window >= newest
        places, configuration = self.settings.places, self.hands.configuration(run.endpoint)
        work = workload_of(places, run, configuration) if captured(places, run) else None
        choice = self._choice(run, work, configuration)
        if choice.instance_type is not None:
            return self._start_job(run, digest, choice, tells)
        self.hands.judge(self._environment(run, choice, tells))
        return Outcome.JUDGED

    def _choice(
        self, run: WindowRun, work: Workload | None, configuration: Configuration
    ) -> Choice:
        """What judges; None: nothing was captured, and no job is needed to say so."""
        if work is None:
            return Choice("duckdb", "function: there are no records to read")
        job = self.settings.job
        here = self.settings.runtime is Runtime.LAMBDA
        means = Means(
            self.hands.memory_mb() if here else None,
            job.instance_type,
            job.volume_gb,
            clusters=job.spark_image is not None,
        )
        choice = choose(work, means, configuration.engine)
        log.info("endpoint %s, %s: judged by %s", run.endpoint, run.newest, choice.reason)
        return choice

    def _start_job(self, run: WindowRun, digest: str, choice: Choice, tells: bool) -> Outcome:
        """The name is a function of the window: a tick that comes twice starts one job."""
        for number in range(_ATTEMPTS):
            if number and self.settings.job.instance_type == AUTO:
                choice = larger(choice)
            environment = self._environment(run, choice, tells, OUTPUT)
            name = job_name(self.settings.job.stack, run, f"{digest}{number or ''}")
            state = self.hands.start_job(run, name, environment, choice)
            if state is not JobState.FAILED:
                started = state is JobState.STARTED
                return Outcome.JOB_STARTED if started else Outcome.JOB_RUNNING
        raise JobFailed(
            f"{_ATTEMPTS} processing jobs failed, the last is {name}; see its log, mend the cause, "
            "then ask for the window again"
        )

    def _environment(
        self, run: WindowRun, choice: Choice, tells: bool, output: str | None = None
    ) -> dict[str, str]:
        settings = self.settings
        topic = settings.topic_arn if tells else ""
        told = run.environment(settings.places, settings.metrics_namespace, topic, output)
        return {**told, "engine": choice.engine, "machine": choice.reason}


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
