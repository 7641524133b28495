"""The command that makes pages again, of what a ledger has."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from monitor.baseline import Baseline, read_baseline_folder
from monitor.bookkeeping import alone
from monitor.cli_inputs import only_ledger
from monitor.cli_output import out, told_to_people, tracked, working
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.locations import Location, MissingFile
from monitor.page_files import Pages
from monitor.requested import RunRequest
from monitor.results import RunResult
from monitor.windows import Window, parse_time

_BASELINE = "folder with the baseline, for its curves: s3://BUCKET/monitors/ENDPOINT"


def report(
    ledger: Annotated[str, typer.Option(help="s3://BUCKET/ledger, or a folder")],
    since: Annotated[str, typer.Option("--from", help="start of the first window, UTC")],
    until: Annotated[str, typer.Option("--to", help="end of the range, not in it")],
    output: Annotated[str, typer.Option(help="folder for the pages: s3://BUCKET/reports")],
    endpoint: Annotated[
        str | None, typer.Option(help="default: the only one that has a ledger")
    ] = None,
    baseline: Annotated[str | None, typer.Option(help=_BASELINE)] = None,
    show: Annotated[bool, typer.Option("--open", help="open the page of the endpoint")] = False,
) -> None:
    """Make the pages of windows, and that of their endpoint, from the ledger alone."""
    with told_to_people():
        book = Ledger(Location.of(ledger), endpoint or only_ledger(ledger))
        standard = Baseline() if baseline is None else read_baseline_folder(Location.of(baseline))
        span = Window(parse_time(since), parse_time(until))
        with working("reading the ledger"):
            versions = list(book.versions(span.start, span.end))
        if not versions:
            raise MissingFile(f"{book.folder.address} has no window in {span}")
        pages = Pages(Location.of(output), book.endpoint, standard)
        many = write(pages, versions)
    index = pages.index.address
    out.print(f"{many} pages, the first to open: {index}", highlight=False, soft_wrap=True)
    if show:
        open_page(index)


def write(pages: Pages, versions: Sequence[Version]) -> int:
    """The page of the newest version of each window, and the index; their number."""
    by_window: dict[Window, list[Version]] = {}
    for version in versions:
        by_window.setdefault(version.window, []).append(version)
    many = 1
    windows = tracked(list(by_window.values()), "drawing")
    for some in windows:
        *before, newest = sorted(some, key=lambda version: version.number)
        many += pages.write_window(newest, before)
    pages.write_index(versions)
    return many


def of_run(result: RunResult, request: RunRequest, output: str, ledger: str | None) -> str | None:
    """The pages of a run of the command line, beside its documents; the one to open first."""
    if not result.windows:
        return None
    pages = Pages(Location.of(output), request.endpoint, request.baseline)
    versions = [alone(found, request.as_of) for found in result.windows]
    if ledger is not None:
        span = result.windows[0].window.start, result.windows[-1].window.end
        versions = list(Ledger(Location.of(ledger), request.endpoint).versions(*span))
    write(pages, versions)
    return pages.index.address


def open_page(address: str) -> None:
    """A page on this machine, in whatever shows pages there."""
    path = Path(address)
    typer.launch(path.absolute().as_uri() if path.exists() else address)
