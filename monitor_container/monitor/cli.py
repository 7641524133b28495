"""The command line. Exit status: 0 done, 1 a violation, if asked for, 2 wrong usage or input.

A defect of ours is a traceback and 3; without a command, as a container, it is a line and 1.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from typing import Annotated

import typer

from monitor import cli_files, cli_ledger, cli_report, cli_run
from monitor.cli_group import Commands
from monitor.cli_output import WRONG, complain
from monitor.failures import USER_ERRORS, reason, told
from monitor.job_message import failure_message, message_file
from monitor.lineage import digest_of_code
from monitor.locations import Location
from monitor.processing import process
from monitor.settings import container_settings

app = typer.Typer(
    cls=Commands,
    help="""Model quality of SageMaker endpoints whose requests carry many inference records.

    \b
    First steps:
      python -m monitor inspect FILE       is a capture or label file understood?
      python -m monitor baseline --data validation.csv --output baseline
      python -m monitor run --capture data-capture --ground-truth labels \\
          --baseline baseline --output reports

    Files and folders are local paths or s3:// addresses. Results go to the standard output, all
    else to the standard error. Exit status: 0 done, 1 what --fail-on asks for (or `verify` found
    a difference), 2 wrong usage or input, 3 a defect of the monitor. Started without a command by
    SageMaker, it is a processing container, told by the environment (docs/container.md).
    """,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def installed_version() -> str:
    """Of the package; where only its code lies, none is known."""
    try:
        return metadata.version("batch-payload-monitor")
    except metadata.PackageNotFoundError:
        return "(not installed)"


@contextmanager
def _told_of_job(message_file: str | None) -> Iterator[None]:
    """For the log and message of a job, which quote nothing: a defect is one line, too."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 (Python would log its text, with a traceback)
        foreseen = isinstance(error, USER_ERRORS)
        text = reason(error) if foreseen else told(error)
        complain(text)
        if message_file is not None:
            with suppress(OSError):
                Location.of(message_file).write(failure_message(text).encode())
        raise typer.Exit(2 if foreseen else 1) from None


@app.callback(invoke_without_command=True)
def container(
    context: typer.Context,
    create_violation_tests: Annotated[bool, typer.Option(hidden=True)] = False,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Without a command: run as SageMaker's processing container, set up by the environment."""
    if version:
        typer.echo(f"batch-payload-monitor {installed_version()}, code {digest_of_code()}")
        raise typer.Exit
    if context.invoked_subcommand is not None:
        return
    if message_file(os.environ) is None and not create_violation_tests:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(WRONG)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if create_violation_tests:
        logging.warning("--create-violation-tests of the AWS sample is ignored: numbers are real")
    with _told_of_job(message_file(os.environ)):
        process(container_settings(os.environ))


app.command()(cli_files.inspect)
app.command()(cli_files.baseline)
app.command()(cli_run.run)
app.command()(cli_ledger.replay)
app.command()(cli_ledger.verify)
app.command()(cli_report.report)
