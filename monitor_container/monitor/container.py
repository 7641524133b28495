"""Windows of one endpoint, judged, published and told: the same for all three starters.

It knows nothing of the starter: neither of jobs and their files nor of functions.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from inference_records.configuration import Configuration
from monitor.access import explained
from monitor.baseline import Baseline, load_custom_metrics, read_baseline
from monitor.baseline_fit import check_fits
from monitor.endpoints import read_configuration
from monitor.engine import engine_named
from monitor.engine_name import EngineName
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.metrics import REGISTRY
from monitor.novelty import documents_digest
from monitor.places import CONFIGURATION_FILE
from monitor.publishing import Publishing
from monitor.raw_files import Intake, prepare
from monitor.reports import CONSTRAINTS_FILE, STATISTICS_FILE
from monitor.requested import RunRequest
from monitor.results import RunResult
from monitor.run import run
from monitor.settings import ContainerSettings, MissingSetting
from monitor.upkeep import with_ledger

log = logging.getLogger(__name__)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run found, and what it set aside if it prepared raw files itself."""

    result: RunResult
    intake: Intake
    complete: bool = True
    """Whether all was judged that there was to judge: time may have run out."""


def _always() -> bool:
    return True


@explained()
def run_container(
    settings: ContainerSettings, run_time: datetime, may_go_on: Callable[[], bool] = _always
) -> Judged:
    """Judge what is asked for, tell what changed, write reports and the ledger."""
    # One endpoint's own metrics are not the next one's, where one process judges several.
    with ExitStack() as resources, REGISTRY.restored():
        # Before they are read: what is changed meanwhile is looked at by the next run.
        folder = settings.monitor_folder
        documents = documents_digest(folder) if folder is not None else ""
        configuration = _configuration(settings)
        # The baseline may have constraints on them.
        load_custom_metrics(configuration)
        prepared, intake = _prepared(settings, configuration, resources)
        request = RunRequest(
            prepared=prepared,
            endpoint=settings.endpoint or _only_endpoint(prepared),
            period=settings.period or settings.window.end - settings.window.start,
            as_of=run_time,
            start=settings.window.start,
            end=settings.window.end,
            configuration=configuration,
            baseline=_baseline(settings, configuration),
            connect=engine_named(settings.engine),
            in_place=settings.engine is EngineName.SPARK,
            each_alone=settings.ledger is not None,
        )
        publish = Publishing(settings, request.baseline, request.period, run_time)
        if settings.ledger is None:
            return Judged(_once(request, publish), intake)
        found, complete = with_ledger(settings, request, documents, publish, may_go_on)
        if found.windows:
            publish.finish()
        publish.raise_failures()
    return Judged(found, intake, complete)


def _once(request: RunRequest, publish: Publishing) -> RunResult:
    """The one window that is asked for, without a past."""
    result = run(request, lambda step: log.info("%s", step))
    (window,) = result.windows
    # A window with a report counts as done. What could not be told has none, for another try.
    publish.at_once(window)
    return result


def _configuration(settings: ContainerSettings) -> Configuration:
    if settings.monitor_folder is None:
        return Configuration()
    return read_configuration(Location.of(settings.monitor_folder))


def _baseline(settings: ContainerSettings, configuration: Configuration) -> Baseline:
    found = read_baseline(
        _document(settings.baseline_constraints, settings.monitor_folder, CONSTRAINTS_FILE),
        _document(settings.baseline_statistics, settings.monitor_folder, STATISTICS_FILE),
    )
    check_fits(found, configuration, f"{settings.monitor_folder}/{CONFIGURATION_FILE}")
    return found


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
        if settings.dataset_source is None:
            return prepared, Intake()
        endpoint = settings.endpoint or _only_endpoint(prepared)
        # An hour without requests has no file, but its neighbours have.
        near = prepared.predictions(endpoint, window.start - _DAY, window.end + _DAY)
        if near:
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
