"""The command that makes pages again, of what a ledger has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.baseline import Baseline, read_baseline_folder
from monitor.bookkeeping import alone
from monitor.cli_documents import VERSION, ReportDocument
from monitor.cli_files import AsJson
from monitor.cli_inputs import existing, only_ledger, output_folder
from monitor.cli_output import out, print_json, told_to_people, tracked, working
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.locations import Location, MissingFile
from monitor.page_files import Pages, recent
from monitor.requested import RunRequest, ordered
from monitor.results import RunResult
from monitor.windows import Window, parse_time

_BASELINE = "folder with the baseline, for its curves: s3://BUCKET/monitors/ENDPOINT"


def report(
    ledger: Annotated[
        str, typer.Option(metavar="FOLDER", help="s3://BUCKET/ledger, or a local folder")
    ],
    since: Annotated[
        str, typer.Option("--from", metavar="TIME", help="start of the first window, UTC")
    ],
    until: Annotated[
        str, typer.Option("--to", metavar="TIME", help="end of the range, not in it, UTC")
    ],
    output: Annotated[
        str, typer.Option(metavar="FOLDER", help="for the pages: s3://BUCKET/reports")
    ],
    endpoint: Annotated[
        str | None, typer.Option(metavar="NAME", help="default: the only one in the ledger")
    ] = None,
    baseline: Annotated[str | None, typer.Option(metavar="FOLDER", help=_BASELINE)] = None,
    show: Annotated[bool, typer.Option("--open", help="open the page of the endpoint")] = False,
    as_json: AsJson = False,
) -> None:
    """Make the pages of windows, and that of their endpoint, from the ledger.

    No record is read: what the pages show is in the ledger, and curves of the baseline in its
    folder. The same ledger makes the same pages, byte for byte.

    \b
    Examples:
      python -m monitor report --ledger s3://BUCKET/ledger --endpoint churn \\
          --from 2026-11-20 --to 2026-11-27 --output s3://BUCKET/reports
      python -m monitor report --ledger ledger --from 2026-11-20 \\
          --to 2026-11-27 --baseline baseline --output pages --open
    """
    with told_to_people(as_json):
        target = output_folder(output)
        book = Ledger(existing(ledger), endpoint or only_ledger(ledger))
        standard = Baseline() if baseline is None else read_baseline_folder(existing(baseline))
        span = ordered(Window(parse_time(since), parse_time(until)))
        with working("reading the ledger"):
            versions = list(book.versions(span.start, span.end))
        if not versions:
            raise MissingFile(book.nothing_in(span))
        pages = Pages(target, book.endpoint, standard)
        many = write(pages, versions)
    index = pages.index.address
    if as_json:
        print_json(ReportDocument(VERSION, many, index))
    else:
        out.print(f"{many} pages, the first to open: {index}", highlight=False, soft_wrap=True)
    if show:
        open_page(index)


def write(pages: Pages, versions: Sequence[Version], earlier: Sequence[Version] = ()) -> int:
    """The page of the newest version of each window, and the index; their number.

    The index shows earlier windows, too.
    """
    by_window: dict[Window, list[Version]] = {}
    for version in versions:
        by_window.setdefault(version.window, []).append(version)
    many = 1
    windows = tracked(list(by_window.values()), "drawing")
    for some in windows:
        *before, newest = sorted(some, key=lambda version: version.number)
        there = pages.target(newest.window).has_documents
        many += pages.write_window(newest, before, to_json=there)
    pages.looked_at().write_index([*earlier, *versions])
    return many


def of_run(result: RunResult, request: RunRequest, output: str, ledger: str | None) -> str | None:
    """The pages of a run of the command line, beside its documents; the one to open first."""
    if not result.windows:
        return None
    pages = Pages(Location.of(output), request.endpoint, request.baseline)
    versions = [alone(found, request.as_of) for found in result.windows]
    earlier: Sequence[Version] = ()
    if ledger is not None:
        windows = {found.window for found in result.windows}
        book = Ledger(Location.of(ledger), request.endpoint)
        span = result.windows[0].window.start, result.windows[-1].window.end
        versions = [found for found in book.versions(*span) if found.window in windows]
        earlier = recent(book, request.period)
    write(pages, versions, earlier)
    return pages.index.address


def open_page(address: str) -> None:
    """A page on this machine, in whatever shows pages there."""
    path = Path(address)
    typer.launch(path.absolute().as_uri() if path.exists() else address)
