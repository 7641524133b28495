"""One window, three starters, one report; and what the monitor function does with the clock."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.ledger_rows import result_of
from monitor.maturity import State
from monitor.windows import iso
from tests.unit.template.resolving import SPARK_IMAGE

from .captured import HOUR, NINE
from .jobs import IMAGE, Services, services
from .starters import (
    MARKER,
    TICK,
    Context,
    Deployed,
    captured,
    contained,
    deployed,
    handler,
    written,
)

REPORTS = {"statistics.json", "constraints.json", "constraint_violations.json"}
OF_VARIANTS = {f"variants/{variant}/{name}" for variant in ("blue", "green") for name in REPORTS}
OF_NINE = "reports/churn/2026/11/20/09"
PAGES = {"reports/churn/index.html", f"{OF_NINE}/report.html"} | {
    f"{OF_NINE}/variants/{variant}/report.html" for variant in ("blue", "green")
}
BASELINE = {
    "version": 0.0,
    "binary_classification_constraints": {
        "accuracy": {"threshold": 0.7, "comparison_operator": "LessThanThreshold"},
        "auc": {"threshold": 0.1, "comparison_operator": "LessThanThreshold"},
    },
}
# So few records are no evidence, and the last label of each hour comes late.
SETTINGS = {
    "positive_label": f"{MARKER}-1",
    "verdicts": {"policy": "threshold"},
    "mature_coverage": 0.5,
}
Invoke = Callable[..., dict[str, Any]]
SOON = TICK + HOUR
"""CloudWatch takes no datapoint that is two weeks old: whoever counts them is near the windows."""


@pytest.fixture(scope="module")
def others(aws: str) -> Iterator[Services]:
    with services() as found, pytest.MonkeyPatch.context() as patch:
        for name in ("LAMBDA", "SAGEMAKER"):
            patch.setenv(f"AWS_ENDPOINT_URL_{name}", found.address)
        yield found


@pytest.fixture
def stack(bucket: str, tmp_path: Path, others: Services) -> Deployed:
    """With an endpoint of two variants, two hours long."""
    found = deployed(bucket, tmp_path, others)
    captured(tmp_path)
    found.put("monitors/churn/constraints.json", BASELINE)
    found.put("monitors/churn/monitor.json", SETTINGS)
    found.prepare()
    return found


@pytest.fixture
def log() -> io.StringIO:
    """What the function logs."""
    return io.StringIO()


@pytest.fixture
def loggers() -> Iterator[None]:
    """The function sets up the package's logger, and makes others deaf to it: undone in the end."""
    package, root = logging.getLogger("monitor"), logging.getLogger()
    handlers, level = package.handlers[:], package.level
    filters = {one: one.filters[:] for one in root.handlers}
    yield
    package.handlers[:] = handlers
    package.setLevel(level)
    # By these Powertools remembers that it has set up a logger.
    for name in ("init", "powertools_handler"):
        vars(package).pop(name, None)
    for one, found in filters.items():
        one.filters[:] = found


