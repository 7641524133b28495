"""The image as a processing job runs it: documented environment, mounts below /opt/ml."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.proxy import Proxy
from tests.e2e.world import CREDENTIALS, HOST, HOST_ENTRY, IMAGE, eventually, run

pytestmark = pytest.mark.e2e

RECORDS = 5
REQUESTS = 400
ACCURACY = 0.8  # the last record of each request is wrong
ML = Path("/opt/ml")
ENDLESS = "never-answers"
ENVIRONMENT = {
    "dataset_format": '{"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput"]}}',
    "dataset_source": "/opt/ml/processing/input/endpoint",
    "output_path": "/opt/ml/processing/output",
    "start_time": "2026-11-20T09:00:00Z",
    "end_time": "2026-11-20T10:00:00Z",
    "publish_cloudwatch_metrics": "Enabled",
    "sagemaker_endpoint_name": "churn",
    "sagemaker_monitoring_schedule_name": "churn-hourly",
    "baseline_constraints": "/opt/ml/processing/baseline/constraints/constraints.json",
    "ground_truth_s3_uri_path": "/opt/ml/processing/input/ground-truth",
}


def captured(request: int, hour: int) -> str:
    truth = [(request + record) % 2 for record in range(RECORDS)]
    predicted = [*truth[:-1], 1 - truth[-1]]
    return json.dumps(
        {
            "captureData": {
                "endpointInput": {
                    "observedContentType": "text/csv",
                    "mode": "INPUT",
                    "data": "\n".join(f"{request},{record}" for record in range(RECORDS)),
                    "encoding": "CSV",
                },
                "endpointOutput": {
                    "observedContentType": "application/json",
                    "mode": "OUTPUT",
                    "data": json.dumps(
                        [{"label": label, "score": 0.25 + 0.5 * label} for label in predicted]
                    ),
                    "encoding": "JSON",
                },
            },
            "eventMetadata": {
                "eventId": f"event-{hour}-{request}",
                "inferenceId": f"request-{hour}-{request}",
                "inferenceTime": f"2026-11-20T{hour:02}:{request % 60:02}:00Z",
            },
            "eventVersion": "0",
        }
    )


def labelled(request: int, hour: int) -> str:
    truth = ",".join(str((request + record) % 2) for record in range(RECORDS))
    return json.dumps(
        {
            "groundTruthData": {"data": truth, "encoding": "CSV"},
            "eventMetadata": {"eventId": f"request-{hour}-{request}"},
            "eventVersion": "0",
        }
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def ml(tmp_path: Path) -> Path:
    """What SageMaker mounts at /opt/ml; the hour after the window is there too, as it may be."""
    inputs = tmp_path / "processing/input"
    for hour in (9, 10):
        requests = range(REQUESTS)
        capture = "\n".join(captured(request, hour) for request in requests)
        labels = "\n".join(labelled(request, hour) for request in requests)
        folder = f"2026/11/20/{hour:02}"
        write(inputs / f"endpoint/churn/AllTraffic/{folder}/00-00-000-capture.jsonl", capture)
        write(inputs / f"ground-truth/{folder}/labels.jsonl", labels)
    hosts = {"current_host": "algo-1", "hosts": ["algo-1"]}
    write(tmp_path / "config/resourceconfig.json", json.dumps(hosts))
    for folder in ("processing/output", "output/metrics/cloudwatch"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def demand(ml: Path, accuracy: float) -> None:
    constraints = {
        "version": 0.0,
        "binary_classification_constraints": {
            "accuracy": {"threshold": accuracy, "comparison_operator": "LessThanThreshold"}
        },
    }
    write(ml / "processing/baseline/constraints/constraints.json", json.dumps(constraints))


def process(ml: Path, *options: str, **environment: str) -> str:
    variables = [f"--env={name}={value}" for name, value in (ENVIRONMENT | environment).items()]
    # SageMaker runs it as root; any user will do, and the files of this one can be removed again.
    user = f"{os.getuid()}:{os.getgid()}"
    return run("docker", "run", *options, "--user", user, f"--volume={ml}:{ML}", *variables, IMAGE)


def report(ml: Path, name: str) -> Any:
    return json.loads((ml / "processing/output" / name).read_text())


def test_a_model_worse_than_its_constraint_is_reported(ml: Path) -> None:
    demand(ml, accuracy=0.95)
    process(ml, "--rm")

    statistics = report(ml, "statistics.json")
    assert statistics["dataset"]["item_count"] == REQUESTS * RECORDS
    metrics = statistics["binary_classification_metrics"]
    assert metrics["accuracy"]["value"] == pytest.approx(ACCURACY)
    assert sum(sum(row.values()) for row in metrics["confusion_matrix"].values()) == 2000

    (violation,) = report(ml, "constraint_violations.json")["violations"]
    assert violation["metric_name"] == "accuracy"
    assert violation["constraint_check_type"] == "LessThanThreshold"

    message = (ml / "output/message").read_text()
    assert message.startswith("CompletedWithViolations: ")
    assert len(message.splitlines()) == 1


def test_a_model_as_good_as_its_constraint_is_not(ml: Path) -> None:
    demand(ml, accuracy=0.5)
    process(ml, "--rm")
    assert report(ml, "constraint_violations.json")["violations"] == []
    assert (ml / "output/message").read_text().startswith("Completed: ")


def test_every_metric_goes_to_cloudwatch_at_the_time_of_its_window(ml: Path) -> None:
    demand(ml, accuracy=0.5)
    process(ml, "--rm")
    (file,) = (ml / "output/metrics/cloudwatch").iterdir()
    points = [json.loads(line) for line in file.read_text().splitlines()]
    assert {point["Timestamp"] for point in points} == {"2026-11-20T09:00:00Z"}
    (accuracy,) = [point for point in points if point["MetricName"] == "accuracy"]
    assert accuracy["Value"] == pytest.approx(ACCURACY)
    dimensions = {each["Name"]: each["Value"] for each in accuracy["Dimensions"]}
    assert dimensions["Endpoint"] == "churn"
    assert dimensions["MonitoringSchedule"] == "churn-hourly"


@pytest.fixture
def endless(ml: Path, proxy: Proxy) -> Iterator[str]:
    """A job that waits for an S3 that does not answer."""
    demand(ml, accuracy=0.5)
    proxy.faults.slow[ENDLESS] = 600
    job = process(
        ml,
        *("--detach", "--add-host", HOST_ENTRY),
        **CREDENTIALS,
        AWS_ENDPOINT_URL_S3=f"http://{HOST}:{proxy.port}",
        dataset_source=f"s3://{ENDLESS}/data-capture",
    ).strip()
    try:
        eventually(lambda: proxy.faults.delayed[ENDLESS], "the first request to S3")
        yield job
    finally:
        run("docker", "rm", "--force", job)


def test_a_job_that_is_stopped_ends_at_once_and_says_so(ml: Path, endless: str) -> None:
    started = time.monotonic()
    run("docker", "kill", "--signal", "TERM", endless)
    assert run("docker", "wait", endless).strip() == "143"
    assert time.monotonic() - started < 5
    (message,) = (ml / "output/message").read_text().splitlines()
    assert "stopped" in message
