"""The entry of a processing job: SageMaker's files beside the reports."""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime

from monitor import reports
from monitor.container import Judged, run_container
from monitor.engine import engine_named
from monitor.engine_duckdb import available_memory
from monitor.engine_name import EngineName
from monitor.exit_message import exit_message
from monitor.hosts import Hosts, hosts_of
from monitor.locations import Location
from monitor.publish import metric_lines
from monitor.settings import ContainerSettings
from monitor.spark_cluster import Machine

log = logging.getLogger(__name__)


def process(settings: ContainerSettings) -> None:
    """Judge the window that the job is about, and leave what SageMaker picks up."""
    hosts = hosts_of(str(settings.root))
    if settings.engine is EngineName.SPARK:
        _on_cluster(settings, hosts)
    elif hosts.is_first:
        _judge(settings)
    else:
        log.info("host %s does the work and writes the reports", hosts.first)


def _on_cluster(settings: ContainerSettings, hosts: Hosts) -> None:
    # Raises where there is no Spark, which most images are without.
    engine_named(EngineName.SPARK)
    from monitor.spark_processes import led, serve

    machine = Machine(len(os.sched_getaffinity(0)), available_memory())
    if not hosts.is_first:
        serve(hosts, machine)
        return
    with led(hosts, machine):
        _judge(settings)


def _judge(settings: ContainerSettings) -> None:
    _leave(settings, run_container(settings, datetime.now(UTC)))


def _leave(settings: ContainerSettings, judged: Judged) -> None:
    if settings.publish_cloudwatch:
        lines = reports.to_lines(metric_lines(judged.result, settings.schedule))
        (Location.of(settings.metrics_folder) / reports.METRICS_FILE).write(lines)
    message = exit_message(judged.result.qualities)
    Location.of(settings.message_file).write(message.encode())
    log.info("%s", message)
    intake = judged.intake
    if intake.rejected or intake.unreadable:
        log.warning(
            "%d records were set aside (%s); unreadable files: %s",
            intake.rejected,
            dict(intake.reasons),
            [f"{file.path}: {file.reason}" for file in intake.unreadable],
        )
