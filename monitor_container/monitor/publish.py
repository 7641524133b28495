"""The edge of the outputs: every file of a run, in every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from monitor import reports
from monitor.locations import Location
from monitor.places import variant_folder, window_folder
from monitor.quality import Quality
from monitor.results import RunResult, WindowResult
from monitor.violation_document import violations

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
        folder = output / window_folder(window.whole.endpoint, window.window, period)
        files += publish_window(window, folder, run_time)
    (output / reports.METRICS_FILE).write(reports.to_lines(metric_lines(result)))
    table = pd.DataFrame([reports.summary_row(quality) for quality in result.qualities])
    (output / SUMMARY_FILE).write(table.to_csv(index=False).encode())
    return Published(output, files)


def publish_window(
    result: WindowResult, folder: Location, run_time: datetime, machine: str | None = None
) -> int:
    """The files of one window; each of several variants has its own, too. Returns their number.

    The window's own `statistics.json` comes last: with it a window counts as reported.
    """
    parts = result.variants if result.together is not None else ()
    for quality in parts:
        _publish(quality, [quality], folder / variant_folder(quality.variant), run_time, machine)
    _publish(result.whole, result.variants, folder, run_time, machine)
    return 3 + 3 * len(parts)


def _publish(
    told: Quality,
    checked: Sequence[Quality],
    folder: Location,
    run_time: datetime,
    machine: str | None,
) -> None:
    """The statistics of one, the violations of all that were checked by themselves."""
    target = folder / reports.VIOLATIONS_FILE
    target.write(reports.to_json(violations(checked)))
    write_constraints(folder, told)
    write_statistics(folder, reports.statistics(told, run_time, machine))


def write_statistics(folder: Location, document: dict[str, object]) -> None:
    """`statistics.json` in a folder."""
    (folder / reports.STATISTICS_FILE).write(reports.to_json(document))


def write_constraints(folder: Location, quality: Quality) -> None:
    """`constraints.json` in a folder."""
    document = reports.constraints(quality.reading.problem_type, quality.constraints)
    (folder / reports.CONSTRAINTS_FILE).write(reports.to_json(document))


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
