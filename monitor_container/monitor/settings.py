"""The container's contract, inputs: environment -> settings of one run over one window.

The names are SageMaker's (and, for ground truth, the AWS sample's), and a few of ours. They are the
same under a monitoring schedule, in a processing job and in the monitor function.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePosixPath

from monitor.job_message import MESSAGE, REQUIRED, ROOT
from monitor.windows import BadTime, Window, parse_time

_WITHOUT_CAPTURE = REQUIRED[1:]


class MissingSetting(ValueError):
    """A variable that the contract promises is missing or wrong; the message names it."""


@dataclass(frozen=True, slots=True)
class ContainerSettings:
    """What the container is told. Addresses are local paths or `s3://`."""

    output_path: str
    window: Window
    dataset_source: str | None = None
    endpoint: str | None = None
    schedule: str | None = None
    publish_cloudwatch: bool = False
    baseline_constraints: str | None = None
    baseline_statistics: str | None = None
    ground_truth: str | None = None
    prepared: str | None = None
    monitor_folder: str | None = None
    """Folder of the endpoint with its baseline and `monitor.json`, each of which may be missing."""
    report: str | None = None
    """Where the report will lie in the end; `output_path` may be a mount."""
    metrics_namespace: str | None = None
    topic_arn: str | None = None
    verdicts: str | None = None
    ledger: str | None = None
    """Where every version of every window is kept; without it a window has no past."""
    reports: str | None = None
    """Below it lie the reports of all endpoints, where more than one window may be judged."""
    machine: str | None = None
    """What the run was given to judge by, and why; None: nobody chose."""
    period: timedelta | None = None
    """Length of the windows of which those are to be judged that anything new touches; without it
    the whole range is one window, and judged."""
    root: PurePosixPath = ROOT

    @property
    def message_file(self) -> str:
        """Where the exit message is written."""
        return str(self.root / MESSAGE)

    @property
    def metrics_folder(self) -> str:
        """Where SageMaker picks up CloudWatch metrics."""
        return str(self.root / "output" / "metrics" / "cloudwatch")


def container_settings(environment: Mapping[str, str]) -> ContainerSettings:
    """Settings of a run that somebody else started; raises `MissingSetting`."""
    required = _WITHOUT_CAPTURE if environment.get("prepared_s3_uri_path") else REQUIRED
    missing = [name for name in required if not environment.get(name)]
    if missing:
        raise MissingSetting(
            f"environment variable {', '.join(missing)} is missing: this is SageMaker's processing "
            "contract; to run by hand use `python -m monitor run --help`"
        )

    def optional(name: str) -> str | None:
        return environment.get(name) or None

    return ContainerSettings(
        output_path=environment["output_path"],
        window=Window(_time(environment, "start_time"), _time(environment, "end_time")),
        dataset_source=optional("dataset_source"),
        endpoint=optional("sagemaker_endpoint_name"),
        schedule=optional("sagemaker_monitoring_schedule_name"),
        publish_cloudwatch=environment.get("publish_cloudwatch_metrics", "") == "Enabled",
        baseline_constraints=optional("baseline_constraints"),
        baseline_statistics=optional("baseline_statistics"),
        ground_truth=optional("ground_truth_s3_uri_path"),
        prepared=optional("prepared_s3_uri_path"),
        monitor_folder=optional("monitor_s3_uri_path"),
        report=optional("report_s3_uri"),
        metrics_namespace=optional("metrics_namespace"),
        topic_arn=optional("notification_topic_arn"),
        verdicts=optional("verdicts_s3_uri"),
        ledger=optional("ledger_s3_uri"),
        reports=optional("reports_s3_uri"),
        machine=optional("machine"),
        period=_period(environment),
        root=PurePosixPath(environment.get("monitor_root") or ROOT),
    )


def _time(environment: Mapping[str, str], name: str) -> datetime:
    try:
        return parse_time(environment[name])
    except BadTime as error:
        raise MissingSetting(f"environment variable {name}: {error}") from error


def _period(environment: Mapping[str, str]) -> timedelta | None:
    text = environment.get("window_seconds") or None
    if text is None:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise MissingSetting(f"environment variable window_seconds: {text!r} is no whole number")
    missing = [
        name
        for name in ("ledger_s3_uri", "reports_s3_uri", "monitor_s3_uri_path")
        if not environment.get(name)
    ]
    if missing:
        raise MissingSetting(
            f"environment variable {', '.join(missing)} is missing: windows of "
            "a range are judged against a ledger"
        )
    return timedelta(seconds=int(text))
