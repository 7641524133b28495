"""A set-up of the AWS sample, unmodified: its number comes out, and its defects are gone.

The sample pooled a request's records in a list of `payload_index`, `label` and `score`, uploaded
its ground truth as one JSON array an hour under unpadded folders, and took its constraints from
`{"accuracy": {"threshold": x}}`.
"""

from __future__ import annotations

import json
import math
import os
import random
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sklearn.metrics as sk
from typer.testing import CliRunner, Result

from monitor.cli import app

from .captured import HOUR, NINE, by_threshold, capture_path, write

CLASSES = 7


class Seed:
    """The sample's files below a root, and its environment."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.input = root / "processing/input/endpoint"
        self.output = root / "processing/output"
        self.ground_truth = root / "ground_truth"
        self.actual: list[int] = []
        self.predicted: list[int] = []
        self.environment: dict[str, str | None] = {
            "TZ": "America/New_York",  # its times were local ones with a Z
            "monitor_root": str(root),
            "dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": '
            '["endpointInput", "endpointOutput"]}}',
            "dataset_source": str(self.input),
            "output_path": str(self.output),
            "start_time": "2026-11-20T09:00:00Z",
            "end_time": "2026-11-20T10:00:00Z",
            "publish_cloudwatch_metrics": "Enabled",
            "sagemaker_endpoint_name": "forest-cover",
            "sagemaker_monitoring_schedule_name": "hourly",
            "ground_truth_s3_uri_path": str(self.ground_truth),
            # What the sample did: a value below its threshold violates, however few records.
            "monitor_s3_uri_path": str(by_threshold(root / "monitor")),
        }
        self.baseline(0.8)

    def baseline(self, threshold: float) -> None:
        folder = self.root / "processing/baseline"
        folder.mkdir(parents=True, exist_ok=True)
        for name, document in (
            ("constraints", {"accuracy": {"threshold": threshold}}),
            ("statistics", {"metrics": {"accuracy": 0.93}}),
        ):
            path = folder / f"{name}.json"
            path.write_text(json.dumps(document))
            self.environment[f"baseline_{name}"] = str(path)

    def capture(self, lines: list[str], time: datetime = NINE, variant: str = "AllTraffic") -> Path:
        return write(capture_path(self.input, time, "forest-cover", variant), lines, time + HOUR)

    def label(self, rows: list[dict[str, object]], uploaded: datetime) -> None:
        hour = f"{uploaded.year}/{uploaded.month}/{uploaded.day}/{uploaded.hour}"
        path = self.ground_truth / hour / "ground_truth.json"
        write(path, [json.dumps(rows)], uploaded)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=self.environment)

    def report(self, name: str) -> Any:
        return json.loads((self.output / name).read_bytes())

    def accuracy(self) -> object:
        metrics = self.report("statistics.json")["multiclass_classification_metrics"]
        return metrics["accuracy"]["value"]

    def points(self) -> list[dict[str, Any]]:
        path = self.root / "output/metrics/cloudwatch/cloudwatch_metrics.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def message(self) -> str:
        return (self.root / "output/message").read_text()


def captured(request: str | None, labels: list[int], time: datetime, event: str = "") -> str:
    """One request with several records, as the sample's endpoint answered it."""
    response = [
        {"payload_index": index, "label": label, "score": 0.9} for index, label in enumerate(labels)
    ]
    metadata = {
        "eventId": event or f"event-{request}",
        "inferenceTime": f"{time:%Y-%m-%dT%H:%M:%SZ}",
    }
    if request is not None:
        metadata["inferenceId"] = request
    sides = {
        "endpointInput": {
            "observedContentType": "text/csv",
            "mode": "INPUT",
            "data": "\n".join("2596,51,3" for _ in labels),
            "encoding": "CSV",
        },
        "endpointOutput": {
            "observedContentType": "application/json",
            "mode": "OUTPUT",
            "data": json.dumps(response),
            "encoding": "JSON",
        },
    }
    return json.dumps({"captureData": sides, "eventMetadata": metadata, "eventVersion": "0"})


def truth(request: str, labels: list[int]) -> list[dict[str, object]]:
    return [
        {"InferenceId": request, "payload_index": index, "groundTruthLabel": label}
        for index, label in enumerate(labels)
    ]


def forest(root: Path) -> Seed:
    """Thirty requests of some records of forest cover, and the labels of an hour later."""
    found, chance = Seed(root), random.Random(3)
    lines, rows = [], []
    for number in range(30):
        actual = [chance.randrange(CLASSES) for _ in range(chance.randint(2, 9))]
        said = [y if chance.random() < 0.7 else chance.randrange(CLASSES) for y in actual]
        lines.append(captured(str(number), said, NINE + timedelta(minutes=number)))
        rows += truth(str(number), actual)
        found.actual += actual
        found.predicted += said
    found.capture(lines)
    found.label(rows, NINE + timedelta(minutes=59))
    return found


@pytest.fixture
def seed(tmp_path: Path) -> Seed:
    return forest(tmp_path)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Seed:
    """The same, after a run, with the argument of the sample's own violation tests."""
    found = forest(tmp_path_factory.mktemp("seed"))
    result = found.run("--create-violation-tests")
    assert result.exit_code == 0, result.output
    return found


def test_the_accuracy_is_the_samples_whatever_its_argument_says(judged: Seed) -> None:
    expected = sk.accuracy_score(judged.actual, judged.predicted)
    assert judged.accuracy() == pytest.approx(expected)
    (violation,) = judged.report("constraint_violations.json")["violations"]
    assert violation["metric_name"] == "accuracy"
    assert violation["constraint_check_type"] == "LessThanThreshold"


