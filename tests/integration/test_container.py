"""The processing container's contract: environment and mounts in, files where SageMaker looks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import sklearn.metrics as sk
from typer.testing import CliRunner, Result

from inference_records.configuration import Configuration
from monitor.cli import app
from monitor.locations import Location
from monitor.raw_files import prepare
from monitor.windows import Window

from .captured import (
    BY_THRESHOLD,
    HOUR,
    NINE,
    Traffic,
    by_threshold,
    capture_line,
    capture_path,
    traffic,
    write,
)

REPORTS = ("statistics.json", "constraints.json", "constraint_violations.json")


class Container:
    """A root as a processing job has it, and the environment that goes with it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.input = root / "processing/input/endpoint"
        self.output = root / "processing/output"
        self.input.mkdir(parents=True)
        self.environment = {
            "monitor_root": str(root),
            "dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointOutput"]}}',
            "dataset_source": str(self.input),
            "output_path": str(self.output),
            "start_time": "2026-11-20T09:00:00Z",
            "end_time": "2026-11-20T10:00:00Z",
            "publish_cloudwatch_metrics": "Enabled",
            "sagemaker_endpoint_name": "demo",
            "sagemaker_monitoring_schedule_name": "hourly",
        }

    def constraints(self, document: object) -> None:
        folder = self.root / "processing/baseline/constraints"
        folder.mkdir(parents=True)
        (folder / "constraints.json").write_text(json.dumps(document))
        self.environment["baseline_constraints"] = str(folder / "constraints.json")

    def run(self, *arguments: str, **environment: str | None) -> Result:
        return CliRunner().invoke(app, list(arguments), env={**self.environment, **environment})

    def report(self, name: str, folder: str = "") -> Any:
        return json.loads((self.output / folder / name).read_bytes())

    @property
    def message(self) -> str:
        return (self.root / "output/message").read_text()

    def metrics(self) -> list[dict[str, Any]]:
        path = self.root / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def written(self) -> set[str]:
        return {
            str(path.relative_to(self.root))
            for path in self.root.rglob("*")
            if path.is_file() and "input" not in path.parts and "baseline" not in path.parts
        }


def below(capture: Traffic, container: Container) -> None:
    """Mount the captured files below the container's input."""
    container.input.rmdir()
    container.input.symlink_to(capture.capture)
    container.environment["ground_truth_s3_uri_path"] = str(capture.ground_truth)


@pytest.fixture
def container(tmp_path: Path) -> Container:
    return Container(tmp_path / "opt-ml")


@pytest.fixture(scope="module")
def hours(tmp_path_factory: pytest.TempPathFactory) -> Traffic:
    return traffic(tmp_path_factory.mktemp("traffic"), hours=2)


@pytest.fixture
def mounted(container: Container, hours: Traffic) -> Container:
    below(hours, container)
    return container


def without_time(document: Any) -> Any:
    if isinstance(document, dict):
        return {k: without_time(v) for k, v in document.items() if k != "evaluation_time"}
    return document


def test_a_window_is_judged_and_everything_that_sagemaker_expects_is_written(
    mounted: Container, hours: Traffic
) -> None:
    mounted.constraints(
        {
            "version": 0.0,
            "binary_classification_constraints": {
                "accuracy": {"threshold": 0.99, "comparison_operator": "LessThanThreshold"},
                "auc": {"threshold": 0.1, "comparison_operator": "LessThanThreshold"},
            },
        }
    )
    result = mounted.run()
    assert result.exit_code == 0, result.output
    assert mounted.written() == {
        *(f"processing/output/{name}" for name in (*REPORTS, "report.html")),
        "output/message",
        "output/metrics/cloudwatch/cloudwatch_metrics.jsonl",
    }
    metrics = mounted.report("statistics.json")["binary_classification_metrics"]
    y, z, p = hours.label[0], hours.prediction[0], hours.score[0]
    assert metrics["accuracy"]["value"] == pytest.approx(sk.accuracy_score(y, z))
    assert metrics["recall"]["value"] == pytest.approx(sk.recall_score(y, z))
    assert metrics["auc"]["value"] == pytest.approx(sk.roc_auc_score(y, p))
    assert mounted.report("statistics.json")["dataset"]["item_count"] == len(y)
    (violation,) = mounted.report("constraint_violations.json")["violations"]
    assert violation["metric_name"] == "accuracy"
    assert mounted.message.startswith("CompletedWithViolations: ")
    assert len(mounted.message.splitlines()) == 1
    points = {point["MetricName"]: point for point in mounted.metrics()}
    assert points["accuracy"]["Value"] == metrics["accuracy"]["value"]
    assert points["auc"]["Value"] == metrics["auc"]["value"]
    for point in points.values():
        assert point["Timestamp"] == "2026-11-20T09:00:00Z"
        assert point["Dimensions"] == [
            {"Name": "Endpoint", "Value": "demo"},
            {"Name": "MonitoringSchedule", "Value": "hourly"},
        ]


