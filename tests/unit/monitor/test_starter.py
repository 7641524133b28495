"""What becomes of the windows of an endpoint: judged here, by a job, or not at all."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inference_records import partitions
from monitor.asked import BackFill, Tick
from monitor.function_settings import FunctionSettings, Runtime
from monitor.metrics import CustomMetricError
from monitor.outcomes import Done, JobState, Outcome, WindowsFailed
from monitor.places import Places, WindowRun
from monitor.processing_job import OUTPUT, JobSettings
from monitor.starter import Starter
from monitor.windows import Window, iso

from .rows import HOUR, NINE

DELAY = timedelta(minutes=5)
JOB = JobSettings(
    "monitor", "eu-central-1", "arn:aws:iam::111122223333:role/job", "ml.m5.large", 30, 3600
)


def window(hours: int = 0) -> Window:
    return Window(NINE + hours * HOUR, NINE + (hours + 1) * HOUR)


@dataclass
class World:
    """An endpoint's files, a clock, and what was done; the hands of the starter."""

    root: Path
    judged: list[str] = field(default_factory=list)
    jobs: list[tuple[str, str]] = field(default_factory=list)
    states: list[JobState] = field(default_factory=list)
    wrong: dict[str, Exception] = field(default_factory=dict)
    seconds: float = 900
    a_window_takes: float = 1
    time: datetime = NINE + HOUR + DELAY

    @property
    def places(self) -> Places:
        return Places(str(self.root), "prepared/", "reports/", "monitors/")

    def judge(self, environment: Mapping[str, str]) -> None:
        self._work(environment)
        assert environment["output_path"] == environment["report_s3_uri"]
        self.judged.append(environment["start_time"])

    def start_job(self, run: WindowRun, name: str, environment: Mapping[str, str]) -> JobState:
        self._work(environment)
        assert environment["output_path"] == OUTPUT
        assert environment["start_time"] == iso(run.window.start)
        self.jobs.append((environment["start_time"], name))
        return self.states.pop(0) if self.states else JobState.STARTED

    def _work(self, environment: Mapping[str, str]) -> None:
        self.seconds -= self.a_window_takes
        if environment["start_time"] in self.wrong:
            raise self.wrong[environment["start_time"]]

    def now(self) -> datetime:
        return self.time

    def lookback(self, endpoint: str) -> timedelta:
        assert endpoint == "churn"
        return 24 * HOUR

    def seconds_left(self) -> float:
        return self.seconds

    def write(self, path: str, at: datetime, body: str = "{}") -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(body)
        os.utime(target, (at.timestamp(), at.timestamp()))

    def predictions(self, hours: int, at: datetime | None = None, name: str = "a") -> None:
        start = NINE + hours * HOUR
        folder = f"prepared/{partitions.PREDICTIONS}/endpoint=churn/variant=blue"
        path = f"{folder}/{partitions.date_folder(start)}/hour={start:%H}/{name}.parquet"
        self.write(path, at or start + HOUR)

    def labels(self, at: datetime) -> None:
        folder = f"prepared/{partitions.GROUND_TRUTH}/endpoint=churn"
        self.write(f"{folder}/{partitions.date_folder(at)}/hour={at:%H}/{at:%M}.parquet", at)

    def report(self, hours: int, at: datetime, body: str | None = None) -> None:
        document = json.dumps({"dataset": {"evaluation_time": iso(at)}})
        folder = f"reports/churn/{NINE + hours * HOUR:%Y/%m/%d/%H}"
        self.write(f"{folder}/statistics.json", at, document if body is None else body)

    def starter(self, runtime: Runtime = Runtime.PROCESSING, request: str = "r-1") -> Starter:
        settings = FunctionSettings(runtime, self.places, HOUR, DELAY, "monitor", "topic", JOB)
        return Starter(settings, self, request)

    def tick(self, hours: int = 1, runtime: Runtime = Runtime.PROCESSING) -> Done:
        """The clock strikes when the window before these hours is due."""
        return self.starter(runtime).tick(Tick(NINE + hours * HOUR + DELAY, "churn"), "churn")

    def fill(self, hours: int, runtime: Runtime = Runtime.LAMBDA, request: str = "r-1") -> Done:
        asked = BackFill(NINE, NINE + hours * HOUR, "churn")
        return self.starter(runtime, request).back_fill(asked, "churn")


@pytest.fixture
def world(tmp_path: Path) -> World:
    found = World(tmp_path)
    found.write("monitors/churn/constraints.json", NINE - 24 * HOUR)
    return found


def test_the_function_judges_where_it_is_the_runtime(world: World) -> None:
    world.predictions(0)
    done = world.tick(runtime=Runtime.LAMBDA)
    assert done.outcomes == {window(): Outcome.JUDGED}
    assert world.judged == [iso(NINE)]
    assert world.jobs == []


