"""The entry of a processing job: SageMaker's files beside the reports."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path

from monitor import reports
from monitor.container import Judged, run_container
from monitor.exit_message import exit_message
from monitor.locations import Location
from monitor.publish import metric_lines
from monitor.settings import ContainerSettings

log = logging.getLogger(__name__)


def process(settings: ContainerSettings) -> None:
    """Judge the window that the job is about, and leave what SageMaker picks up."""
    if not is_first_host(str(settings.root)):
        log.info("another host writes the reports")
        return
    _leave(settings, run_container(settings, datetime.now(UTC)))


def is_first_host(root: str) -> bool:
    """Whether this host writes the reports: all hosts would write the same keys."""
    path = Path(root) / "config" / "resourceconfig.json"
    if not path.exists():
        return True
    hosts = json.loads(path.read_text())
    return bool(hosts["current_host"] == sorted(hosts["hosts"])[0])


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
