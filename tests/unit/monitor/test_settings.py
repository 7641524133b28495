"""The environment of the processing container."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.job_message import message_file
from monitor.places import Places, WindowRun
from monitor.settings import MissingSetting, container_settings

from .rows import ONE_HOUR

CONTRACT = {
    "dataset_source": "/opt/ml/processing/input/endpoint",
    "output_path": "/opt/ml/processing/output",
    "start_time": "2026-11-20T09:00:00Z",
    "end_time": "2026-11-20T10:00:00Z",
}


def test_the_required_variables_are_enough() -> None:
    settings = container_settings(CONTRACT)
    assert settings.endpoint is None
    assert settings.publish_cloudwatch is False
    assert settings.message_file == "/opt/ml/output/message"
    assert settings.metrics_folder == "/opt/ml/output/metrics/cloudwatch"


@pytest.mark.parametrize("name", CONTRACT)
@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_variable_is_named(name: str, value: str | None) -> None:
    environment = {key: text for key, text in CONTRACT.items() if key != name}
    if value is not None:
        environment[name] = value
    with pytest.raises(MissingSetting, match=name):
        container_settings(environment)


def test_prepared_records_need_no_raw_capture() -> None:
    without = {name: text for name, text in CONTRACT.items() if name != "dataset_source"}
    settings = container_settings({**without, "prepared_s3_uri_path": "s3://data/prepared"})
    assert settings.dataset_source is None
    assert settings.prepared == "s3://data/prepared"
    with pytest.raises(MissingSetting, match="environment variable output_path, start_time, end"):
        container_settings({"prepared_s3_uri_path": "s3://data/prepared"})


def test_what_the_function_says_of_a_window_is_understood() -> None:
    places = Places("s3://data", "prepared/", "reports/", "monitors/", "ledger/", "derived/")
    environment = WindowRun("churn", ONE_HOUR).environment(places, "monitor", "arn:topic")
    settings = container_settings(environment)
    assert (settings.endpoint, settings.window) == ("churn", ONE_HOUR)
    assert settings.prepared == "s3://data/prepared"
    assert settings.monitor_folder == "s3://data/monitors/churn"
    assert settings.output_path == settings.report == "s3://data/reports/churn/2026/11/20/09"
    assert settings.verdicts == "s3://data/reports/churn/verdicts.json"
    assert (settings.metrics_namespace, settings.topic_arn) == ("monitor", "arn:topic")
    assert settings.publish_cloudwatch is False


RANGE = WindowRun("churn", ONE_HOUR, timedelta(minutes=5)).environment(
    Places("s3://data", "prepared/", "reports/", "monitors/", "ledger/", "derived/"),
    "monitor",
    "arn:topic",
)


def test_a_range_is_judged_window_by_window_against_a_ledger() -> None:
    settings = container_settings(RANGE)
    assert settings.period == timedelta(minutes=5)
    assert (settings.ledger, settings.reports) == ("s3://data/ledger", "s3://data/reports")
    assert container_settings(CONTRACT).period is None


@pytest.mark.parametrize("name", ["ledger_s3_uri", "reports_s3_uri", "monitor_s3_uri_path"])
def test_a_range_without_what_it_is_judged_against_is_refused(name: str) -> None:
    with pytest.raises(MissingSetting, match=f"environment variable {name} is missing: windows of"):
        container_settings({**RANGE, name: ""})


@pytest.mark.parametrize("text", ["an hour", "0", "-60", "1.5"])
def test_a_length_of_windows_that_is_none_is_told_with_its_variable(text: str) -> None:
    with pytest.raises(MissingSetting, match=f"window_seconds: '{text}' is no whole number"):
        container_settings({**RANGE, "window_seconds": text})


def test_all_missing_variables_are_named_together() -> None:
    with pytest.raises(MissingSetting, match="dataset_source, output_path, start_time, end_time"):
        container_settings({})


@pytest.mark.parametrize("name", ["start_time", "end_time"])
def test_a_time_that_is_none_is_told_with_its_variable(name: str) -> None:
    with pytest.raises(MissingSetting, match=f"{name}: 'noon' is no ISO 8601 time"):
        container_settings({**CONTRACT, name: "noon"})


@pytest.mark.parametrize(
    ("value", "enabled"), [("Enabled", True), ("Disabled", False), ("", False)]
)
def test_metrics_are_published_when_sagemaker_says_so(value: str, enabled: bool) -> None:
    settings = container_settings({**CONTRACT, "publish_cloudwatch_metrics": value})
    assert settings.publish_cloudwatch is enabled


def test_empty_optional_variables_are_not_given() -> None:
    settings = container_settings(
        {**CONTRACT, "baseline_constraints": "", "prepared_s3_uri_path": ""}
    )
    assert settings.baseline_constraints is None
    assert settings.prepared is None


def test_a_failure_has_a_message_file_only_in_a_job() -> None:
    assert message_file({}) is None
    assert message_file({"start_time": "noon"}) == "/opt/ml/output/message"
    assert message_file({"monitor_root": "/elsewhere"}) == "/elsewhere/output/message"