def test_only_the_window_counts_though_more_is_mounted(mounted: Container, hours: Traffic) -> None:
    for number in range(2):
        start = NINE + number * HOUR
        result = mounted.run(start_time=start.isoformat(), end_time=(start + HOUR).isoformat())
        assert result.exit_code == 0, result.output
        statistics = mounted.report("statistics.json")
        accuracy = statistics["binary_classification_metrics"]["accuracy"]["value"]
        assert accuracy == pytest.approx(hours.accuracy(number))


def test_times_with_blanks_are_understood(mounted: Container) -> None:
    result = mounted.run(start_time="2026-11-20T09: 00: 00Z", end_time="2026-11-20T10: 00: 00Z")
    assert result.exit_code == 0, result.output


def test_without_publishing_there_are_no_metric_files(mounted: Container) -> None:
    assert mounted.run(publish_cloudwatch_metrics="Disabled").exit_code == 0
    assert mounted.written() == {
        *(f"processing/output/{name}" for name in (*REPORTS, "report.html")),
        "output/message",
    }


def test_prepared_records_are_preferred_to_the_raw_capture(
    container: Container, hours: Traffic, tmp_path: Path
) -> None:
    below(hours, container)
    assert container.run().exit_code == 0
    expected = container.report("statistics.json")
    with ExitStack() as resources:
        prepared, _ = prepare(
            Location.of(str(hours.capture)),
            Location.of(str(hours.ground_truth)),
            Configuration(),
            resources,
        )
        empty = tmp_path / "nothing"
        result = container.run(
            dataset_source=str(empty),
            ground_truth_s3_uri_path=None,
            prepared_s3_uri_path=prepared.location.address,
        )
    assert result.exit_code == 0, result.output
    assert without_time(container.report("statistics.json")) == without_time(expected)


def test_the_raw_capture_serves_where_nothing_was_prepared(
    mounted: Container, hours: Traffic, tmp_path: Path
) -> None:
    result = mounted.run(prepared_s3_uri_path=str(tmp_path / "prepared"))
    assert result.exit_code == 0, result.output
    metrics = mounted.report("statistics.json")["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(hours.accuracy(0))


@pytest.mark.parametrize("rules", [{}, {"accuracy": {"threshold": 0.9}}])
def test_without_any_data_every_file_is_written(container: Container, rules: object) -> None:
    container.constraints(rules)
    result = container.run()
    assert result.exit_code == 0, result.output
    assert container.written() == {
        *(f"processing/output/{name}" for name in (*REPORTS, "report.html")),
        "output/message",
        "output/metrics/cloudwatch/cloudwatch_metrics.jsonl",
    }
    assert container.message == (
        "Completed: The model was not judged: no request was captured in the window."
    )
    assert container.report("constraint_violations.json")["violations"] == []
    assert container.report("statistics.json")["dataset"]["item_count"] == 0
    assert {point["MetricName"]: point["Value"] for point in container.metrics()}["records"] == 0


def test_without_labels_the_window_is_not_judged_and_no_metric_is_published(
    mounted: Container, tmp_path: Path
) -> None:
    mounted.constraints({"accuracy": {"threshold": 0.9}})
    result = mounted.run(ground_truth_s3_uri_path=None)
    assert result.exit_code == 0, result.output
    assert mounted.message == (
        "Completed: The model was not judged: no captured record has a label yet."
    )
    points = {point["MetricName"]: point["Value"] for point in mounted.metrics()}
    assert "accuracy" not in points
    assert points["coverage"] == 0
    assert points["records"] == points["unlabelled"] > 0


@pytest.mark.parametrize("missing", ["dataset_source", "output_path", "start_time", "end_time"])
def test_a_missing_variable_fails_with_its_name_and_without_a_traceback(
    container: Container, missing: str
) -> None:
    result = container.run(**{missing: None})
    assert result.exit_code == 2
    assert f"environment variable {missing} is missing" in " ".join(result.stderr.split())
    assert "Traceback" not in result.output
    assert container.written() == {"output/message"}


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("start_time", "noon", "no ISO 8601 time"),
        ("end_time", "2026-11-20T09:00:00Z", "ends before it begins"),
        ("end_time", "2026-11-20T08:00:00Z", "ends before it begins"),
        ("baseline_constraints", "/nowhere/constraints.json", "/nowhere/constraints.json"),
    ],
)
def test_a_wrong_variable_fails_and_says_why(
    container: Container, name: str, value: str, told: str
) -> None:
    result = container.run(**{name: value})
    assert result.exit_code == 2
    assert told in " ".join(result.stderr.split())
    assert container.written() == {"output/message"}


