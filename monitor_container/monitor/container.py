"""One window of one endpoint, judged, published and told: the same for all three starters.

It knows nothing of the starter: neither of jobs and their files nor of functions.
"""

from __future__ import annotations

import logging
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from inference_records.configuration import Configuration
from monitor.access import explained
from monitor.baseline import Baseline, load_custom_metrics, read_baseline
from monitor.endpoints import read_configuration
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.metrics import REGISTRY
from monitor.publish import publish_window
from monitor.raw_files import Intake, prepare
from monitor.reports import CONSTRAINTS_FILE, STATISTICS_FILE
from monitor.run import RunRequest, RunResult, run
from monitor.settings import ContainerSettings, MissingSetting
from monitor.telling import Channels, tell

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run found, and what it set aside if it prepared raw files itself."""

    result: RunResult
    intake: Intake


@explained()
def run_container(settings: ContainerSettings, run_time: datetime) -> Judged:
    """Judge the one window that is asked for, tell what changed, write its reports."""
    # One endpoint's own metrics are not the next one's, where one process judges several.
    with ExitStack() as resources, REGISTRY.restored():
        configuration = _configuration(settings)
        # The baseline may have constraints on them.
        load_custom_metrics(configuration)
        baseline = _baseline(settings)
        prepared, intake = _prepared(settings, configuration, resources)
        request = RunRequest(
            prepared=prepared,
            endpoint=settings.endpoint or _only_endpoint(prepared),
            period=settings.window.end - settings.window.start,
            start=settings.window.start,
            end=settings.window.end,
            configuration=configuration,
            baseline=baseline,
        )
        result = run(request, lambda step: log.info("%s", step))
        (window,) = result.windows
        channels = Channels(
            metrics_namespace=settings.metrics_namespace,
            topic_arn=settings.topic_arn,
            verdicts=settings.verdicts,
            report=settings.report or settings.output_path,
        )
        # A window with a report counts as done. What could not be told has none, for another try.
        tell(window, baseline, channels, run_time)
        publish_window(window, Location.of(settings.output_path), run_time)
    return Judged(result, intake)


def _configuration(settings: ContainerSettings) -> Configuration:
    if settings.monitor_folder is None:
        return Configuration()
    return read_configuration(Location.of(settings.monitor_folder))


def _baseline(settings: ContainerSettings) -> Baseline:
    return read_baseline(
        _document(settings.baseline_constraints, settings.monitor_folder, CONSTRAINTS_FILE),
        _document(settings.baseline_statistics, settings.monitor_folder, STATISTICS_FILE),
    )


def _document(address: str | None, folder: str | None, name: str) -> Location | None:
    """A file that is named, which must be there, or that of the endpoint's folder, if there is."""
    if address is not None:
        return Location.of(address)
    if folder is None:
        return None
    location = Location.of(folder) / name
    return location if location.exists() else None


def _prepared(
    settings: ContainerSettings, configuration: Configuration, resources: ExitStack
) -> tuple[Prepared, Intake]:
    """Prepared Parquet where there is any near the window, else the raw capture that is mounted."""
    window = settings.window
    if settings.prepared is not None:
        prepared = Prepared(Location.of(settings.prepared))
        endpoint = settings.endpoint or _only_endpoint(prepared)
        # An hour without requests has no file, but its neighbours have.
        near = prepared.predictions(endpoint, window.start - _DAY, window.end + _DAY)
        if near or settings.dataset_source is None:
            return prepared, Intake()
        log.info("no prepared records near %s; reading the raw capture", window)
    ground_truth = Location.of(settings.ground_truth) if settings.ground_truth is not None else None
    capture = Location.of(str(settings.dataset_source))
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
