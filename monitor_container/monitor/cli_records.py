"""Records from raw or prepared files, as the options of a command name them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack, suppress
from datetime import timedelta
from itertools import islice
from typing import Annotated

import typer

from inference_records.configuration import Configuration
from inference_records.partitions import partition_hour
from inference_records.rejections import UnreadableObject
from monitor.cli_inputs import existing
from monitor.cli_output import tracked
from monitor.file_kinds import NotOurs, is_capture
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.raw_files import Intake, RawFile, prepare
from monitor.windows import Window

_LOOKED_AT = 5
_HOUR = timedelta(hours=1)
Capture = Annotated[
    str | None, typer.Option(metavar="FOLDER", help="raw data capture, as SageMaker writes it")
]
GroundTruth = Annotated[
    str | None,
    typer.Option(
        "--ground-truth",
        "--labels",
        metavar="FOLDER|FILE",
        help="labels: JSON Lines, JSON, CSV or Parquet",
    ),
]


def check_sources(capture: str | None, ground_truth: str | None, prepared: str | None) -> None:
    """Raises `BadParameter` where it is not clear which files are to be read."""
    if (capture is None) == (prepared is None):
        raise typer.BadParameter("give either --capture (with --ground-truth) or --prepared")
    if ground_truth is not None and prepared is not None:
        raise typer.BadParameter(
            "--ground-truth goes with --capture: the folder of --prepared has the labels, too"
        )


def records_of(
    capture: str | None,
    ground_truth: str | None,
    prepared: str | None,
    configuration: Configuration,
    resources: ExitStack,
    endpoint: str | None,
) -> tuple[Prepared, Intake]:
    """Prepared records, those of raw files until the resources are closed."""
    if prepared is not None:
        return Prepared(existing(prepared)), Intake()
    truth = existing(ground_truth) if ground_truth is not None else None
    raw = existing(str(capture))
    _check_capture(raw, truth)
    return prepare(raw, truth, configuration, resources, endpoint, _preparing)


def captured_hours(source: Prepared, endpoint: str) -> Window | None:
    """The hours from the first to the last that have requests, as far as files tell."""
    files = source.prediction_files(endpoint, None, None)
    hours = [hour for file in files if (hour := partition_hour(file.path)) is not None]
    return Window(min(hours), max(hours) + _HOUR) if hours else None


def _check_capture(raw: Location, truth: Location | None) -> None:
    """Raises `NotOurs` where the first files are no captured ones: labels make endpoints, too."""
    first = _are_captured(raw)
    if not first or any(first):
        return
    if truth is not None and any(_are_captured(truth)):
        raise NotOurs(
            f"--capture and --ground-truth are swapped: {truth.address} has data capture, and "
            f"{raw.address} has none"
        )
    raise NotOurs(
        f"the files at {raw.address} are no data capture: in the first {len(first)} no line has "
        '"captureData". `python -m monitor inspect FILE` says what one of them is'
    )


def _are_captured(location: Location) -> list[bool]:
    """Of the first files of a folder, whether each is data capture."""
    found = []
    for file in islice(location.files(), _LOOKED_AT):
        with location.open(file) as stream, suppress(UnreadableObject):
            found.append(file.size > 0 and is_capture(stream))
    return found


def _preparing(work: list[RawFile]) -> Iterable[RawFile]:
    return tracked(work, "preparing", lambda raw: raw.file.size)
