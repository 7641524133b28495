"""Where things lie, and how a run is told so."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest

from monitor.places import Places, WindowRun
from monitor.settings import container_settings
from monitor.windows import Window

from .rows import HOUR, NINE, ONE_HOUR, at

PLACES = Places("s3://data", "prepared/", "reports/", "monitors/", "ledger/", "derived/")
TOPIC = "arn:aws:sns:eu-central-1:111122223333:topic"
SHAPES = boto3.client("sagemaker", "eu-central-1").meta.service_model


def test_everything_has_its_place() -> None:
    assert PLACES.prepared == "s3://data/prepared"
    assert PLACES.monitors == "s3://data/monitors"
    assert PLACES.monitor("churn") == "s3://data/monitors/churn"
    assert PLACES.ledger == "s3://data/ledger"
    assert PLACES.verdicts("churn") == "s3://data/reports/churn/verdicts.json"


@pytest.mark.parametrize(
    ("window", "folder"),
    [
        (ONE_HOUR, "2026/11/20/09"),
        (Window(NINE, NINE + 12 * HOUR), "2026/11/20/09"),
        (Window(at(5), at(10)), "2026/11/20/09/05"),
        (Window(NINE, at(5)), "2026/11/20/09/00"),
        (Window(NINE, NINE + timedelta(seconds=90)), "2026/11/20/09/00/00"),
    ],
)
def test_each_window_has_a_folder_for_its_reports(window: Window, folder: str) -> None:
    assert PLACES.report("churn", window) == f"s3://data/reports/churn/{folder}"


@pytest.mark.parametrize("output", [None, "/opt/ml/processing/output"])
def test_a_run_is_told_what_the_container_understands(output: str | None) -> None:
    told = container_settings(WindowRun("churn", ONE_HOUR).environment(PLACES, "m", TOPIC, output))
    report = "s3://data/reports/churn/2026/11/20/09"
    assert told.window == ONE_HOUR
    assert told.endpoint == "churn"
    assert told.dataset_source is None, "there is no raw capture to fall back to"
    assert told.prepared == PLACES.prepared
    assert told.monitor_folder == PLACES.monitor("churn")
    assert (told.output_path, told.report) == (output or report, report)
    assert told.verdicts == PLACES.verdicts("churn")
    assert (told.metrics_namespace, told.topic_arn) == ("m", TOPIC)
    assert told.publish_cloudwatch is False
    assert (told.ledger, told.reports) == (PLACES.ledger, "s3://data/reports")
    assert told.period is None, "it is one window"


def test_a_run_over_a_range_is_told_how_long_a_window_is_and_reports_the_newest() -> None:
    run = WindowRun("churn", Window(NINE - 24 * HOUR, NINE + HOUR), HOUR)
    assert run.newest == ONE_HOUR
    told = container_settings(run.environment(PLACES, "m", TOPIC))
    assert (told.window, told.period) == (run.window, HOUR)
    assert told.output_path == told.report == PLACES.report("churn", ONE_HOUR)


def test_the_longest_names_fit_into_a_jobs_environment() -> None:
    """A bucket and an endpoint of 63 characters, a stack of 41, the most that names its jobs."""
    places = Places(f"s3://{'b' * 63}", "prepared/", "reports/", "monitors/", "ledger/", "derived/")
    topic = f"arn:aws-us-gov:sns:us-gov-west-1:111122223333:{'s' * 41}-NotificationTopic-{'X' * 12}"
    run = WindowRun("e" * 63, Window(at(5), at(10)), timedelta(minutes=5))
    told = run.environment(places, "s" * 41, topic, "/opt/ml/processing/output")
    longest = SHAPES.shape_for("ProcessingEnvironmentValue").metadata["max"]
    assert max(map(len, told.values())) <= longest == 256
    assert len(told) <= SHAPES.shape_for("ProcessingEnvironmentMap").metadata["max"]
