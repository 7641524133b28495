"""The edge of the outputs: every file of a run, in every outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from monitor import reports
from monitor.locations import Location
from monitor.quality import Quality
from monitor.run import RunResult

SUMMARY_FILE = "windows.csv"


@dataclass(frozen=True, slots=True)
class Published:
    """What a run wrote, for whoever started it."""

    folder: Location
    files: int


def publish_windows(
    result: RunResult, output: Location, run_time: datetime, period: timedelta
) -> Published:
    """A folder a window, as SageMaker lays out its reports, and tables over all of them."""
    for quality in result.qualities:
        publish_reports([quality], output / window_folder(quality, period), run_time)
    lines = [
        line
        for quality in result.qualities
        for line in reports.metric_lines(quality, dimensions(quality))
    ]
    (output / reports.METRICS_FILE).write(reports.to_lines(lines))
    table = pd.DataFrame([reports.summary_row(quality) for quality in result.qualities])
    (output / SUMMARY_FILE).write(table.to_csv(index=False).encode())
    return Published(output, 3 * len(result.qualities) + 2)


def publish_reports(qualities: Sequence[Quality], folder: Location, run_time: datetime) -> None:
    """The three files of one window: the first's statistics, the violations of all variants."""
    first = qualities[0]
    write_statistics(folder, reports.statistics(first, run_time))
    write_constraints(folder, first)
    judged = qualities if len(qualities) == 1 else qualities[1:]
    violations = folder / reports.VIOLATIONS_FILE
    violations.write(reports.to_json(reports.violations(judged)))


def write_statistics(folder: Location, document: dict[str, object]) -> None:
    """`statistics.json` in a folder."""
    (folder / reports.STATISTICS_FILE).write(reports.to_json(document))


def write_constraints(folder: Location, quality: Quality) -> None:
    """`constraints.json` in a folder."""
    document = reports.constraints(quality.reading.problem_type, quality.constraints)
    (folder / reports.CONSTRAINTS_FILE).write(reports.to_json(document))


def window_folder(quality: Quality, period: timedelta) -> str:
    """`ENDPOINT/VARIANT/yyyy/mm/dd/hh`, and the minute where windows are shorter than an hour."""
    start = quality.window.start
    minute = f"/{start:%M}" if period % timedelta(hours=1) or start.minute else ""
    return f"{quality.endpoint}/{quality.variant}/{start:%Y/%m/%d/%H}{minute}"


def dimensions(
    quality: Quality, schedule: str | None = None, variant: bool = True
) -> dict[str, str]:
    """CloudWatch dimensions; those of SageMaker's own monitor, and the variant."""
    found = {"Endpoint": quality.endpoint}
    if schedule:
        found["MonitoringSchedule"] = schedule
    if variant:
        found["Variant"] = quality.variant
    return found
