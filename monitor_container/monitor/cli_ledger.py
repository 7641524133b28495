"""The commands that read a ledger: judge the past by other settings, and compute it again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import orjson
import typer

from monitor.cli_inputs import only_ledger, read_baseline, settings_beside
from monitor.cli_output import err, out, told_to_people
from monitor.ingest import Prepared
from monitor.ledger import Ledger
from monitor.locations import Location, MissingFile
from monitor.replay import check_replayable
from monitor.replay import replay as replayed
from monitor.replay_tables import page_table, replay_document, summary
from monitor.verification import recorded
from monitor.verification import verify as verified
from monitor.windows import Window, parse_period, parse_time

_FOLDER = "folder with the baseline, and the monitor.json that held: s3://BUCKET/monitors/ENDPOINT"
LedgerAddress = Annotated[str, typer.Option("--ledger", help="s3://BUCKET/ledger, or a folder")]
Folder = Annotated[str, typer.Option("--baseline", help=_FOLDER)]
Endpoint = Annotated[str | None, typer.Option(help="default: the only one that has a ledger")]


def replay(
    ledger: LedgerAddress,
    baseline: Folder,
    since: Annotated[str, typer.Option("--from", help="start of the first window, UTC")],
    until: Annotated[str, typer.Option("--to", help="end of the range, not in it")],
    config: Annotated[str | None, typer.Option(help="monitor.json that is to be tried")] = None,
    endpoint: Endpoint = None,
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """Judge the past by other settings, without its records: what would have paged, and when."""
    with told_to_people():
        before = settings_beside(baseline, None)
        settings = settings_beside(baseline, config)
        check_replayable(settings, before)
        book = Ledger(Location.of(ledger), endpoint or only_ledger(ledger))
        standard = read_baseline(baseline, settings)
        span = Window(parse_time(since), parse_time(until))
        with err.status("reading the ledger") as status:
            versions = list(book.versions(span.start, span.end))
            if not versions:
                raise MissingFile(f"{book.folder.address} has no window in {span}")
            status.update(f"judging {len(versions):,} versions")
            now = datetime.now(UTC)
            found = replayed(versions, settings, standard, now)
            then = replayed(versions, before, standard, now) if config is not None else None
    if as_json:
        out.print(orjson.dumps(replay_document(found, then)).decode(), soft_wrap=True)
        return
    for line in summary(found, then):
        out.print(line, highlight=False)
    if found.pages:
        out.print(page_table(found.pages))


def verify(
    window: Annotated[str, typer.Argument(help="start of the window, UTC")],
    ledger: LedgerAddress,
    prepared: Annotated[str, typer.Option(help="s3://BUCKET/prepared, or a folder")],
    baseline: Folder,
    period: Annotated[str, typer.Option(help="length of the window")] = "1h",
    version: Annotated[int | None, typer.Option(min=1, help="default: the newest")] = None,
    config: Annotated[str | None, typer.Option(help="default: beside the baseline")] = None,
    endpoint: Endpoint = None,
) -> None:
    """Compute a window again from its inputs: every number must be the same to the bit."""
    with told_to_people():
        start = parse_time(window)
        asked = Window(start, start + parse_period(period))
        book = Ledger(Location.of(ledger), endpoint or only_ledger(ledger))
        was = recorded(book, asked, version)
        settings = settings_beside(baseline, config)
        source = Prepared(Location.of(prepared))
        with err.status("computing"):
            standard = read_baseline(baseline, settings)
            found = verified(was, source, book.endpoint, settings, standard)
    name = f"version {was.number} of {asked}, as of {was.as_of:%Y-%m-%d %H:%M:%S} UTC"
    for line in found.changed:
        out.print(f"since then: {line}", highlight=False, markup=False)
    if found.matches:
        out.print(f"{name}: {len(was.lineage.inputs)} inputs, the same to the bit", highlight=False)
        return
    for line in found.differences:
        out.print(line, highlight=False, markup=False)
    out.print(f"{name}: it is NOT what its inputs come to", highlight=False, style="red")
    raise typer.Exit(1)
