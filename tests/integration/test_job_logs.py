"""No value of the payload is in a job's log or message, whatever goes wrong with it.

Jobs are processes here: also what Python itself would write to stderr is seen.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from monitor.failures import told
from monitor.metrics import REGISTRY, CustomMetricError, load_custom

from .captured import HOUR, NINE, capture_line, capture_path, write

MARK = "zq4111zq"
METRIC = """
from monitor.metrics import ConfusionMatrix, ProblemType, metric


class Odd(Exception):
    pass


@metric(ProblemType.MULTICLASS_CLASSIFICATION, higher_is_better=True)
def mine(confusion_matrix: ConfusionMatrix) -> float:
    'Fails over a label.'
    raise {kind}(f"{{sorted(confusion_matrix.labels)}} is no number")
"""
LABELS = ("blue", "green", MARK)


class Job:
    """A processing job over one hour of a model of classes, one of which is marked."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root / "ml", root / "monitors"
        self.capture, self.labels = root / "capture", root / "labels"
        self.labels.mkdir()
        self.folder.mkdir()
        self.predict(LABELS)
        lines = [
            json.dumps({"inferenceId": f"e{n}", "recordIndex": 0, "label": LABELS[n % 3]})
            for n in range(30)
        ]
        write(self.labels / "labels.jsonl", lines, NINE + HOUR)

    def predict(self, classes: Sequence[str]) -> None:
        lines = [
            capture_line(f"e{n}", [{"label": classes[n % len(classes)]}], NINE) for n in range(30)
        ]
        write(capture_path(self.capture, NINE), lines, NINE + HOUR)

    def metric(self, source: str) -> None:
        """A metric of the user's own, and a constraint on it."""
        file = self.folder / "own.py"
        file.write_text(source)
        (self.folder / "monitor.json").write_text(json.dumps({"custom_metrics": [str(file)]}))
        rule = {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}
        (self.folder / "constraints.json").write_text(json.dumps({"mine": rule}))

    def run(self) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "monitor_root": str(self.root),
            "monitor_s3_uri_path": str(self.folder),
            "dataset_source": str(self.capture),
            "ground_truth_s3_uri_path": str(self.labels),
            "output_path": str(self.root / "reports"),
            "start_time": "2026-11-20T09:00:00Z",
            "end_time": "2026-11-20T10:00:00Z",
        }
        command = [sys.executable, "-m", "monitor"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert MARK not in done.stdout + done.stderr
        assert MARK not in self.message
        assert "Traceback" not in done.stderr
        return done

    @property
    def message(self) -> str:
        return (self.root / "output/message").read_text()

    def metrics(self) -> Any:
        document = json.loads((self.root / "reports/statistics.json").read_bytes())
        return document["multiclass_classification_metrics"]


@pytest.fixture(autouse=True)
def _metrics_of_one_test() -> Iterator[None]:
    with REGISTRY.restored():
        yield


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_a_metric_that_fails_over_a_record_is_named_and_its_text_is_in_the_report(job: Job) -> None:
    job.metric(METRIC.format(kind="ValueError"))
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert job.message == (
        "Completed: The model was not judged: 1 of 1 constraints could not be evaluated (mine): "
        "statistics.json tells why."
    )
    assert MARK in job.metrics()["mine"]["reason"]


def test_classes_that_cannot_be_compared_are_named_in_the_report_alone(job: Job) -> None:
    job.predict(["0", "1", "2"])
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert "labels and predictions cannot be compared" in job.message
    assert MARK in job.metrics()["accuracy"]["reason"]


def test_a_label_file_that_cannot_be_read_is_named_without_what_is_in_it(job: Job) -> None:
    """The names of its columns may be values: of a table without a header they are."""
    broken = job.labels / "broken.csv"
    broken.write_text(f"{MARK},other\na,b\n")
    done = job.run()
    assert done.returncode == 0, done.stderr
    assert f"{broken}: " in done.stderr
    arguments = ("run", "--capture", job.capture, "--ground-truth", job.labels)
    shown = CliRunner().invoke(app, [*map(str, arguments), "--output", str(job.root / "cli")])
    assert MARK in shown.stderr, "who runs it by hand has the file"


def test_an_error_that_nobody_foresaw_is_one_line_with_its_place(job: Job) -> None:
    job.metric(METRIC.format(kind="Odd"))
    done = job.run()
    assert done.returncode == 1
    assert job.message.startswith("Failed: Odd in monitors/own.py:")
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("INFO ")]
    assert line.startswith("error: Odd in monitors/own.py:")


def test_a_file_of_metrics_that_fails_is_named_with_the_line(job: Job) -> None:
    job.metric(f"\nint('{MARK}')\n")
    done = job.run()
    assert done.returncode == 2
    assert job.message.startswith(f"Failed: {job.folder}/own.py: ValueError in monitors/own.py:2 ")


def test_a_mistake_in_the_code_of_a_metric_is_told_in_full(tmp_path: Path) -> None:
    for number, source in enumerate(("import nowhere_at_all", "def", "UNDOCUMENTED")):
        file = tmp_path / f"own{number}.py"
        undocumented = METRIC.format(kind="ValueError").replace("'Fails over a label.'", "")
        file.write_text(undocumented if source == "UNDOCUMENTED" else source)
        with pytest.raises(CustomMetricError) as raised:
            load_custom(file)
        assert told(raised.value) == f"CustomMetricError: {raised.value}"


def test_a_terminal_keeps_the_traceback(job: Job) -> None:
    job.metric(METRIC.format(kind="Odd"))
    config = ("--config", str(job.folder / "monitor.json"))
    baseline = ("--baseline", str(job.folder / "constraints.json"))
    arguments = ("run", "--capture", job.capture, "--ground-truth", job.labels)
    shown = CliRunner().invoke(
        app, [*map(str, arguments), "--output", str(job.root / "cli"), *config, *baseline]
    )
    assert type(shown.exception).__name__ == "Odd"
    assert MARK in str(shown.exception)
