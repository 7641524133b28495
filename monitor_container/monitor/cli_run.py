"""The command `run`: windows of raw or prepared files, judged, reported and told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from monitor.cli_inputs import (
    located,
    output_folder,
    read_baseline,
    read_configuration,
    the_endpoint,
)
from monitor.cli_output import note, out, print_json, told_to_people, working
from monitor.cli_records import Capture, GroundTruth, captured_hours, check_sources, records_of
from monitor.cli_report import of_run
from monitor.cli_results import run_document
from monitor.constraints import Status
from monitor.publish import Published, publish_windows
from monitor.quality import Quality
from monitor.raw_files import Intake
from monitor.requested import RunRequest
from monitor.results import RunResult
from monitor.run import run as run_monitor
from monitor.tables import summary_table
from monitor.upkeep import kept
from monitor.windows import parse_period, parse_time
from monitor.wording import count, span

_CAPTURE_FORM = "ENDPOINT/VARIANT/yyyy/mm/dd/hh/NAME.jsonl; give the folder that has the ENDPOINTs"
_PREPARED_FORM = "predictions/endpoint=NAME/…; give the folder that has `predictions`"


class FailOn(StrEnum):
    """What makes `run` exit with 1."""

    VIOLATION = "violation"
    """A metric, or the join, of any window violates."""
    NOT_OK = "not-ok"
    """Any window has another verdict than OK, or none."""


def run(
    output: Annotated[str, typer.Option(metavar="FOLDER", help="where the reports are written")],
    capture: Capture = None,
    ground_truth: GroundTruth = None,
    prepared: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="prepared Parquet, instead of raw files")
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(metavar="FOLDER", help="what `baseline` wrote; without: no verdicts"),
    ] = None,
    endpoint: Annotated[
        str | None, typer.Option(metavar="NAME", help="default: the only one there is")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="first inference time; default: the first captured"),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="end of the range, not in it; default: the last"),
    ] = None,
    period: Annotated[
        str, typer.Option(metavar="LENGTH", help="length of a window, such as 15min, 1h or 1d")
    ] = "1h",
    config: Annotated[
        str | None, typer.Option(metavar="FILE", help="the endpoint's monitor.json")
    ] = None,
    ledger: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="keep a version of each window there")
    ] = None,
    fail_on: Annotated[
        FailOn | None,
        typer.Option(help="exit with 1 on a violation, of the join, too; or on all but OK"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document")] = False,
) -> None:
    """Judge a model over windows of inference time.

    Reads captured requests and their labels, joins them record by record, and compares the model's
    quality in each window with a baseline. FOLDER and FILE are local paths or s3:// addresses; TIME
    is ISO 8601, in UTC unless it says otherwise.

    \b
    Examples:
      python -m monitor run --capture data-capture --ground-truth labels \\
          --baseline baseline --output reports
      python -m monitor run --prepared s3://BUCKET/prepared --endpoint churn \\
          --start 2026-11-20T00:00:00Z --end 2026-11-21T00:00:00Z \\
          --baseline s3://BUCKET/monitors/churn --output reports \\
          --fail-on violation
    """
    check_sources(capture, ground_truth, prepared)
    with told_to_people(as_json), ExitStack() as resources:
        target = output_folder(output)
        configuration = read_configuration(config)
        standard = read_baseline(baseline, configuration, config)
        source, intake = records_of(
            capture, ground_truth, prepared, configuration, resources, endpoint
        )
        form = _CAPTURE_FORM if prepared is None else _PREPARED_FORM
        where = prepared or str(capture)
        name = the_endpoint(endpoint, source, intake.endpoints, where, form)
        request = RunRequest(
            prepared=source,
            endpoint=name,
            period=parse_period(period),
            as_of=datetime.now(UTC),
            start=parse_time(start) if start is not None else None,
            end=parse_time(end) if end is not None else None,
            configuration=configuration,
            baseline=standard,
        )
        result = _judged(request, ledger)
        with working("writing the reports"):
            published = publish_windows(result, target, datetime.now(UTC), request.period)
        index = of_run(result, request, output, ledger)
        labelled = (prepared or ground_truth) is not None
        notes = list(_notes(result, request, intake, labelled))
    _tell(result.qualities, intake, published, notes, as_json)
    if index is not None and not as_json:
        out.print(f"\nopen {index}", highlight=False, soft_wrap=True)
    if fail_on is not None and any(_fails(quality, fail_on) for quality in result.qualities):
        raise typer.Exit(1)


def _judged(request: RunRequest, ledger: str | None) -> RunResult:
    with working("reading") as tell:
        if ledger is not None:
            return kept(located(ledger), request, tell)
        return run_monitor(request, tell)


def _notes(result: RunResult, request: RunRequest, intake: Intake, labelled: bool) -> Iterator[str]:
    """What a person should know of the numbers."""
    health = [found.whole.health.counts for found in result.windows]
    if intake.rejected:
        reasons = ", ".join(f"{code}: {n}" for code, n in intake.reasons.most_common())
        inside = sum(counts["rejected"] for counts in health)
        yield (
            f"set aside in the {count(intake.files, 'file')} read, of whatever time: "
            f"{intake.rejected:,} ({reasons}); {inside:,} of them are records of these windows"
        )
    there = captured_hours(request.prepared, request.endpoint)
    if there is not None and not any(counts["requests"] for counts in health):
        when = span(there.start, there.end)
        yield f"nothing was captured in these windows: what there is was captured {when}"
    elif not labelled:
        yield "no labels were given (--ground-truth), and without any nothing can be judged"
    yield from dict.fromkeys(q.policy_cost for q in result.qualities if q.policy_cost)


def _tell(
    qualities: list[Quality],
    intake: Intake,
    published: Published,
    notes: Sequence[str],
    as_json: bool,
) -> None:
    if as_json:
        print_json(run_document(qualities, intake, notes, published))
        return
    for problem in intake.unreadable:
        note(f"unreadable: {problem.path}: {problem.message}")
    out.print(summary_table(qualities, out.width))
    for line in notes:
        note(line)
    out.print(f"{published.files} files in {published.folder.address}", highlight=False)


def _fails(quality: Quality, fail_on: FailOn) -> bool:
    if fail_on is FailOn.NOT_OK:
        return quality.status is not Status.OK or bool(quality.join_violations)
    return quality.status is Status.VIOLATION or bool(quality.join_violations)
