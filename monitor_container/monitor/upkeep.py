"""A run with a ledger: a range that is brought up to date, or one window that is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from monitor.baseline_fit import check_read
from monitor.bookkeeping import Bookkeeper, every_quality, with_matured
from monitor.catching_up import CatchUp, catch_up
from monitor.copies import Copies
from monitor.derived import Derived
from monitor.engine import connect
from monitor.known import learn
from monitor.ledger import Ledger
from monitor.lineage_of import lineages
from monitor.listing import Listing, frozen, listing
from monitor.locations import Location
from monitor.progress import Progress
from monitor.publishing import Publishing
from monitor.requested import RunRequest, files_of
from monitor.results import RunResult, WindowResult
from monitor.run import run
from monitor.settings import ContainerSettings
from monitor.sources import fetched
from monitor.windows import Window

log = logging.getLogger(__name__)


def with_ledger(
    settings: ContainerSettings,
    request: RunRequest,
    documents: str,
    publishing: Publishing,
    may_go_on: Callable[[], bool],
) -> tuple[RunResult, bool]:
    """What was judged, and whether that is all there was to judge."""
    settings = publishing.settings = _with_the_past(settings, request)
    ledger = Ledger(Location.of(str(settings.ledger)), request.endpoint)
    # Before any file is listed: what other runs plan from here on may be of files not listed here.
    began = ledger.progress()
    span = _reach(settings, began, request.as_of, documents)
    files = listing(request.prepared, request.endpoint, span, request.configuration)
    request = replace(
        request,
        prepared=frozen(request.prepared, files),
        start=settings.window.start,
        end=settings.window.end,
    )
    publishing.ledger = ledger
    keeper = Bookkeeper(ledger, request.as_of, publishing.later)
    if settings.period is None:
        asked = settings.window
        request = replace(request, was_final=keeper.remember([asked]))
        # It is asked for again: its report and datapoints, too.
        keeper.asked = asked
        return _asked(request, asked, files, keeper), True
    newest = Window(settings.window.end - settings.period, settings.window.end)
    publishing.wakes_since = began.since or newest.start
    where = Location.of(settings.derived) if settings.derived is not None else None
    with TemporaryDirectory(prefix="copies-") as folder:
        derived = Derived(where, request.endpoint)
        known = learn(connect(), files, Copies(Path(folder)), derived, request.as_of)
        task = CatchUp(ledger, known, request, documents, newest, began)
        return catch_up(task, keeper, may_go_on)


def _asked(request: RunRequest, asked: Window, files: Listing, keeper: Bookkeeper) -> RunResult:
    """One window, judged of all files in reach, and kept."""
    location = request.prepared.location
    with TemporaryDirectory(prefix="copies-") as folder:
        if not request.in_place:
            some = fetched(location, files_of(request, asked), Copies(Path(folder)))
            request = replace(request, sources=some)
        result = run(request, lambda step: log.info("%s", step))
        (window,) = result.windows
        keeper.keep(window, lineages(request, files, [asked])[asked])
    return result


def _with_the_past(settings: ContainerSettings, request: RunRequest) -> ContainerSettings:
    """A monitoring schedule asks for each window once; what comes late is caught up by the next.

    Not of raw files, of which only the window's own are mounted.
    """
    is_raw = request.prepared.location.address != settings.prepared
    if settings.schedule is None or settings.reports is None or settings.period or is_raw:
        return settings
    end, period = settings.window.end, request.period
    past = -(-timedelta(hours=request.configuration.correction_hours) // period)
    return replace(settings, period=period, window=Window(end - past * period, end))


def _reach(settings: ContainerSettings, began: Progress, as_of: datetime, documents: str) -> Window:
    """The range with the windows before it that have to be judged: they need their files, too."""
    if settings.period is None:
        return settings.window
    waiting = began.due(as_of)
    if documents != began.documents:
        waiting |= began.open.keys()
    starts = [w.start for w in waiting if w.end - w.start == settings.period]
    return Window(min([settings.window.start, *starts]), settings.window.end)


def _is_reopened(found: WindowResult, was_final: Collection[tuple[str, Window]]) -> bool:
    """Whether anything of a window was final, and would not be by its labels of now."""
    return any(
        not quality.maturity.is_final and (quality.variant, quality.window) in was_final
        for quality in every_quality(found)
    )


def kept(ledger: Location, request: RunRequest, tell: Callable[[str], None]) -> RunResult:
    """Every window of a range judged, and its version written where anything is found anew."""
    book = Ledger(ledger, request.endpoint)
    keeper = Bookkeeper(book, request.as_of, lambda *_told: True)
    request = replace(request, each_alone=True)
    result = run(request, tell)
    some = [quality for quality in result.qualities if quality.health.counts["evaluated"]]
    check_read([quality.reading for quality in some], request.baseline)
    windows = [found.window for found in result.windows]
    was_final = keeper.remember(windows)
    if any(_is_reopened(found, was_final) for found in result.windows):
        result = run(replace(request, was_final=was_final), tell)
    result = RunResult([with_matured(found, was_final) for found in result.windows])
    span = Window(windows[0].start, windows[-1].end)
    files = listing(request.prepared, request.endpoint, span, request.configuration)
    made_of = lineages(request, files, windows)
    for found in result.windows:
        keeper.keep(found, made_of[found.window])
    return result
