"""The environment of the monitor function."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.function_settings import REQUIRED, Runtime, function_settings
from monitor.places import Places
from monitor.processing_job import JobSettings
from monitor.settings import MissingSetting
from tests.unit.template.resolving import DEPLOYMENTS, EVERYTHING, KEY, Deployment

ENVIRONMENT = {
    "MONITOR_RUNTIME": "Processing",
    "STACK_NAME": "monitor",
    "DATA_BUCKET": "data",
    "PREPARED_PREFIX": "prepared/",
    "REPORTS_PREFIX": "reports/",
    "MONITORS_PREFIX": "monitors/",
    "LEDGER_PREFIX": "ledger/",
    "WINDOW_MINUTES": "60",
    "EVALUATION_DELAY_MINUTES": "0",
    "NOTIFICATION_TOPIC_ARN": "arn:aws:sns:eu-central-1:111122223333:topic",
    "POWERTOOLS_METRICS_NAMESPACE": "monitor",
    "JOB_ROLE_ARN": "arn:aws:iam::111122223333:role/job",
    "JOB_INSTANCE_TYPE": "ml.m5.large",
    "JOB_VOLUME_GB": "30",
    "JOB_MAX_RUNTIME_SECONDS": "3600",
    "AWS_REGION": "eu-central-1",
}


def test_what_is_required_is_enough() -> None:
    assert set(ENVIRONMENT) == {*REQUIRED, "AWS_REGION"}
    found = function_settings(ENVIRONMENT)
    assert found.runtime is Runtime.PROCESSING
    assert found.places == Places("s3://data", "prepared/", "reports/", "monitors/", "ledger/")
    assert (found.period, found.delay) == (timedelta(hours=1), timedelta(0))
    role = ENVIRONMENT["JOB_ROLE_ARN"]
    assert found.job == JobSettings("monitor", "eu-central-1", role, "ml.m5.large", 30, 3600)


def test_keys_and_networks_may_be_given() -> None:
    given = {"JOB_SUBNETS": "subnet-a, subnet-b", "JOB_SECURITY_GROUPS": "sg-a", "KMS_KEY_ARN": "k"}
    given["SPARK_IMAGE_URI"] = "spark"
    job = function_settings(ENVIRONMENT | given).job
    assert job.subnets == ("subnet-a", "subnet-b")
    assert job.security_groups == ("sg-a",)
    assert job.kms_key_arn == "k"
    assert job.spark_image == "spark"


def test_only_the_runtime_lambda_does_without_jobs() -> None:
    without = ENVIRONMENT | {"JOB_INSTANCE_TYPE": "none"}
    with pytest.raises(MissingSetting, match="JOB_INSTANCE_TYPE: 'none' is for MonitorRuntime"):
        function_settings(without)
    assert function_settings(without | {"MONITOR_RUNTIME": "Lambda"}).job.instance_type == "none"


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_a_missing_variable_is_named(name: str) -> None:
    for environment in (
        {key: text for key, text in ENVIRONMENT.items() if key != name},
        ENVIRONMENT | {name: ""},
    ):
        with pytest.raises(MissingSetting, match=f"variable {name} of the function is missing"):
            function_settings(environment)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("MONITOR_RUNTIME", "Glue", "'Glue' is none of Processing, Lambda, ModelMonitor"),
        ("WINDOW_MINUTES", "0", "'0' is no whole number from 1 up"),
        ("WINDOW_MINUTES", "an hour", "'an hour' is no whole number from 1 up"),
        ("EVALUATION_DELAY_MINUTES", "-1", "'-1' is no whole number from 0 up"),
        ("JOB_VOLUME_GB", "1.5", "'1.5' is no whole number from 1 up"),
        ("JOB_MAX_RUNTIME_SECONDS", "0", "'0' is no whole number from 1 up"),
    ],
)
def test_a_wrong_variable_is_named(name: str, value: str, told: str) -> None:
    with pytest.raises(MissingSetting, match=f"variable {name}: {told}"):
        function_settings(ENVIRONMENT | {name: value})


@pytest.mark.parametrize("given", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
def test_what_the_template_sets_is_understood(given: dict[str, str]) -> None:
    given_by_lambda = {"AWS_REGION": "eu-central-1"}
    found = function_settings(Deployment(given).variables("MonitorFunction") | given_by_lambda)
    assert found.runtime == given.get("MonitorRuntime", "Processing")
    assert found.metrics_namespace == found.job.stack
    assert found.job.kms_key_arn == (KEY if given.get("KmsKeyArn") else None)
    assert bool(found.job.subnets) is bool(EVERYTHING.items() <= given.items())
