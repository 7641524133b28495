"""Records from raw or prepared files, as the options of a command name them."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Annotated

import typer

from inference_records.configuration import Configuration
from monitor.cli_inputs import existing
from monitor.cli_output import tracked
from monitor.ingest import Prepared
from monitor.raw_files import Intake, RawFile, prepare

Capture = Annotated[
    str | None, typer.Option(metavar="FOLDER", help="raw data capture, as SageMaker writes it")
]
GroundTruth = Annotated[
    str | None,
    typer.Option(metavar="FOLDER|FILE", help="labels: JSON Lines, JSON, CSV or Parquet"),
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
    return prepare(existing(str(capture)), truth, configuration, resources, endpoint, _preparing)


def _preparing(work: list[RawFile]) -> Iterable[RawFile]:
    return tracked(work, "preparing", lambda raw: raw.file.size)
