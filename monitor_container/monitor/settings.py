"""The processing container's contract, inputs: environment -> settings of one run.

The names are SageMaker's (and, for ground truth, the AWS sample's). They are the same under a
monitoring schedule and in a plain processing job that sets them itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from monitor.windows import BadTime, parse_time

_ROOT, _MESSAGE = "/opt/ml", "output/message"
REQUIRED = ("dataset_source", "output_path", "start_time", "end_time")


class MissingSetting(ValueError):
    """A variable that the contract promises is missing or wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class ContainerSettings:
    """What SageMaker tells the container. Addresses are local paths or `s3://`."""

    dataset_source: str
    output_path: str
    start: datetime
    end: datetime
    endpoint: str | None
    schedule: str | None
    publish_cloudwatch: bool
    baseline_constraints: str | None
    baseline_statistics: str | None
    ground_truth: str | None
    prepared: str | None
    configuration: str | None
    root: PurePosixPath

    @property
    def message_file(self) -> str:
        """Where the exit message is written."""
        return str(self.root / _MESSAGE)

    @property
    def metrics_folder(self) -> str:
        """Where SageMaker picks up CloudWatch metrics."""
        return str(self.root / "output" / "metrics" / "cloudwatch")


def container_settings(environment: Mapping[str, str]) -> ContainerSettings:
    """Settings of a run that SageMaker started; raises `MissingSetting`."""
    missing = [name for name in REQUIRED if not environment.get(name)]
    if missing:
        raise MissingSetting(
            f"environment variable {', '.join(missing)} is missing: this is SageMaker's processing "
            "contract; to run by hand use `python -m monitor run --help`"
        )

    def optional(name: str) -> str | None:
        return environment.get(name) or None

    return ContainerSettings(
        dataset_source=environment["dataset_source"],
        output_path=environment["output_path"],
        start=_time(environment, "start_time"),
        end=_time(environment, "end_time"),
        endpoint=optional("sagemaker_endpoint_name"),
        schedule=optional("sagemaker_monitoring_schedule_name"),
        publish_cloudwatch=environment.get("publish_cloudwatch_metrics", "") == "Enabled",
        baseline_constraints=optional("baseline_constraints"),
        baseline_statistics=optional("baseline_statistics"),
        ground_truth=optional("ground_truth_s3_uri_path"),
        prepared=optional("prepared_s3_uri_path"),
        configuration=optional("configuration_s3_uri"),
        root=PurePosixPath(environment.get("monitor_root", _ROOT)),
    )


def message_file(environment: Mapping[str, str]) -> str | None:
    """Where a failure is told, even one of the settings; None if no job started this."""
    if not any(environment.get(name) for name in ("monitor_root", *REQUIRED)):
        return None
    return str(PurePosixPath(environment.get("monitor_root", _ROOT)) / _MESSAGE)


def _time(environment: Mapping[str, str], name: str) -> datetime:
    try:
        return parse_time(environment[name])
    except BadTime as error:
        raise MissingSetting(f"environment variable {name}: {error}") from error
