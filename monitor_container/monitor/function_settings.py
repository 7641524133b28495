"""The monitor function's settings: its environment, as the template sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from monitor.places import Places
from monitor.processing_job import JobSettings
from monitor.settings import MissingSetting
from monitor.sizing import NO_JOBS

REQUIRED = (
    "MONITOR_RUNTIME", "STACK_NAME", "DATA_BUCKET", "PREPARED_PREFIX", "REPORTS_PREFIX",
    "MONITORS_PREFIX", "LEDGER_PREFIX", "WINDOW_MINUTES", "EVALUATION_DELAY_MINUTES",
    "NOTIFICATION_TOPIC_ARN", "POWERTOOLS_METRICS_NAMESPACE", "JOB_ROLE_ARN", "JOB_INSTANCE_TYPE",
    "JOB_VOLUME_GB", "JOB_MAX_RUNTIME_SECONDS",
)  # fmt: skip
# Lambda's own: the template does not set it.
_GIVEN = ("AWS_REGION",)


class Runtime(StrEnum):
    """What judges a window; under `ModelMonitor` the function is only asked by people."""

    PROCESSING = "Processing"
    LAMBDA = "Lambda"
    MODEL_MONITOR = "ModelMonitor"


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What holds for every window of every endpoint of the stack."""

    runtime: Runtime
    places: Places
    period: timedelta
    delay: timedelta
    metrics_namespace: str
    topic_arn: str
    job: JobSettings


def function_settings(environment: Mapping[str, str]) -> FunctionSettings:
    """Settings of the monitor function; raises `MissingSetting`."""
    missing = [name for name in (*REQUIRED, *_GIVEN) if not environment.get(name)]
    if missing:
        raise MissingSetting(
            f"environment variable {', '.join(missing)} of the function is missing"
        )
    runtime = _runtime(environment["MONITOR_RUNTIME"])
    if environment["JOB_INSTANCE_TYPE"] == NO_JOBS and runtime is not Runtime.LAMBDA:
        raise MissingSetting(
            f"environment variable JOB_INSTANCE_TYPE: {NO_JOBS!r} is for MonitorRuntime Lambda"
        )
    return FunctionSettings(
        runtime=runtime,
        places=Places(
            root=f"s3://{environment['DATA_BUCKET']}",
            prepared_prefix=environment["PREPARED_PREFIX"],
            reports_prefix=environment["REPORTS_PREFIX"],
            monitors_prefix=environment["MONITORS_PREFIX"],
            ledger_prefix=environment["LEDGER_PREFIX"],
        ),
        period=timedelta(minutes=_number(environment, "WINDOW_MINUTES", 1)),
        delay=timedelta(minutes=_number(environment, "EVALUATION_DELAY_MINUTES", 0)),
        metrics_namespace=environment["POWERTOOLS_METRICS_NAMESPACE"],
        topic_arn=environment["NOTIFICATION_TOPIC_ARN"],
        job=_job(environment),
    )


def _job(environment: Mapping[str, str]) -> JobSettings:
    return JobSettings(
        stack=environment["STACK_NAME"],
        region=environment["AWS_REGION"],
        role_arn=environment["JOB_ROLE_ARN"],
        instance_type=environment["JOB_INSTANCE_TYPE"],
        volume_gb=_number(environment, "JOB_VOLUME_GB", 1),
        max_runtime_seconds=_number(environment, "JOB_MAX_RUNTIME_SECONDS", 1),
        subnets=_list(environment.get("JOB_SUBNETS", "")),
        security_groups=_list(environment.get("JOB_SECURITY_GROUPS", "")),
        kms_key_arn=environment.get("KMS_KEY_ARN") or None,
        spark_image=environment.get("SPARK_IMAGE_URI") or None,
    )


def _runtime(text: str) -> Runtime:
    try:
        return Runtime(text)
    except ValueError as error:
        raise MissingSetting(
            f"environment variable MONITOR_RUNTIME: {text!r} is none of {', '.join(Runtime)}"
        ) from error


def _number(environment: Mapping[str, str], name: str, least: int) -> int:
    text = environment[name]
    if not text.isdecimal() or int(text) < least:
        raise MissingSetting(
            f"environment variable {name}: {text!r} is no whole number from {least} up"
        )
    return int(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