def test_a_second_host_writes_nothing(mounted: Container) -> None:
    config = mounted.root / "config"
    config.mkdir()
    for current, files in (("algo-2", 0), ("algo-1", 6)):
        hosts = {"current_host": current, "hosts": ["algo-1", "algo-2"]}
        (config / "resourceconfig.json").write_text(json.dumps(hosts))
        assert mounted.run().exit_code == 0
        written = {name for name in mounted.written() if not name.startswith("config/")}
        assert len(written) == files


@pytest.fixture
def two_variants(tmp_path: Path, container: Container) -> Container:
    for variant, wrong in (("blue", 1), ("green", 3)):
        lines = [
            capture_line(f"{variant}-{number}", [{"label": int(number >= wrong)}], NINE)
            for number in range(10)
        ]
        write(capture_path(container.input, NINE, variant=variant), lines, NINE + HOUR)
    labels = [
        json.dumps({"inferenceId": f"{variant}-{number}", "recordIndex": 0, "label": 1})
        for variant in ("blue", "green")
        for number in range(10)
    ]
    labels_file = write(tmp_path / "labels/2026/11/20/10/all.jsonl", labels, NINE + HOUR)
    container.environment["ground_truth_s3_uri_path"] = str(labels_file.parents[4])
    container.constraints({"accuracy": {"threshold": 0.85}})
    return container


def test_variants_are_judged_each_by_itself_and_reported_together(two_variants: Container) -> None:
    settings = by_threshold(two_variants.root / "monitor")
    result = two_variants.run(monitor_s3_uri_path=str(settings))
    assert result.exit_code == 0, result.output

    def accuracy(folder: str) -> object:
        statistics = two_variants.report("statistics.json", folder)
        return statistics["binary_classification_metrics"]["accuracy"]["value"]

    assert accuracy("variants/blue") == pytest.approx(0.9)
    assert accuracy("variants/green") == pytest.approx(0.7)
    assert accuracy("") == pytest.approx(0.8)
    (violation,) = two_variants.report("constraint_violations.json")["violations"]
    assert "Variant green" in violation["description"]
    assert two_variants.report("constraint_violations.json", "variants/blue")["violations"] == []
    assert two_variants.message.startswith("CompletedWithViolations: ")
    assert "green accuracy 0.7" in two_variants.message
    found = {
        {d["Name"]: d["Value"] for d in point["Dimensions"]}.get("Variant"): point["Value"]
        for point in two_variants.metrics()
        if point["MetricName"] == "accuracy"
    }
    assert found == pytest.approx({None: 0.8, "blue": 0.9, "green": 0.7})