@pytest.mark.parametrize("runtime", [Runtime.PROCESSING, Runtime.MODEL_MONITOR])
def test_a_job_judges_where_jobs_are_the_runtime(world: World, runtime: Runtime) -> None:
    world.predictions(0)
    assert world.tick(runtime=runtime).outcomes == {window(): Outcome.JOB_STARTED}
    ((start, name),) = world.jobs
    assert start == iso(NINE)
    assert name.startswith("monitor-churn-202611200900-")
    assert world.judged == []


@pytest.mark.parametrize("runtime", Runtime)
def test_a_quiet_window_needs_no_job(world: World, runtime: Runtime) -> None:
    world.predictions(-1)
    world.predictions(1)
    assert world.tick(runtime=runtime).outcomes == {window(): Outcome.JUDGED}
    assert world.jobs == []


def test_nothing_new_is_nothing_to_do(world: World) -> None:
    world.predictions(0)
    world.report(0, NINE + HOUR + DELAY)
    assert world.tick().outcomes == {window(): Outcome.NOTHING_NEW}
    assert (world.jobs, world.judged) == ([], [])


@pytest.mark.parametrize("what", ["labels", "predictions", "baseline"])
def test_what_came_after_the_report_is_judged(world: World, what: str) -> None:
    world.predictions(0)
    world.report(0, NINE + HOUR + DELAY)
    late = NINE + 2 * HOUR
    match what:
        case "labels":
            world.labels(late)
        case "predictions":
            world.predictions(0, late, name="late")
        case _:
            world.write("monitors/churn/constraints.json", late)
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"dataset": {"evaluation_time": 7}}'])
def test_a_damaged_report_is_written_anew(world: World, body: str) -> None:
    world.predictions(0)
    world.report(0, NINE + HOUR + DELAY, body)
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}


def test_a_tick_that_comes_twice_asks_for_the_same_job(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.STARTED, JobState.KNOWN]
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert world.tick().outcomes == {window(): Outcome.JOB_RUNNING}
    assert world.jobs[0] == world.jobs[1]


def test_a_job_that_failed_is_started_under_another_name(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED, JobState.FAILED, JobState.STARTED]
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert len({name for _, name in world.jobs}) == 3


def test_what_failed_three_times_is_not_tried_again(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED] * 3
    with pytest.raises(WindowsFailed, match="3 processing jobs failed, the last is monitor-churn"):
        world.tick()
    assert len(world.jobs) == 3


def test_where_something_changed_jobs_are_counted_anew(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED] * 3
    with pytest.raises(WindowsFailed):
        world.tick()
    # Labels keep coming; it takes another baseline or other settings to make it another attempt.
    world.labels(NINE + 2 * HOUR)
    world.states = [JobState.FAILED] * 3
    with pytest.raises(WindowsFailed):
        world.tick()
    world.write("monitors/churn/constraints.json", NINE + 2 * HOUR)
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert len({name for _, name in world.jobs}) == 4


def test_a_window_whose_jobs_all_failed_is_given_up_and_leaves_the_others(world: World) -> None:
    world.report(-1, NINE + DELAY)
    for hours in range(2):
        world.predictions(hours)
    world.states = [JobState.FAILED] * 3
    done = world.tick(2)
    assert done.outcomes == {window(1): Outcome.JOB_STARTED}
    assert done.given_up == (window(),)
    assert done.continues == ()


def test_a_gap_behind_a_newer_report_is_caught_up(world: World) -> None:
    for hours in (-1, 1):
        world.report(hours, NINE + (hours + 1) * HOUR + DELAY)
    world.predictions(0)
    done = world.tick(3)
    assert [start for start, _ in world.jobs] == [iso(NINE)]
    assert done.outcomes == {window(): Outcome.JOB_STARTED, window(2): Outcome.JUDGED}


