"""The edge of the outputs: every file of a run, in every outcome."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
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
_WRITERS = 16


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
    files: list[tuple[Location, bytes]] = []
    for quality in result.variants if result.together is not None else ():
        below = folder / variant_folder(quality.variant)
        files += _documents(quality, [quality], below, run_time, machine)
    files += _documents(result.whole, result.variants, folder, run_time, machine)
    where, last = files.pop()
    with ThreadPoolExecutor(_WRITERS) as writers:
        list(writers.map(Location.write, *zip(*files, strict=True)))
    where.write(last)
    return len(files) + 1


def _documents(
    told: Quality,
    checked: Sequence[Quality],
    folder: Location,
    run_time: datetime,
    machine: str | None,
) -> Iterator[tuple[Location, bytes]]:
    """The violations of all that were checked by themselves; the statistics of one, last."""
    yield folder / reports.VIOLATIONS_FILE, reports.to_json(violations(checked))
    yield folder / reports.CONSTRAINTS_FILE, _constraints(told)
    yield (
        folder / reports.STATISTICS_FILE,
        reports.to_json(reports.statistics(told, run_time, machine)),
    )


def write_statistics(folder: Location, document: dict[str, object]) -> None:
    """`statistics.json` in a folder."""
    (folder / reports.STATISTICS_FILE).write(reports.to_json(document))


def write_constraints(folder: Location, quality: Quality) -> None:
    """`constraints.json` in a folder."""
    (folder / reports.CONSTRAINTS_FILE).write(_constraints(quality))


def _constraints(quality: Quality) -> bytes:
    document = reports.constraints(quality.reading.problem_type, quality.constraints)
    return reports.to_json(document)


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