def test_a_label_file_that_cannot_be_read_does_not_lose_the_window(
    container: Container, hours: Traffic, tmp_path: Path
) -> None:
    below(hours, container)
    labels = tmp_path / "labels"
    labels.mkdir()
    for path in hours.ground_truth.rglob("*.jsonl"):
        os.link(path, labels / path.name)
    (labels / "broken.jsonl.gz").write_bytes(b"\x1f\x8b garbage")
    result = container.run(ground_truth_s3_uri_path=str(labels))
    assert result.exit_code == 0, result.output
    metrics = container.report("statistics.json")["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(hours.accuracy(0))


def started(environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """The package as the image starts it."""
    command = [sys.executable, "-m", "monitor"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_the_package_runs_without_arguments_in_any_time_zone(
    mounted: Container, hours: Traffic
) -> None:
    environment = {**os.environ, **mounted.environment, "TZ": "Asia/Kolkata"}
    done = started(environment)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    metrics = mounted.report("statistics.json")["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(hours.accuracy(0))
    assert mounted.metrics()[0]["Timestamp"] == "2026-11-20T09:00:00Z"


@pytest.mark.parametrize(
    ("name", "body", "told"),
    [
        ("baseline_constraints", None, "there is no file"),
        ("baseline_constraints", "{", "not JSON"),
        ("monitor_s3_uri_path", '{"treshold": 1}', "treshold"),
        ("start_time", None, "no ISO 8601 time"),
    ],
)
def test_a_failure_is_told_in_one_line_of_the_message_file(
    container: Container, tmp_path: Path, name: str, body: str | None, told: str
) -> None:
    path = tmp_path / ("long-name" * 20) / "monitor.json"
    if body is not None:
        path.parent.mkdir()
        path.write_text(body)
    is_folder = name == "monitor_s3_uri_path"
    result = container.run(**{name: str(path.parent if is_folder else path)})
    assert result.exit_code == 2
    assert container.message.startswith("Failed: ")
    assert told in container.message
    assert len(container.message.splitlines()) == 1
    assert len(container.message.encode()) <= 1_000


def test_fractions_of_a_second_that_are_zero_are_understood(mounted: Container) -> None:
    result = mounted.run(start_time="2026-11-20T09:00:00.000Z", end_time="2026-11-20T10:00:00.000Z")
    assert result.exit_code == 0, result.output


def test_classes_that_share_nothing_are_not_judged_and_every_file_is_written(
    container: Container, tmp_path: Path
) -> None:
    lines = [capture_line(f"e{n}", [{"label": n % 3}], NINE) for n in range(30)]
    write(capture_path(container.input, NINE), lines, NINE + HOUR)
    labels = [
        json.dumps({"inferenceId": f"e{n}", "recordIndex": 0, "label": "cat"}) for n in range(30)
    ]
    file = write(tmp_path / "labels.jsonl", labels, NINE + HOUR)
    container.constraints({"accuracy": {"threshold": 0.9}})
    result = container.run(ground_truth_s3_uri_path=str(file))
    assert result.exit_code == 0, result.output
    assert len(container.written()) == 6
    assert "they share no class: statistics.json tells" in container.message
    assert "cat" not in container.message + result.output
    metrics = container.report("statistics.json")["multiclass_classification_metrics"]
    assert metrics["accuracy"]["value"] is None
    assert "'0', '1', '2'" in metrics["accuracy"]["reason"]
    assert '"classes": ["cat"]' in metrics["accuracy"]["reason"]
    assert container.report("constraint_violations.json")["violations"] == []


def test_an_hour_without_prepared_records_is_an_answer_where_its_neighbours_have_some(
    mounted: Container, hours: Traffic
) -> None:
    with ExitStack() as resources:
        capture = Location.of(str(hours.capture))
        prepared, _ = prepare(capture, None, Configuration(), resources)
        for path in Path(prepared.location.path).rglob("hour=09"):
            shutil.rmtree(path)
        result = mounted.run(prepared_s3_uri_path=prepared.location.address)
    assert result.exit_code == 0, result.output
    assert "no request was captured in the window" in mounted.message


def test_raw_files_of_another_time_are_not_read(tmp_path: Path) -> None:
    window = Window(NINE, NINE + HOUR)
    for hour in (-2, -1, 0, 1, 2):
        time = NINE + hour * HOUR
        write(capture_path(tmp_path / "c", time), [capture_line("e", [{"label": 1}], time)], time)
    for hour in (-26, -25, -24, 48):
        time = NINE + hour * HOUR
        row = json.dumps({"inferenceId": "e", "recordIndex": 0, "label": 1})
        write(tmp_path / f"l/{time:%Y/%m/%d/%H}/labels.jsonl", [row], time)
    capture, labels = (Location.of(str(tmp_path / name)) for name in "cl")
    with ExitStack() as resources:
        _, intake = prepare(capture, labels, Configuration(), resources, window=window)
        assert intake.files == 3 + 2
        _, intake = prepare(capture, labels, Configuration(), resources)
        assert intake.files == 5 + 4


@pytest.fixture
def own_metric(tmp_path: Path) -> Path:
    """The folder of an endpoint with a metric of the user's own, and a constraint on it."""
    folder = tmp_path / "monitors/demo"
    folder.mkdir(parents=True)
    source = folder / "own.py"
    source.write_text(
        "from monitor.metrics import ConfusionMatrix, ProblemType, metric\n"
        "@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)\n"
        "def always_half(confusion_matrix: ConfusionMatrix) -> float:\n"
        "    'Always the same.'\n"
        "    return 0.5\n"
    )
    (folder / "monitor.json").write_text(
        json.dumps({"custom_metrics": [str(source)], **BY_THRESHOLD})
    )
    rules = {"always_half": {"threshold": 0.9}}
    (folder / "constraints.json").write_text(json.dumps(rules))
    return folder


def test_a_constraint_on_a_metric_of_the_users_own_needs_no_operator(
    mounted: Container, own_metric: Path
) -> None:
    result = mounted.run(monitor_s3_uri_path=str(own_metric))
    assert result.exit_code == 0, result.output
    assert "always_half 0.5" in mounted.message


def test_the_metrics_of_one_endpoint_are_not_those_of_the_next(
    mounted: Container, own_metric: Path
) -> None:
    for _ in range(2):
        assert mounted.run(monitor_s3_uri_path=str(own_metric)).exit_code == 0
        assert "always_half" in {point["MetricName"] for point in mounted.metrics()}
    assert mounted.run().exit_code == 0
    assert "always_half" not in {point["MetricName"] for point in mounted.metrics()}


def test_what_is_named_wins_over_what_lies_in_the_endpoints_folder(
    mounted: Container, own_metric: Path
) -> None:
    mounted.constraints({"accuracy": {"threshold": 0.0}})
    assert mounted.run(monitor_s3_uri_path=str(own_metric)).exit_code == 0
    assert mounted.message == "Completed: Job completed successfully with no violations."
    assert set(mounted.report("constraints.json")["binary_classification_constraints"]) == {
        "accuracy"
    }


def test_an_endpoints_folder_need_not_be_there(mounted: Container, tmp_path: Path) -> None:
    result = mounted.run(monitor_s3_uri_path=str(tmp_path / "monitors/demo"))
    assert result.exit_code == 0, result.output


def test_prepared_records_need_no_raw_capture(
    container: Container, hours: Traffic, tmp_path: Path
) -> None:
    with ExitStack() as resources:
        truth = Location.of(str(hours.ground_truth))
        capture = Location.of(str(hours.capture))
        prepared, _ = prepare(capture, truth, Configuration(), resources)
        result = container.run(dataset_source=None, prepared_s3_uri_path=prepared.location.address)
        assert result.exit_code == 0, result.output
        metrics = container.report("statistics.json")["binary_classification_metrics"]
        assert metrics["accuracy"]["value"] == pytest.approx(hours.accuracy(0))
    nothing = tmp_path / "nothing"
    result = container.run(dataset_source=None, prepared_s3_uri_path=str(nothing))
    assert result.exit_code == 0, result.output
    assert "no request was captured in the window" in container.message


def test_only_the_temporary_folder_and_the_output_need_be_writable(
    mounted: Container, hours: Traffic, tmp_path: Path
) -> None:
    """As in a function. /proc takes no new file, whoever asks."""
    folder = tmp_path / "only"
    folder.mkdir()
    nowhere = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), "/proc")
    done = started({**os.environ, **mounted.environment, **nowhere, "TMPDIR": str(folder)})
    assert done.returncode == 0, done.stderr
    metrics = mounted.report("statistics.json")["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(hours.accuracy(0))
    assert list(folder.iterdir()) == []


DENIED = (
    b'<?xml version="1.0"?><Error><Code>AccessDenied</Code>'
    b"<Message>User: monitor is not authorized to perform: s3:ListBucket</Message></Error>"
)


@pytest.fixture
def forbidding() -> Iterator[dict[str, str]]:
    """The environment that leads to an S3 which denies everything."""

    class Deny(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(403)
            self.send_header("Content-Length", str(len(DENIED)))
            self.end_headers()
            self.wfile.write(DENIED)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Deny) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-central-1",
        }
        server.shutdown()


def test_a_denied_access_says_which_action_on_what_and_where_to_allow_it(
    mounted: Container, forbidding: dict[str, str]
) -> None:
    result = mounted.run(**forbidding, monitor_s3_uri_path="s3://data/monitors/demo")
    assert result.exit_code == 2
    assert mounted.message.startswith("Failed: s3:ListBucket on s3://data/monitors/demo/ is denied")
    assert "allow it to the role" in mounted.message
    assert mounted.written() == {"output/message"}