def test_after_an_outage_of_days_the_last_day_is_caught_up_and_the_rest_is_said(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.report(-72, NINE - 70 * HOUR)
    assert len(world.tick(1, Runtime.LAMBDA).outcomes) == 25
    assert "no report of endpoint churn since 2026-11-19T09:00:00Z" in caplog.text


def test_a_back_fill_of_the_past_wakes_nobody(world: World) -> None:
    seen: list[Mapping[str, str]] = []

    class Watching(World):
        def judge(self, environment: Mapping[str, str]) -> None:
            seen.append(environment)

    Watching(world.root, time=NINE + 2 * HOUR + DELAY).fill(2)
    assert [told["notification_topic_arn"] for told in seen] == ["", "topic"]


def test_missed_windows_are_caught_up_oldest_first(world: World) -> None:
    for hours in range(4):
        world.predictions(hours)
    world.report(0, NINE + HOUR + DELAY)
    done = world.tick(4, Runtime.LAMBDA)
    assert world.judged == [iso(NINE + hours * HOUR) for hours in (1, 2, 3)]
    assert done.count(Outcome.JUDGED) == 3
    assert done.count(Outcome.JUDGED, Outcome.NOTHING_NEW) == 3


ERRORS = [OSError("no disk"), CustomMetricError("told"), ZeroDivisionError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_a_window_that_fails_leaves_the_others_and_is_asked_for_again(
    world: World, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    """Raised, it would be lost: at Lambda's retry a newer window has its report."""
    world.report(-1, NINE + DELAY)
    world.wrong = {iso(NINE): error}
    done = world.tick(3, Runtime.LAMBDA)
    assert world.judged == [iso(NINE + HOUR), iso(NINE + 2 * HOUR)]
    assert done.continues == (BackFill(NINE, NINE + HOUR, "churn"),)
    assert f"window {window()} of endpoint churn: {type(error).__name__}" in caplog.text


def test_where_no_window_can_be_judged_that_is_raised(world: World) -> None:
    world.wrong = {iso(NINE + hours * HOUR): OSError("no disk") for hours in range(2)}
    with pytest.raises(WindowsFailed) as raised:
        world.fill(2)
    assert str(raised.value) == (
        f"endpoint churn: {window()}: OSError: no disk; {window(1)}: OSError: no disk"
    )


def test_windows_that_failed_one_after_another_are_asked_for_together(world: World) -> None:
    world.wrong = {iso(NINE + hours * HOUR): OSError("no disk") for hours in (0, 1, 3)}
    assert world.fill(5).continues == (
        BackFill(NINE, NINE + 2 * HOUR, "churn"),
        BackFill(NINE + 3 * HOUR, NINE + 4 * HOUR, "churn"),
    )


def test_the_text_of_an_error_that_nobody_foresaw_is_not_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.wrong = {iso(NINE): ValueError("could not convert 'zq4111zq'")}
    with caplog.at_level(logging.DEBUG), pytest.raises(WindowsFailed) as raised:
        world.tick(1, Runtime.LAMBDA)
    for text in (str(raised.value), caplog.text):
        assert "zq4111zq" not in text
        assert "ValueError in monitor/test_starter.py:" in text
    assert raised.value.__context__ is None


def test_on_demand_every_window_is_judged_whether_new_or_not(world: World) -> None:
    for hours in range(3):
        world.report(hours, NINE + 24 * HOUR)
    done = world.fill(3)
    assert done.outcomes == {window(hours): Outcome.JUDGED for hours in range(3)}
    assert done.continues == ()


def test_on_demand_it_is_another_job_but_the_same_one_where_lambda_tries_again(
    world: World,
) -> None:
    world.predictions(0)
    world.tick()
    for request in ("r-1", "r-1", "r-2"):
        world.fill(1, Runtime.PROCESSING, request)
    tick, first, again, other = (name for _, name in world.jobs)
    assert first == again
    assert len({tick, first, other}) == 3


def test_what_there_is_no_time_for_is_handed_on(world: World) -> None:
    world.seconds, world.a_window_takes = 240, 50
    done = world.fill(10)
    assert len(done.outcomes) == 3
    (left,) = done.continues
    assert left == BackFill(NINE + 3 * HOUR, NINE + 10 * HOUR, "churn")
    world.seconds = 900
    rest = world.starter(Runtime.LAMBDA).back_fill(left, "churn")
    assert [*done.outcomes, *rest.outcomes] == [window(hours) for hours in range(10)]


def test_even_without_time_one_window_is_tried(world: World) -> None:
    world.seconds = 1
    done = world.fill(2)
    assert list(done.outcomes) == [window()]
    assert done.continues == (BackFill(NINE + HOUR, NINE + 2 * HOUR, "churn"),)


def test_what_failed_and_what_is_left_are_both_asked_for(world: World) -> None:
    world.seconds, world.a_window_takes = 190, 50
    world.wrong = {iso(NINE): OSError("no disk")}
    assert world.fill(10).continues == (
        BackFill(NINE, NINE + HOUR, "churn"),
        BackFill(NINE + 2 * HOUR, NINE + 10 * HOUR, "churn"),
    )


def test_a_catch_up_too_is_handed_on_where_time_is_short(world: World) -> None:
    world.report(-1, NINE + DELAY)
    world.seconds, world.a_window_takes = 170, 50
    done = world.tick(4, Runtime.LAMBDA)
    assert len(done.outcomes) == 2
    assert done.continues == (BackFill(NINE + 2 * HOUR, NINE + 4 * HOUR, "churn"),)


def test_the_environment_names_the_stacks_topic_and_namespace(world: World) -> None:
    seen: list[Mapping[str, str]] = []

    class Watching(World):
        def judge(self, environment: Mapping[str, str]) -> None:
            seen.append(environment)

    watching = Watching(world.root)
    watching.fill(1)
    (environment,) = seen
    assert environment["metrics_namespace"] == "monitor"
    assert environment["notification_topic_arn"] == "topic"