@pytest.mark.parametrize("padded", [False, True])
def test_labels_of_another_hour_are_seen_padded_or_not(seed: Seed, padded: bool) -> None:
    (path,) = seed.ground_truth.rglob("*.json")
    hour = "2026/11/21/03" if padded else "2026/11/21/3"
    target = seed.ground_truth / hour / path.name
    target.parent.mkdir(parents=True)
    path.rename(target)
    assert seed.run().exit_code == 0
    assert seed.accuracy() == pytest.approx(sk.accuracy_score(seed.actual, seed.predicted))


def test_inference_ids_may_be_any_text_or_missing(tmp_path: Path) -> None:
    seed = Seed(tmp_path)
    seed.capture([captured("0f-uuid", [1, 2], NINE), captured(None, [3, 4], NINE, "event-x")])
    seed.label(truth("0f-uuid", [1, 0]) + truth("event-x", [3, 4]), NINE)
    assert seed.run().exit_code == 0
    assert seed.accuracy() == 0.75


def test_rows_outside_the_window_are_not_counted(seed: Seed) -> None:
    seed.capture([captured("1000", [0] * 50, NINE + HOUR)], NINE + HOUR)
    # A file may hold what belongs to the hour after its folder's.
    seed.capture([captured("2000", [0] * 50, NINE - timedelta(seconds=1))], NINE - HOUR)
    seed.label(truth("1000", [1] * 50) + truth("2000", [1] * 50), NINE + 2 * HOUR)
    assert seed.run().exit_code == 0
    assert seed.accuracy() == pytest.approx(sk.accuracy_score(seed.actual, seed.predicted))


def test_variants_are_not_mixed(tmp_path: Path) -> None:
    seed = Seed(tmp_path)
    seed.capture([captured("1", [1, 2, 3, 4], NINE)], variant="blue")
    seed.capture([captured("2", [1, 2, 3, 4], NINE)], variant="green")
    seed.label(truth("1", [1, 2, 3, 4]) + truth("2", [1, 2, 0, 0]), NINE)
    assert seed.run().exit_code == 0
    found = {
        variant: json.loads((seed.output / f"variants/{variant}/statistics.json").read_bytes())
        for variant in ("blue", "green")
    }
    accuracy = {
        variant: document["multiclass_classification_metrics"]["accuracy"]["value"]
        for variant, document in found.items()
    }
    assert accuracy == {"blue": 1.0, "green": 0.5}


def test_other_forms_of_payload_are_read_beside_its_own(seed: Seed) -> None:
    line = json.loads(captured("500", [1], NINE))
    line["captureData"]["endpointOutput"] = {
        "observedContentType": "text/csv; charset=utf-8",
        "mode": "OUTPUT",
        "data": "MQoyCjMK",
        "encoding": "BASE64",
    }
    seed.capture([json.dumps(line)], NINE + timedelta(minutes=31))
    seed.label(truth("500", [1, 2, 0]), NINE + HOUR)
    assert seed.run().exit_code == 0
    expected = sk.accuracy_score([*seed.actual, 1, 2, 0], [*seed.predicted, 1, 2, 3])
    assert seed.accuracy() == pytest.approx(expected)


@pytest.mark.parametrize("without", ["capture", "labels", "matching labels"])
def test_nothing_to_join_has_its_own_status_and_all_files(tmp_path: Path, without: str) -> None:
    seed = Seed(tmp_path)
    if without != "capture":
        seed.capture([captured("1", [1, 2], NINE)])
    if without != "labels":
        seed.label(truth("other", [1, 2]), NINE)
    result = seed.run()
    assert result.exit_code == 0, result.output
    assert seed.message().startswith("Completed: The model was not judged: ")
    assert seed.report("constraint_violations.json")["violations"] == []
    assert seed.report("statistics.json")["dataset"]["item_count"] == 0
    assert (seed.output / "constraints.json").exists()


def test_every_metric_is_published_in_a_healthy_window_too(seed: Seed) -> None:
    seed.baseline(0.01)
    assert seed.run().exit_code == 0
    names = {point["MetricName"] for point in seed.points()}
    assert names >= {"accuracy", "weighted_f1", "macro_recall", "coverage", "violations"}
    assert seed.message() == "Completed: Job completed successfully with no violations."


def test_metric_lines_are_one_object_a_line_with_all_dimensions_and_the_windows_time(
    judged: Seed,
) -> None:
    for point in judged.points():
        assert math.isfinite(point["Value"])
        assert point["Timestamp"] == "2026-11-20T09:00:00Z"
        assert {dimension["Name"] for dimension in point["Dimensions"]} == {
            "Endpoint",
            "MonitoringSchedule",
        }


def test_the_exit_message_is_one_short_line(judged: Seed) -> None:
    (line,) = judged.message().splitlines()
    assert line.startswith("CompletedWithViolations: ")
    assert len(line.encode()) <= 1_000


def test_all_three_files_are_there_for_the_sdk_and_a_page_for_people(judged: Seed) -> None:
    assert {path.name for path in judged.output.iterdir()} == {
        "statistics.json",
        "constraints.json",
        "constraint_violations.json",
        "report.html",
    }
    rules = judged.report("constraints.json")["multiclass_classification_constraints"]
    assert rules["accuracy"]["threshold"] == 0.8


def test_captures_and_labels_that_come_twice_multiply_nothing(seed: Seed) -> None:
    (capture,) = seed.input.rglob("*.jsonl")
    os.link(capture, capture.with_name("59-59-000-again.jsonl"))
    (labels,) = seed.ground_truth.rglob("*.json")
    os.link(labels, labels.with_name("again.json"))
    assert seed.run().exit_code == 0
    assert seed.report("statistics.json")["dataset"]["item_count"] == len(seed.actual)
    assert seed.accuracy() == pytest.approx(sk.accuracy_score(seed.actual, seed.predicted))
