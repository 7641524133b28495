"""The command line. Exit status: 0 done, 2 wrong usage or input; 1 a defect of ours, or a
violation, if asked for.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.progress import track

from monitor import cli_ledger, cli_report, reports
from monitor.baseline import Columns, make_baseline
from monitor.cli_inputs import existing, only_endpoint, read_baseline, read_configuration
from monitor.cli_output import complain, err, out, told_to_people
from monitor.constraints import Status
from monitor.failures import USER_ERRORS, reason, told
from monitor.ingest import Prepared
from monitor.inspection import Inspection, inspect_file
from monitor.job_message import failure_message, message_file
from monitor.locations import Location
from monitor.metrics import ProblemType
from monitor.processing import process
from monitor.publish import publish_windows, write_constraints, write_statistics
from monitor.raw_files import Intake, RawFile, prepare
from monitor.requested import RunRequest
from monitor.run import run as run_monitor
from monitor.settings import container_settings
from monitor.tables import inspection_tables, summary_table
from monitor.upkeep import kept
from monitor.validation import read_validation_data
from monitor.windows import parse_period, parse_time

app = typer.Typer(
    help="Model quality of SageMaker endpoints whose requests carry many inference records.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
Config = Annotated[str | None, typer.Option(help="monitor.json of the endpoint")]


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
) -> None:
    """Without a command: run as SageMaker's processing container, set up by the environment."""
    if context.invoked_subcommand is not None:
        return
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    if create_violation_tests:
        logging.warning("--create-violation-tests of the AWS sample is ignored: numbers are real")
    with _told_of_job(message_file(os.environ)):
        process(container_settings(os.environ))


@app.command()
def run(
    output: Annotated[str, typer.Option(help="folder for the reports")],
    capture: Annotated[str | None, typer.Option(help="folder with raw data capture")] = None,
    ground_truth: Annotated[str | None, typer.Option(help="folder or file with labels")] = None,
    prepared: Annotated[
        str | None, typer.Option(help="prepared Parquet, instead of raw files")
    ] = None,
    baseline: Annotated[str | None, typer.Option(help="folder that `baseline` wrote")] = None,
    endpoint: Annotated[str | None, typer.Option(help="default: the only one there is")] = None,
    start: Annotated[str | None, typer.Option(help="first inference time, UTC")] = None,
    end: Annotated[str | None, typer.Option(help="end of the range, not in it")] = None,
    period: Annotated[str, typer.Option(help="length of a window: 1h, 15min, 1d")] = "1h",
    config: Config = None,
    ledger: Annotated[str | None, typer.Option(help="keep a version of each window there")] = None,
    fail_on_violation: Annotated[
        bool, typer.Option(help="exit with 1 on a violation, of the join, too")
    ] = False,
) -> None:
    """Judge the model over windows of inference time. Addresses are local paths or s3://."""
    if (capture is None) == (prepared is None):
        raise typer.BadParameter("give either --capture (with --ground-truth) or --prepared")
    with told_to_people(), ExitStack() as resources:
        configuration = read_configuration(config)
        if prepared is not None:
            source, intake = Prepared(Location.of(prepared)), Intake()
        else:
            truth = existing(ground_truth) if ground_truth is not None else None
            source, intake = prepare(
                existing(str(capture)), truth, configuration, resources, endpoint, _progress
            )
        request = RunRequest(
            prepared=source,
            endpoint=endpoint or only_endpoint(source, prepared or str(capture)),
            period=parse_period(period),
            as_of=datetime.now(UTC),
            start=parse_time(start) if start is not None else None,
            end=parse_time(end) if end is not None else None,
            configuration=configuration,
            baseline=read_baseline(baseline, configuration),
        )
        with err.status("reading") as status:
            if ledger is not None:
                result = kept(Location.of(ledger), request, status.update)
            else:
                result = run_monitor(request, status.update)
        published = publish_windows(result, Location.of(output), datetime.now(UTC), request.period)
        index = cli_report.of_run(result, request, output, ledger)
    _tell_intake(intake)
    out.print(summary_table(result.qualities))
    if cost := next((q.policy_cost for q in result.qualities if q.policy_cost), None):
        err.print(f"note: {cost}", style="yellow", highlight=False, markup=False)
    out.print(f"{published.files} files in {published.folder.address}", highlight=False)
    if index is not None:
        out.print(f"open {index}", highlight=False, soft_wrap=True)
    if fail_on_violation and any(
        q.status is Status.VIOLATION or q.join_violations for q in result.qualities
    ):
        raise typer.Exit(1)


app.command()(cli_ledger.replay)
app.command()(cli_ledger.verify)
app.command()(cli_report.report)


@app.command()
def baseline(
    data: Annotated[str, typer.Option(help="validation data: CSV, JSON Lines or Parquet")],
    output: Annotated[str, typer.Option(help="folder for statistics.json and constraints.json")],
    problem_type: Annotated[ProblemType | None, typer.Option(help="default: inferred")] = None,
    label: Annotated[str | None, typer.Option(help="column with the true label")] = None,
    prediction: Annotated[str | None, typer.Option(help="column with the prediction")] = None,
    probability: Annotated[str | None, typer.Option(help="column with the probability")] = None,
    request: Annotated[str | None, typer.Option(help="column with the id of the request")] = None,
    positive_label: Annotated[str | None, typer.Option(help="the positive class")] = None,
    margin: Annotated[
        float, typer.Option(min=0, max=1, help="room below the baseline, 0.05 = 5 %")
    ] = 0.0,
    config: Config = None,
) -> None:
    """Validation data -> what the model can do, and the constraints that this suggests."""
    with told_to_people():
        configuration = read_configuration(config, problem_type, positive_label)
        frame = read_validation_data(Location.of(data))
        quality = make_baseline(
            frame, Columns(label, prediction, probability, request), configuration, margin
        )
        folder = Location.of(output)
        write_statistics(folder, reports.baseline_statistics(quality, datetime.now(UTC)))
        write_constraints(folder, quality)
    for note in quality.reading.notes:
        err.print(f"note: {note}", highlight=False, markup=False)
    out.print(summary_table([quality]))
    out.print(f"{reports.STATISTICS_FILE}, {reports.CONSTRAINTS_FILE} in {output}", highlight=False)


@app.command()
def inspect(
    file: Annotated[str, typer.Argument(help="one capture or label file")],
    config: Config = None,
    limit: Annotated[int, typer.Option(min=1, help="records and rejections that are shown")] = 5,
) -> None:
    """How one file is understood: its records, its columns, what was rejected and why."""
    with told_to_people():
        found: Inspection = inspect_file(Location.of(file), read_configuration(config))
    for table in inspection_tables(found, limit):
        out.print(table)


def _progress(work: list[RawFile]) -> Iterable[RawFile]:
    return track(work, description="preparing", console=err, transient=True)


def _tell_intake(intake: Intake) -> None:
    if intake.rejected:
        reasons = ", ".join(f"{code}: {n}" for code, n in intake.reasons.most_common())
        err.print(f"{intake.rejected} records were set aside ({reasons})", style="yellow")
    for problem in intake.unreadable:
        line = f"unreadable: {problem.path}: {problem.message}"
        err.print(line, style="yellow", highlight=False, markup=False)
