"""The environment of the processing container."""

from __future__ import annotations

import pytest

from monitor.settings import MissingSetting, container_settings, message_file

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
