"""The processing container's contract: settings -> run -> files where SageMaker looks."""

from __future__ import annotations

import json
import logging
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from inference_records.configuration import Configuration, parse_configuration
from monitor import reports
from monitor.baseline import Baseline, load_custom_metrics, read_baseline
from monitor.exit_message import exit_message
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.publish import metric_lines, publish_window
from monitor.raw_files import Intake, prepare
from monitor.run import RunRequest, RunResult, run
from monitor.settings import ContainerSettings, MissingSetting
from monitor.windows import Window

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


def is_first_host(root: str) -> bool:
    """Whether this host writes the reports: all hosts would write the same keys."""
    path = Path(root) / "config" / "resourceconfig.json"
    if not path.exists():
        return True
    hosts = json.loads(path.read_text())
    return bool(hosts["current_host"] == sorted(hosts["hosts"])[0])


def run_container(settings: ContainerSettings, run_time: datetime) -> RunResult:
    """Judge the one window that SageMaker asks for, and write everything that it expects."""
    configuration = _configuration(settings)
    # The baseline may have constraints on them.
    load_custom_metrics(configuration)
    baseline = _baseline(settings)
    with ExitStack() as resources:
        prepared, intake = _prepared(settings, configuration, resources)
        endpoint = settings.endpoint or _only_endpoint(prepared)
        request = RunRequest(
            prepared=prepared,
            endpoint=endpoint,
            period=settings.end - settings.start,
            start=settings.start,
            end=settings.end,
            configuration=configuration,
            baseline=baseline,
        )
        result = run(request, lambda step: log.info("%s", step))
    _publish(settings, result, intake, run_time)
    return result


def _configuration(settings: ContainerSettings) -> Configuration:
    if settings.configuration is None:
        return Configuration()
    location = Location.of(settings.configuration)
    return parse_configuration(location.read(), location.address)


def _baseline(settings: ContainerSettings) -> Baseline:
    def location(address: str | None) -> Location | None:
        return Location.of(address) if address is not None else None

    return read_baseline(
        location(settings.baseline_constraints), location(settings.baseline_statistics)
    )


def _prepared(
    settings: ContainerSettings, configuration: Configuration, resources: ExitStack
) -> tuple[Prepared, Intake]:
    """Prepared Parquet where there is any near the window, else the raw capture that is mounted."""
    window = Window(settings.start, settings.end)
    if settings.prepared is not None:
        prepared = Prepared(Location.of(settings.prepared))
        endpoint = settings.endpoint or _only_endpoint(prepared)
        # An hour without requests has no file, but its neighbours have.
        if prepared.predictions(endpoint, window.start - _DAY, window.end + _DAY):
            return prepared, Intake()
        log.info("no prepared records near %s; reading the raw capture", window)
    ground_truth = Location.of(settings.ground_truth) if settings.ground_truth is not None else None
    capture = Location.of(settings.dataset_source)
    return prepare(
        capture, ground_truth, configuration, resources, settings.endpoint, window=window
    )


def _only_endpoint(prepared: Prepared) -> str:
    endpoints = prepared.endpoints()
    if len(endpoints) > 1:
        raise MissingSetting(
            f"sagemaker_endpoint_name is missing, and there are {', '.join(endpoints)}"
        )
    return endpoints[0] if endpoints else "unknown"


def _publish(
    settings: ContainerSettings, result: RunResult, intake: Intake, run_time: datetime
) -> None:
    (window,) = result.windows
    publish_window(window, Location.of(settings.output_path), run_time)
    if settings.publish_cloudwatch:
        lines = reports.to_lines(metric_lines(result, settings.schedule))
        (Location.of(settings.metrics_folder) / reports.METRICS_FILE).write(lines)
    message = exit_message(result.qualities)
    Location.of(settings.message_file).write(message.encode())
    log.info("%s", message)
    if intake.rejected or intake.unreadable:
        log.warning(
            "%d records were set aside (%s); unreadable files: %s",
            intake.rejected,
            dict(intake.reasons),
            intake.unreadable,
        )