@pytest.fixture
def invoke(
    stack: Deployed, loggers: None, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> Invoke:
    """The function, as the template sets it up with these parameters, after a cold start."""

    def call(
        event: dict[str, Any], now: datetime | None = None, **parameters: str
    ) -> dict[str, Any]:
        for name, value in stack.variables(**parameters).items():
            monkeypatch.setenv(name, value)
        module = handler()
        module.logger.registered_handler.setStream(log)
        if now is not None:
            monkeypatch.setattr(module.Function, "now", lambda _self: now)
        answer: dict[str, Any] = module.lambda_handler(event, Context())
        return answer

    return call


def tick(hours: int = 0, endpoint: str | None = "churn") -> dict[str, str]:
    """The clock strikes, so many hours after the window from nine is due."""
    event = {"time": iso(TICK + hours * HOUR)}
    return event if endpoint is None else {**event, "endpoint": endpoint}


def outcomes(answer: dict[str, Any]) -> list[str]:
    return list(answer["windows"].values())


def metrics_in(output: str) -> dict[str, float]:
    """The metrics that a function printed, summed."""
    found: dict[str, float] = {}
    for line in output.splitlines():
        document = json.loads(line)
        assert document["service"] == "monitor"
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Dimensions"] == [["service"]]
            for name in (metric["Name"] for metric in directive["Metrics"]):
                found[name] = found.get(name, 0) + sum(document[name])
    return found


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_three_starters_write_one_report(stack: Deployed, invoke: Invoke, tmp_path: Path) -> None:
    assert outcomes(invoke(tick(), MonitorRuntime="Lambda")) == ["judged"]
    expected = stack.reports()
    assert set(expected) == REPORTS | OF_VARIANTS
    (violation,) = json.loads(expected["constraint_violations.json"])["violations"]
    assert "Variant green" in violation["description"]
    (version,) = stack.versions()[NINE]
    kept = result_of(version)
    pages = stack.pages()
    assert pages == PAGES
    stack.remove("reports/churn/2026/")
    stack.remove("reports/churn/index.html")
    stack.remove("ledger/")

    assert outcomes(invoke(tick())) == ["job started"]
    ((name, request),) = stack.services.jobs.items()
    assert name.startswith("batch-payload-monitor-churn-202611200900-")
    assert request["AppSpecification"] == {"ImageUri": IMAGE}
    done = contained(request["Environment"], tmp_path / "job")
    assert done.returncode == 0, done.stderr
    assert written(tmp_path / "job") == expected
    assert stack.pages() == pages
    assert [result_of(version) for version in stack.versions()[NINE]] == [kept]
    message = (tmp_path / "job/output/message").read_text()
    assert message.startswith("CompletedWithViolations: ")

    for prepared in ("prepared", "nothing"):
        environment = stack.schedule()
        environment["prepared_s3_uri_path"] = f"s3://{stack.bucket}/{prepared}"
        stack.remove("ledger/")
        root = tmp_path / f"schedule-{prepared}"
        done = contained(environment, root)
        assert done.returncode == 0, done.stderr
        assert ("reading the raw capture" in done.stderr) is (prepared == "nothing")
        assert written(root) == expected
        assert [result_of(version) for version in stack.versions()[NINE]] == [kept]
        assert (root / "output/message").read_text() == message
        assert (root / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl").stat().st_size
    assert len(stack.told()) == 1, "they are one verdict"


def machine(statistics: bytes) -> str:
    """What judged a window, and why, as its report has it."""
    found: str = json.loads(statistics)["batch_payload_monitor"]["machine"]
    return found


def test_the_report_and_the_log_say_what_judged_and_why(
    stack: Deployed, invoke: Invoke, log: io.StringIO, tmp_path: Path
) -> None:
    invoke(tick(), MonitorRuntime="Lambda")
    key = "reports/churn/2026/11/20/09/statistics.json"
    told = machine(stack.s3.get_object(Bucket=stack.bucket, Key=key)["Body"].read())
    assert told.startswith("function of 3008 MB: about 0.0 M records to judge")
    assert any(line["message"].endswith(f"judged by {told}") for line in lines(log))
    stack.remove("ledger/")

    invoke(tick())
    (request,) = stack.services.jobs.values()
    cluster = request["ProcessingResources"]["ClusterConfig"]
    assert (cluster["InstanceType"], cluster["InstanceCount"]) == ("ml.t3.medium", 1)
    assert contained(request["Environment"], tmp_path / "job").returncode == 0
    told = machine((tmp_path / "job/report/statistics.json").read_bytes())
    assert told.startswith("ml.t3.medium (the smallest that holds it): ")
    assert request["Environment"]["machine"] == told


@pytest.mark.parametrize("runtime", ["Lambda", "Processing"])
def test_an_endpoint_that_wants_spark_is_judged_by_a_cluster_where_there_is_an_image(
    stack: Deployed, invoke: Invoke, runtime: str
) -> None:
    stack.put("monitors/churn/monitor.json", {**SETTINGS, "engine": "spark"})
    assert outcomes(invoke(tick(), MonitorRuntime=runtime, SparkImageUri=SPARK_IMAGE)) == [
        "job started"
    ]
    (request,) = stack.services.jobs.values()
    assert request["AppSpecification"] == {"ImageUri": SPARK_IMAGE}
    cluster = request["ProcessingResources"]["ClusterConfig"]
    assert (cluster["InstanceType"], cluster["InstanceCount"]) == ("ml.m5.4xlarge", 2)
    assert request["Environment"]["engine"] == "spark"


def test_a_tick_that_comes_twice_judges_and_tells_once(
    stack: Deployed, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    points = []
    for again in (False, True):
        answer = invoke(tick(), now=SOON, MonitorRuntime="Lambda")
        assert outcomes(answer) == (["nothing new"] if again else ["judged"])
        found = metrics_in(capsys.readouterr().out)
        assert (found["WindowsJudged"], found["WindowsSkipped"]) == (not again, again)
        assert found["EndpointsFailed"] == 0
        points.append(stack.datapoints("records", Endpoint="churn"))
        assert len(stack.told()) == (not again)
    assert points[0] == points[1] > 0


def test_a_tick_that_comes_twice_starts_one_job(
    stack: Deployed, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    assert outcomes(invoke(tick())) == ["job started"]
    assert outcomes(invoke(tick())) == ["job already started"]
    assert len(stack.services.jobs) == 1
    found = metrics_in(capsys.readouterr().out)
    assert (found["JobsStarted"], found["WindowsSkipped"]) == (1, 1)


def test_a_job_that_failed_is_started_again_and_given_up_after_the_third(
    stack: Deployed, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        assert outcomes(invoke(tick())) == ["job started"]
        stack.services.status = dict.fromkeys(stack.services.jobs, "Failed")
    assert metrics_in(capsys.readouterr().out)["EndpointsFailed"] == 0
    with pytest.raises(RuntimeError, match="3 processing jobs failed"):
        invoke(tick())
    assert metrics_in(capsys.readouterr().out)["EndpointsFailed"] == 1
    assert len(stack.services.jobs) == 3


def test_what_is_reported_gets_a_job_only_when_labels_came_late(
    stack: Deployed, invoke: Invoke
) -> None:
    arrive = stack.hold_back("0-late")
    invoke(tick(), MonitorRuntime="Lambda")
    assert outcomes(invoke(tick())) == ["nothing new"]
    assert stack.services.jobs == {}
    arrive()
    assert outcomes(invoke(tick())) == ["job started"]


def test_an_hour_without_requests_is_reported_by_the_function_itself(
    stack: Deployed, invoke: Invoke
) -> None:
    invoke(tick(4), MonitorRuntime="Lambda")
    stack.told()
    assert outcomes(invoke(tick(5))) == ["judged"]
    assert stack.services.jobs == {}
    reports = stack.reports(hour=NINE + 5 * HOUR)
    assert set(reports) == REPORTS
    assert json.loads(reports["statistics.json"])["dataset"]["item_count"] == 0
    assert stack.told() == []


def test_missed_ticks_are_caught_up(stack: Deployed, invoke: Invoke) -> None:
    invoke(tick(), MonitorRuntime="Lambda")
    answer = invoke(tick(2), MonitorRuntime="Lambda")
    begun = [window.partition("/")[0] for window in answer["windows"]]
    assert begun == [iso(NINE + HOUR), iso(NINE + 2 * HOUR)]
    assert set(stack.reports(hour=NINE + HOUR)) == REPORTS | OF_VARIANTS


def test_after_an_outage_the_windows_in_which_anything_happened_are_caught_up_in_one_run(
    stack: Deployed, invoke: Invoke, tmp_path: Path
) -> None:
    assert outcomes(invoke(tick(5))) == ["job started"]
    (request,) = stack.services.jobs.values()
    done = contained(request["Environment"], tmp_path / "job")
    assert done.returncode == 0, done.stderr
    # Labels came in the two hours after those with requests; in the hour before the newest nothing.
    hours = (0, 1, 2, 3, 5)
    assert list(stack.versions()) == [NINE + hour * HOUR for hour in hours]
    # The newest is the job's own output; the others it writes where they belong.
    for hour in (NINE, NINE + HOUR):
        assert set(stack.reports(hour=hour)) == REPORTS | OF_VARIANTS
    assert stack.reports(hour=NINE + 5 * HOUR) == {}
    assert set(written(tmp_path / "job")) == REPORTS
    # They were over before anybody watched.
    assert stack.told() == []
    assert outcomes(invoke(tick(5))) == ["nothing new"]


def test_two_jobs_at_one_time_end_in_the_ledger_of_one(
    stack: Deployed, invoke: Invoke, tmp_path: Path
) -> None:
    """What one of them leaves to the other, or to the next, is seen to by the next tick."""
    invoke(tick())
    (request,) = stack.services.jobs.values()
    roots = [tmp_path / name for name in ("one", "other")]
    with ThreadPoolExecutor(2) as jobs:
        done = list(jobs.map(lambda root: contained(request["Environment"], root), roots))
    assert [job.returncode for job in done] == [0, 0], [job.stderr for job in done]
    invoke(tick(), MonitorRuntime="Lambda")
    found = result_of(stack.versions()[NINE][-1])
    assert not [window for window in stack.pending() if window.start == NINE]
    stack.remove("ledger/")
    invoke(tick(), MonitorRuntime="Lambda")
    assert found == result_of(stack.versions()[NINE][-1])


def test_a_late_label_restates_its_window_and_that_in_which_it_came(
    stack: Deployed, invoke: Invoke
) -> None:
    arrive = stack.hold_back("0-late")
    for number in range(3):
        invoke(tick(number), MonitorRuntime="Lambda")
    before = stack.reports()
    arrive()
    answer = invoke(tick(3), MonitorRuntime="Lambda")
    begun = [window.partition("/")[0] for window in answer["windows"]]
    # That in which it came counts what came; the last is the newest.
    came = NINE + 2 * HOUR
    assert begun == [iso(NINE), iso(came), iso(NINE + 3 * HOUR)]
    versions = stack.versions()
    assert {hour: len(found) for hour, found in versions.items()} == {
        NINE: 2,
        NINE + HOUR: 1,
        came: 2,
        NINE + 3 * HOUR: 1,
    }
    assert versions[NINE][1].because == "1 file of labels came"
    after = stack.reports()
    assert set(after) == REPORTS | OF_VARIANTS
    assert after["statistics.json"] != before["statistics.json"]


def test_quality_is_told_once_when_the_window_is_final(stack: Deployed, invoke: Invoke) -> None:
    patient = {**SETTINGS, "mature_coverage": 1, "label_horizon_hours": 24 * 365 * 100}
    stack.put("monitors/churn/monitor.json", patient)
    arrive = stack.hold_back("0-late")
    invoke(tick(), now=SOON, MonitorRuntime="Lambda")
    blue, green, together = stack.versions()[NINE][0].qualities
    assert [found.maturity.state for found in (blue, green, together)] == [
        State.FINAL,
        State.PROVISIONAL,
        State.PROVISIONAL,
    ]
    of_green = {"Endpoint": "churn", "Variant": "green"}
    assert stack.told() == []
    assert stack.datapoints("accuracy", **of_green) == 0
    assert stack.datapoints("coverage", **of_green) == 1
    arrive()
    invoke(tick(), now=SOON, MonitorRuntime="Lambda")
    (_, last) = stack.versions()[NINE]
    assert last.because == "1 file of labels came; it is final"
    assert last.is_final
    (subject,) = stack.told()
    assert "churn/green" in subject
    assert stack.datapoints("accuracy", **of_green) == 1
    assert outcomes(invoke(tick(), now=SOON, MonitorRuntime="Lambda")) == ["nothing new"]


def test_settings_are_read_anew_for_each_window(stack: Deployed, invoke: Invoke) -> None:
    invoke(tick(), MonitorRuntime="Lambda")
    before = stack.reports()
    stack.put("monitors/churn/monitor.json", {**SETTINGS, "positive_label": f"{MARKER}-0"})
    assert outcomes(invoke(tick(), MonitorRuntime="Lambda")) == ["judged"]
    assert stack.reports()["statistics.json"] != before["statistics.json"]


def test_each_endpoint_with_a_baseline_has_an_invocation_of_its_own(
    stack: Deployed, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put("monitors/fraud/constraints.json", BASELINE)
    stack.put("monitors/unfinished/monitor.json", SETTINGS)
    assert invoke(tick(endpoint=None)) == {"endpoints": ["churn", "fraud"]}
    invoked = stack.services.invoked
    (correlation_id,) = {event.pop("correlation_id") for event in invoked}
    assert correlation_id
    assert invoked == [tick(endpoint="churn"), tick(endpoint="fraud")]
    assert metrics_in(capsys.readouterr().out) == {"ClockTicks": 1, "EndpointsFailed": 0}
    stack.services.clear()
    asked = {"start": iso(NINE), "end": iso(NINE + HOUR)}
    invoke(asked)
    assert [event["endpoint"] for event in stack.services.invoked] == ["churn", "fraud"]
    assert all(asked.items() <= event.items() for event in stack.services.invoked)
    assert "ClockTicks" not in metrics_in(capsys.readouterr().out)


def test_on_demand_each_request_has_jobs_of_its_own(stack: Deployed, invoke: Invoke) -> None:
    asked = {"start": iso(NINE), "end": iso(NINE + 2 * HOUR), "endpoint": "churn"}
    model_monitor = {"MonitorRuntime": "ModelMonitor", "ModelMonitorEndpoint": "churn"}
    for parameters in ({}, model_monitor):
        assert outcomes(invoke(asked, **parameters)) == ["job started", "job started"]
    assert len(stack.services.jobs) == 4


def test_an_endpoint_that_fails_is_counted_and_raised(
    stack: Deployed, invoke: Invoke, capsys: pytest.CaptureFixture[str], log: io.StringIO
) -> None:
    stack.put("monitors/churn/monitor.json", {"treshold": 1})
    with pytest.raises(RuntimeError, match=r"monitors/churn/monitor\.json.*treshold"):
        invoke(tick(), MonitorRuntime="Lambda")
    assert metrics_in(capsys.readouterr().out)["EndpointsFailed"] == 1
    assert "treshold" in log.getvalue()


def test_an_endpoint_that_nobody_knows_is_refused(stack: Deployed, invoke: Invoke) -> None:
    asked = {"start": iso(NINE), "end": iso(NINE + HOUR), "endpoint": "chrun"}
    with pytest.raises(ValueError, match=r"nothing .* endpoint chrun, .* with a baseline: churn"):
        invoke(asked, MonitorRuntime="Lambda")


def test_the_log_of_an_invocation_has_the_id_of_the_tick_that_it_came_of(
    stack: Deployed, invoke: Invoke, log: io.StringIO
) -> None:
    invoke({**tick(), "correlation_id": "tick-7"}, MonitorRuntime="Lambda")
    assert {line["correlation_id"] for line in lines(log)} == {"tick-7"}


def test_a_window_that_fails_where_another_does_not_is_asked_for_again(
    stack: Deployed, invoke: Invoke
) -> None:
    stack.services.full = "-202611201000-"
    asked = {"start": iso(NINE), "end": iso(NINE + 2 * HOUR), "endpoint": "churn"}
    answer = invoke(asked)
    again = {**asked, "start": iso(NINE + HOUR)}
    assert answer["continues"] == [again]
    (invoked,) = stack.services.invoked
    assert again.items() <= invoked.items()
    assert outcomes(answer) == ["job started"]
    with pytest.raises(RuntimeError, match="ResourceLimitExceeded"):
        invoke(again)
    stack.services.full = None
    assert outcomes(invoke(again)) == ["job started"]


def test_nothing_of_a_broken_file_is_logged(
    stack: Deployed, invoke: Invoke, log: io.StringIO
) -> None:
    (broken, *_) = stack.keys("prepared/predictions/")
    stack.s3.put_object(Bucket=stack.bucket, Key=broken, Body=f"PAR1{MARKER}PAR1".encode())
    with pytest.raises(RuntimeError, match="endpoint churn") as raised:
        invoke(tick(), MonitorRuntime="Lambda")
    assert MARKER not in str(raised.value) + log.getvalue()


def test_every_line_of_the_log_is_json_with_the_request_and_without_payload(
    stack: Deployed, invoke: Invoke, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(2):
        log.seek(0)
        log.truncate()
        invoke(tick(number), MonitorRuntime="Lambda")
        assert {line["service"] for line in lines(log)} == {"monitor"}
        assert len({line["function_request_id"] for line in lines(log)}) == 1
        assert all(line["asked"] == tick(number) for line in lines(log))
        assert MARKER not in log.getvalue()
        assert "judging" in {line["message"] for line in lines(log)}, "monitor.container tells"
    assert MARKER not in "".join(capsys.readouterr())


def test_the_signed_address_of_cloudformation_is_not_logged(
    stack: Deployed, invoke: Invoke, log: io.StringIO
) -> None:
    """Nor answered over a plain connection; what fails here is of a stack without its settings."""
    event = {
        "RequestType": "Create",
        "ResponseURL": f"{stack.services.address}/answer?signature={MARKER}",
        "StackId": "s",
        "RequestId": "r",
        "LogicalResourceId": "MonitorImage",
    }
    with pytest.raises(ValueError, match="not https"):
        invoke(event, JobVolumeGB="none")
    assert MARKER not in log.getvalue()


def test_a_schedule_catches_up_what_came_late(stack: Deployed, tmp_path: Path) -> None:
    arrive = stack.hold_back("0-late")
    environment = stack.schedule() | {"prepared_s3_uri_path": f"s3://{stack.bucket}/prepared"}
    assert contained(environment, tmp_path / "first").returncode == 0
    arrive()
    next_hour = {"start_time": iso(NINE + HOUR), "end_time": iso(NINE + 2 * HOUR)}
    done = contained(environment | next_hour, tmp_path / "second")
    assert done.returncode == 0, done.stderr
    versions = stack.versions()
    assert [len(versions[hour]) for hour in (NINE, NINE + HOUR)] == [2, 1]
    assert "1 file of labels came" in versions[NINE][1].because
    assert (
        b'"start_time": "2026-11-20T10:00:00Z"' in written(tmp_path / "second")["statistics.json"]
    )
