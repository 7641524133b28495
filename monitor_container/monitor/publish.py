"""The edge of the outputs: every file of a run, in every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from monitor import reports
from monitor.locations import Location
from monitor.quality import Quality
from monitor.run import RunResult, WindowResult

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
    files = 2
    for window in result.windows:
        folder = output / window_folder(window, period)
        files += publish_window(window, folder, run_time)
    (output / reports.METRICS_FILE).write(reports.to_lines(metric_lines(result)))
    table = pd.DataFrame([reports.summary_row(quality) for quality in result.qualities])
    (output / SUMMARY_FILE).write(table.to_csv(index=False).encode())
    return Published(output, files)


def publish_window(result: WindowResult, folder: Location, run_time: datetime) -> int:
    """The files of one window; each of several variants has its own, too. Returns their number."""
    _publish(result.whole, result.variants, folder, run_time)
    if result.together is None:
        return 3
    for quality in result.variants:
        _publish(quality, [quality], folder / f"variants/{quality.variant}", run_time)
    return 3 + 3 * len(result.variants)


def _publish(
    told: Quality, checked: Sequence[Quality], folder: Location, run_time: datetime
) -> None:
    """The statistics of one, the violations of all that were checked by themselves."""
    write_statistics(folder, reports.statistics(told, run_time))
    write_constraints(folder, told)
    violations = folder / reports.VIOLATIONS_FILE
    violations.write(reports.to_json(reports.violations(checked)))


def write_statistics(folder: Location, document: dict[str, object]) -> None:
    """`statistics.json` in a folder."""
    (folder / reports.STATISTICS_FILE).write(reports.to_json(document))


def write_constraints(folder: Location, quality: Quality) -> None:
    """`constraints.json` in a folder."""
    document = reports.constraints(quality.reading.problem_type, quality.constraints)
    (folder / reports.CONSTRAINTS_FILE).write(reports.to_json(document))


def window_folder(result: WindowResult, period: timedelta) -> str:
    """`ENDPOINT/yyyy/mm/dd/hh`, and minute and second where windows do not begin with the hour."""
    start = result.window.start
    parts = "%Y/%m/%d/%H"
    if period % timedelta(minutes=1) or start.second:
        parts += "/%M/%S"
    elif period % timedelta(hours=1) or start.minute:
        parts += "/%M"
    return f"{result.whole.endpoint}/{start.strftime(parts)}"


def metric_lines(result: RunResult, schedule: str | None = None) -> Iterator[dict[str, Any]]:
    """CloudWatch datapoints of a run: of the endpoint, and of each of several variants."""
    for window in result.windows:
        dimensions = {"Endpoint": window.whole.endpoint}
        if schedule is not None:
            dimensions["MonitoringSchedule"] = schedule
        yield from reports.metric_lines(window.whole, dimensions)
        if window.together is not None:
            for quality in window.variants:
                yield from reports.metric_lines(quality, {**dimensions, "Variant": quality.variant})
