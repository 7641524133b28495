"""What becomes of the windows of an endpoint: judged here, by a job, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inference_records.configuration import Configuration
from monitor.asked import BackFill, Tick
from monitor.constraints import Status
from monitor.container import Judged
from monitor.function_settings import FunctionSettings, Runtime
from monitor.metrics import CustomMetricError
from monitor.outcomes import Done, JobState, Outcome, WindowsFailed
from monitor.places import WindowRun
from monitor.processing_job import OUTPUT, JobSettings
from monitor.raw_files import Intake
from monitor.results import RunResult, by_window
from monitor.settings import container_settings
from monitor.sizing import Choice
from monitor.starter import Starter
from monitor.windows import Window, iso

from .kept import Kept, range_to
from .rows import HOUR, NINE
from .told import verdict

DELAY = timedelta(minutes=5)
JOB = JobSettings("monitor", "eu-central-1", "arn:aws:iam::111122223333:role/job", "auto", 30, 3600)


def fails(*hours: int, error: Exception | None = None) -> dict[str, Exception]:
    """Runs fail whose newest window is so many hours after nine."""
    wrong = error or OSError("no disk")
    return {f"{NINE + number * HOUR:%Y/%m/%d/%H}": wrong for number in hours}


def window(hours: int = 0) -> Window:
    return Window(NINE + hours * HOUR, NINE + (hours + 1) * HOUR)


@dataclass
class World(Kept):
    """An endpoint's files, a clock, and what was done; the hands of the starter.

    A run does what is not looked at here: it judges the newest window of what it is asked for.
    """

    judged: list[Mapping[str, str]] = field(default_factory=list)
    jobs: list[tuple[Mapping[str, str], str]] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    """Of the jobs, what they were to run on."""
    states: list[JobState] = field(default_factory=list)
    wrong: dict[str, Exception] = field(default_factory=dict)
    settings: Configuration = field(default_factory=Configuration)
    complete: bool = True
    finds: tuple[Window, ...] | None = None
    """The windows that a run judges; None: the newest."""
    seconds: float = 900
    a_window_takes: float = 1
    time: datetime = NINE + HOUR + DELAY
    job: JobSettings = JOB

    def judge(self, environment: Mapping[str, str]) -> Judged:
        self._work(environment)
        assert environment["output_path"] == environment["report_s3_uri"]
        self.judged.append(environment)
        told = container_settings(environment)
        length = told.period or told.window.end - told.window.start
        run = range_to(Window(told.window.end - length, told.window.end))
        if told.period is not None and self.complete:
            self.caught_up(run)
        found = (run.newest,) if self.finds is None else self.finds
        judged = by_window([verdict(Status.OK, window, endpoint="churn") for window in found])
        return Judged(RunResult(judged), Intake(), self.complete)

    def start_job(
        self, run: WindowRun, name: str, environment: Mapping[str, str], choice: Choice
    ) -> JobState:
        self.choices.append(choice)
        self._work(environment)
        assert environment["output_path"] == OUTPUT
        assert environment["start_time"] == iso(run.window.start)
        self.jobs.append((environment, name))
        return self.states.pop(0) if self.states else JobState.STARTED

    def _work(self, environment: Mapping[str, str]) -> None:
        self.seconds -= self.a_window_takes
        newest = environment["report_s3_uri"].removeprefix(f"{self.root}/reports/churn/")
        if newest in self.wrong:
            raise self.wrong[newest]

    def now(self) -> datetime:
        return self.time

    def configuration(self, endpoint: str) -> Configuration:
        assert endpoint == "churn"
        return self.settings

    def memory_mb(self) -> int:
        return 1024

    def seconds_left(self) -> float:
        return self.seconds

    @property
    def names(self) -> list[str]:
        """Of the jobs, as they were asked for."""
        return [name for _, name in self.jobs]

    @property
    def starts(self) -> list[str]:
        """Of the ranges that were judged in the function."""
        return [environment["start_time"] for environment in self.judged]

    def starter(self, runtime: Runtime = Runtime.PROCESSING, request: str = "r-1") -> Starter:
        settings = FunctionSettings(runtime, self.places, HOUR, DELAY, "monitor", "topic", self.job)
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
    found.document("constraints.json")
    return found


def test_the_function_judges_where_it_is_the_runtime(world: World) -> None:
    world.predictions(0)
    done = world.tick(runtime=Runtime.LAMBDA)
    assert done.outcomes == {window(): Outcome.JUDGED}
    assert len(world.judged) == 1
    assert world.jobs == []


@pytest.mark.parametrize("runtime", [Runtime.PROCESSING, Runtime.MODEL_MONITOR])
def test_a_job_judges_where_jobs_are_the_runtime(world: World, runtime: Runtime) -> None:
    world.predictions(0)
    assert world.tick(runtime=runtime).outcomes == {window(): Outcome.JOB_STARTED}
    (name,) = world.names
    assert name.startswith("monitor-churn-202611200900-")
    assert world.judged == []


@pytest.mark.parametrize("runtime", [Runtime.LAMBDA, Runtime.PROCESSING])
def test_a_tick_asks_for_one_run_over_all_that_may_be_corrected(
    world: World, runtime: Runtime
) -> None:
    for hours in range(-3, 1):
        world.predictions(hours)
    world.settings = Configuration(correction_hours=24)
    world.tick(runtime=runtime)
    (environment,) = world.judged if runtime is Runtime.LAMBDA else [told for told, _ in world.jobs]
    told = container_settings(environment)
    assert told.window == Window(NINE - 23 * HOUR, NINE + HOUR)
    assert told.period == HOUR
    assert told.ledger == world.places.ledger
    assert told.report == world.places.report("churn", window())
    assert told.topic_arn == "topic"


@pytest.mark.parametrize("hours", [1, 5, 25])
def test_the_range_is_of_whole_windows_whatever_the_hours_of_correction(
    world: World, hours: int
) -> None:
    world.settings = Configuration(correction_hours=hours)
    settings = FunctionSettings(
        Runtime.LAMBDA, world.places, 12 * HOUR, timedelta(0), "monitor", "topic", JOB
    )
    Starter(settings, world, "r-1").tick(Tick(NINE, "churn"), "churn")
    told = container_settings(world.judged[0])
    midnight = NINE - 9 * HOUR
    assert told.window.end == midnight
    assert told.window.start <= midnight - hours * HOUR
    assert (told.window.end - told.window.start) % (12 * HOUR) == timedelta(0)
    assert told.window.end - told.window.start < hours * HOUR + 12 * HOUR


@pytest.mark.parametrize("runtime", Runtime)
def test_a_quiet_newest_window_needs_no_job(world: World, runtime: Runtime) -> None:
    world.predictions(-1)
    world.caught_up(range_to(window(-1)))
    assert world.tick(runtime=runtime).outcomes == {window(): Outcome.JUDGED}
    assert world.jobs == []


def test_beside_what_came_late_a_quiet_window_is_judged_by_the_job(world: World) -> None:
    world.predictions(-1)
    world.caught_up(range_to(window(-1)))
    world.labels(NINE + HOUR)
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert world.judged == []


@pytest.mark.parametrize("runtime", Runtime)
def test_nothing_new_is_nothing_to_do(world: World, runtime: Runtime) -> None:
    world.predictions(0)
    world.caught_up(range_to(window()))
    assert world.tick(runtime=runtime).outcomes == {window(): Outcome.NOTHING_NEW}
    assert (world.jobs, world.judged) == ([], [])


@pytest.mark.parametrize("what", ["labels", "predictions", "baseline", "progress"])
def test_what_came_after_the_last_run_is_judged(world: World, what: str) -> None:
    world.predictions(0)
    world.caught_up(range_to(window()))
    match what:
        case "labels":
            world.labels(NINE + 2 * HOUR)
        case "predictions":
            world.predictions(0, name="late")
        case "baseline":
            world.document("constraints.json", "other")
        case _:
            (document,) = world.root.rglob("_progress.json.gz")
            document.write_bytes(b"damaged")
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}


def test_every_window_that_a_run_found_is_told(world: World) -> None:
    world.predictions(0)
    world.finds = (window(-5), window())
    done = world.tick(runtime=Runtime.LAMBDA)
    assert done.outcomes == {window(-5): Outcome.JUDGED, window(): Outcome.JUDGED}
    assert done.count(Outcome.JUDGED) == 2


def test_a_run_that_finds_that_another_one_judged_it_all_meanwhile_did_nothing(
    world: World,
) -> None:
    world.predictions(0)
    world.finds = ()
    done = world.tick(runtime=Runtime.LAMBDA)
    assert done.outcomes == {window(): Outcome.NOTHING_NEW}
    assert done.continues == ()


def test_where_time_runs_out_the_same_tick_goes_on_in_another_invocation(world: World) -> None:
    world.predictions(0)
    world.complete = False
    done = world.tick(runtime=Runtime.LAMBDA)
    assert done.continues == (Tick(NINE + HOUR + DELAY, "churn"),)
    (again,) = done.continues
    world.complete = True
    rest = world.starter(Runtime.LAMBDA).tick(again, "churn")
    assert rest.continues == ()
    assert world.judged[0] == world.judged[1]
    assert world.starter(Runtime.LAMBDA).tick(again, "churn").outcomes == {
        window(): Outcome.NOTHING_NEW
    }


def test_a_tick_that_comes_twice_asks_for_the_same_job(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.STARTED, JobState.KNOWN]
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    world.labels(NINE + 2 * HOUR)
    assert world.tick().outcomes == {window(): Outcome.JOB_RUNNING}
    first, second = ({**told, "machine": name} for told, name in world.jobs)
    assert first == second, "but for how much there is to read now"


def test_once_the_newest_window_has_a_version_what_comes_is_another_job(world: World) -> None:
    world.predictions(0)
    world.tick()
    world.caught_up(range_to(window()))
    world.labels(NINE + 2 * HOUR)
    world.tick()
    assert len(set(world.names)) == 2


def test_the_next_tick_is_another_job(world: World) -> None:
    for hours in range(2):
        world.predictions(hours)
        world.tick(hours + 1)
    first, second = world.names
    assert first.startswith("monitor-churn-202611200900-")
    assert second.startswith("monitor-churn-202611201000-")


def test_a_job_that_failed_is_started_under_another_name(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED, JobState.FAILED, JobState.STARTED]
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert len(set(world.names)) == 3


def test_what_failed_three_times_is_not_tried_again(world: World) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED] * 3
    with pytest.raises(WindowsFailed, match="3 processing jobs failed, the last is monitor-churn"):
        world.tick()
    assert len(world.jobs) == 3


def test_what_was_given_up_is_tried_again_by_the_next_tick_for_it_is_still_to_be_done(
    world: World,
) -> None:
    world.predictions(0)
    world.states = [JobState.FAILED] * 3
    with pytest.raises(WindowsFailed):
        world.tick()
    assert world.tick(2).outcomes == {window(1): Outcome.JOB_STARTED}


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
    world.document("constraints.json", "other")
    assert world.tick().outcomes == {window(): Outcome.JOB_STARTED}
    assert len(set(world.names)) == 4


ERRORS = [OSError("no disk"), CustomMetricError("told"), ZeroDivisionError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
@pytest.mark.parametrize("runtime", [Runtime.LAMBDA, Runtime.PROCESSING])
def test_a_run_that_fails_is_raised_for_lambda_to_try_it_again(
    world: World, error: Exception, runtime: Runtime
) -> None:
    """Nothing is lost by that: what it did not get done stays pending in the ledger."""
    world.predictions(0)
    world.wrong = fails(0, error=error)
    with pytest.raises(WindowsFailed) as raised:
        world.tick(runtime=runtime)
    assert str(raised.value).startswith(f"endpoint churn: {window()}: {type(error).__name__}")
    world.wrong = {}
    expected = Outcome.JUDGED if runtime is Runtime.LAMBDA else Outcome.JOB_STARTED
    assert world.tick(runtime=runtime).outcomes == {window(): expected}


def test_a_back_fill_of_the_past_wakes_nobody(world: World) -> None:
    world.time = NINE + 2 * HOUR + DELAY
    world.fill(2)
    assert [told["notification_topic_arn"] for told in world.judged] == ["", "topic"]


def test_of_a_back_fill_a_window_that_fails_leaves_the_others_and_is_asked_for_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.wrong = fails(0)
    done = world.fill(3)
    assert world.starts == [iso(NINE + HOUR), iso(NINE + 2 * HOUR)]
    assert done.continues == (BackFill(NINE, NINE + HOUR, "churn"),)
    assert f"window {window()} of endpoint churn: OSError: no disk" in caplog.text


def test_of_a_back_fill_a_window_whose_jobs_all_failed_is_given_up_and_leaves_the_others(
    world: World,
) -> None:
    for hours in range(2):
        world.predictions(hours)
    world.states = [JobState.FAILED] * 3
    done = world.fill(2, Runtime.PROCESSING)
    assert done.outcomes == {window(1): Outcome.JOB_STARTED}
    assert done.given_up == (window(),)
    assert done.continues == ()


def test_a_back_fill_asks_for_each_window_by_itself(world: World) -> None:
    world.fill(2)
    told = [container_settings(environment) for environment in world.judged]
    assert [each.window for each in told] == [window(), window(1)]
    assert {each.period for each in told} == {None}
    assert [each.output_path for each in told] == [
        world.places.report("churn", window(hours)) for hours in range(2)
    ]


def test_where_no_window_can_be_judged_that_is_raised(world: World) -> None:
    world.wrong = fails(0, 1)
    with pytest.raises(WindowsFailed) as raised:
        world.fill(2)
    assert str(raised.value) == (
        f"endpoint churn: {window()}: OSError: no disk; {window(1)}: OSError: no disk"
    )


def test_windows_that_failed_one_after_another_are_asked_for_together(world: World) -> None:
    world.wrong = fails(0, 1, 3)
    assert world.fill(5).continues == (
        BackFill(NINE, NINE + 2 * HOUR, "churn"),
        BackFill(NINE + 3 * HOUR, NINE + 4 * HOUR, "churn"),
    )


def test_the_text_of_an_error_that_nobody_foresaw_is_not_told(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.wrong = fails(0, error=ValueError("could not convert 'zq4111zq'"))
    with caplog.at_level(logging.DEBUG), pytest.raises(WindowsFailed) as raised:
        world.tick(1, Runtime.LAMBDA)
    for text in (str(raised.value), caplog.text):
        assert "zq4111zq" not in text
        assert "ValueError in monitor/test_starter.py:" in text
    assert raised.value.__context__ is None


def test_on_demand_every_window_is_judged_whether_new_or_not(world: World) -> None:
    for hours in range(3):
        world.caught_up(range_to(window(hours)))
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
    tick, first, again, other = world.names
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
    world.wrong = fails(0)
    assert world.fill(10).continues == (
        BackFill(NINE, NINE + HOUR, "churn"),
        BackFill(NINE + 2 * HOUR, NINE + 10 * HOUR, "churn"),
    )


def test_the_environment_names_the_stacks_topic_and_namespace(world: World) -> None:
    world.fill(1)
    (environment,) = world.judged
    assert environment["metrics_namespace"] == "monitor"
    assert environment["notification_topic_arn"] == "topic"


LARGE = "x" * 20_000_000
"""Of so many bytes of records no function of 1,024 MB judges an hour."""


def test_the_function_hands_over_to_a_job_what_it_does_not_hold(world: World) -> None:
    world.predictions(0, LARGE)
    assert world.tick(runtime=Runtime.LAMBDA).outcomes == {window(): Outcome.JOB_STARTED}
    (choice,) = world.choices
    assert choice.instance_type == "ml.t3.medium"
    assert world.fill(1, Runtime.LAMBDA).outcomes == {window(): Outcome.JOB_STARTED}
    assert world.judged == []


def test_without_jobs_it_says_what_to_set(world: World) -> None:
    world.job = replace(JOB, instance_type="none")
    world.predictions(0, LARGE)
    with pytest.raises(WindowsFailed, match=r"TooLarge: .* set JobInstanceType=auto"):
        world.tick(runtime=Runtime.LAMBDA)
    world.predictions(1)
    done = world.fill(2, Runtime.LAMBDA)
    assert done.outcomes == {window(1): Outcome.JUDGED}
    assert done.given_up == (window(),), "asked again, it is as large"
    assert done.continues == ()


def test_what_was_chosen_and_why_is_told_to_the_run_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.predictions(0)
    with caplog.at_level(logging.INFO, "monitor.starter"):
        world.tick()
    ((environment, _),) = world.jobs
    assert environment["engine"] == "duckdb"
    (choice,) = world.choices
    assert environment["machine"] == choice.reason
    assert choice.reason in caplog.text
    assert container_settings(environment).machine == choice.reason


def test_who_wants_a_cluster_has_one_also_where_the_function_judges(world: World) -> None:
    world.job = replace(JOB, spark_image="spark")
    world.settings = Configuration(engine="spark")
    world.predictions(0)
    assert world.tick(runtime=Runtime.LAMBDA).outcomes == {window(): Outcome.JOB_STARTED}
    ((environment, _),) = world.jobs
    assert environment["engine"] == "spark"
    assert world.choices[0].hosts == 2


@pytest.mark.parametrize(
    ("instance_type", "expected"),
    [
        ("auto", ["ml.t3.medium", "ml.m5.large", "ml.m5.xlarge"]),
        ("ml.m5.large", ["ml.m5.large"] * 3),
    ],
)
def test_what_failed_is_tried_on_a_larger_machine_unless_one_is_set(
    world: World, instance_type: str, expected: list[str]
) -> None:
    world.job = replace(JOB, instance_type=instance_type)
    world.predictions(0)
    world.states = [JobState.FAILED, JobState.FAILED, JobState.STARTED]
    world.tick()
    assert [choice.instance_type for choice in world.choices] == expected
    assert [told["machine"].partition(" ")[0] for told, _ in world.jobs] == expected
