"""The commands that read a ledger: judge the past by other settings, and compute it again."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Annotated

import typer

from monitor.baseline_fit import check_kinds
from monitor.cli_inputs import existing, only_ledger, read_baseline, settings_beside
from monitor.cli_output import out, print_json, told_to_people, working
from monitor.cli_records import Capture, GroundTruth, check_sources, records_of
from monitor.cli_results import replay_document, verification_document
from monitor.ledger import Ledger
from monitor.locations import MissingFile
from monitor.replay import check_replayable
from monitor.replay import replay as replayed
from monitor.replay_tables import page_table, summary
from monitor.requested import ordered
from monitor.verification import Verification, recorded
from monitor.verification import verify as verified
from monitor.windows import Window, parse_period, parse_time

_FOLDER = "with the baseline, and the monitor.json that held: s3://BUCKET/monitors/ENDPOINT"
LedgerAddress = Annotated[
    str, typer.Option("--ledger", metavar="FOLDER", help="the ledger: s3://BUCKET/ledger")
]
Folder = Annotated[str, typer.Option("--baseline", metavar="FOLDER", help=_FOLDER)]
Endpoint = Annotated[
    str | None, typer.Option(metavar="NAME", help="default: the only one that has a ledger")
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]


def replay(
    ledger: LedgerAddress,
    baseline: Folder,
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="start of the first window")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="end of the range, not in it")],
    config: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            help="monitor.json that is to be tried; default: the one beside --baseline",
        ),
    ] = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Judge the past by other settings, without its records.

    Says what would have paged, and when. Reads only the ledger. FOLDER and FILE are local paths or
    s3:// addresses; TIME is ISO 8601, in UTC unless it says otherwise.

    \b
    Example:
      python -m monitor replay --ledger s3://BUCKET/ledger --endpoint churn \\
          --baseline s3://BUCKET/monitors/churn --config stricter.json \\
          --from 2026-11-01T00:00:00Z --to 2026-12-01T00:00:00Z
    """
    with told_to_people(as_json):
        before = settings_beside(baseline, None)
        settings = settings_beside(baseline, config)
        check_replayable(settings, before)
        book = Ledger(existing(ledger), endpoint or only_ledger(ledger))
        standard = read_baseline(baseline, settings, config)
        span = ordered(Window(parse_time(since), parse_time(until)))
        with working("reading the ledger") as tell:
            versions = list(book.versions(span.start, span.end))
            if not versions:
                raise MissingFile(book.nothing_in(span))
            check_kinds([q.reading.problem_type for v in versions for q in v.qualities], standard)
            tell(f"judging {len(versions):,} versions")
            now = datetime.now(UTC)
            found = replayed(versions, settings, standard, now)
            then = replayed(versions, before, standard, now) if config is not None else None
    if as_json:
        print_json(replay_document(found, then))
        return
    for line in summary(found, then):
        out.print(line, highlight=False)
    if found.pages:
        out.print(page_table(found.pages, out.width))


def verify(
    window: Annotated[str, typer.Argument(metavar="TIME", help="start of the window")],
    ledger: LedgerAddress,
    baseline: Annotated[str | None, typer.Option(metavar="FOLDER", help=_FOLDER)] = None,
    prepared: Annotated[
        str | None, typer.Option(metavar="FOLDER", help="prepared records: s3://BUCKET/prepared")
    ] = None,
    capture: Capture = None,
    ground_truth: GroundTruth = None,
    period: Annotated[
        str, typer.Option(metavar="LENGTH", help="length of the window: 15min, 1h, 1d")
    ] = "1h",
    version: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="default: the newest")
    ] = None,
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="monitor.json; default: the one beside --baseline"),
    ] = None,
    endpoint: Endpoint = None,
    as_json: AsJson = False,
) -> None:
    """Compute a window again from its inputs.

    Every number must be the same to the bit, or the exit status is 1 and the differences are
    named. The inputs are those of `run`: prepared records, or the raw files that it was given.
    FOLDER and FILE are local paths or s3:// addresses; TIME is ISO 8601, in UTC unless it says
    otherwise.

    \b
    Examples:
      python -m monitor verify 2026-11-20T09:00:00Z --ledger s3://BUCKET/ledger \\
          --prepared s3://BUCKET/prepared --baseline s3://BUCKET/monitors/churn
      python -m monitor verify 2026-11-20T09:00:00Z --ledger ledger \\
          --capture data-capture --ground-truth labels --baseline baseline
    """
    check_sources(capture, ground_truth, prepared)
    with told_to_people(as_json), ExitStack() as resources:
        start = parse_time(window)
        asked = Window(start, start + parse_period(period))
        book = Ledger(existing(ledger), endpoint or only_ledger(ledger))
        was = recorded(book, asked, version)
        settings = settings_beside(baseline, config)
        source, _intake = records_of(capture, ground_truth, prepared, settings, resources, endpoint)
        with working("computing"):
            standard = read_baseline(baseline, settings, config)
            found = verified(was, source, book.endpoint, settings, standard)
    if as_json:
        print_json(verification_document(found))
    else:
        _tell(found, asked)
    if not found.matches:
        raise typer.Exit(1)


def _tell(found: Verification, asked: Window) -> None:
    was = found.version
    name = f"version {was.number} of {asked}, as of {was.as_of:%Y-%m-%d %H:%M:%S} UTC"
    for line in found.changed:
        out.print(f"since then: {line}", highlight=False, markup=False)
    if found.matches:
        out.print(f"{name}: {len(was.lineage.inputs)} inputs, the same to the bit", highlight=False)
        return
    for line in found.differences:
        out.print(line, highlight=False, markup=False)
    out.print(f"{name}: it is NOT what its inputs come to", highlight=False, style="red")
