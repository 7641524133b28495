"""A run with a ledger: a range that is brought up to date, or one window that is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from monitor.bookkeeping import Bookkeeper
from monitor.catching_up import CatchUp, catch_up
from monitor.ledger import Ledger
from monitor.lineage_of import lineages
from monitor.listing import frozen, listing
from monitor.locations import Location
from monitor.novelty import documents_digest
from monitor.publishing import Publishing
from monitor.requested import RunRequest
from monitor.results import RunResult
from monitor.run import run
from monitor.settings import ContainerSettings
from monitor.windows import Window


def with_ledger(
    settings: ContainerSettings,
    request: RunRequest,
    publishing: Publishing,
    may_go_on: Callable[[], bool],
) -> tuple[RunResult, bool]:
    """What was judged, and whether that is all there was to judge."""
    ledger = Ledger(Location.of(str(settings.ledger)), request.endpoint)
    files = listing(request.prepared, request.endpoint, settings.window, request.configuration)
    request = replace(request, prepared=frozen(request.prepared, files))
    keeper = Bookkeeper(ledger, request.as_of, publishing.later)
    if settings.period is None:
        asked = settings.window
        result = run(replace(request, was_final=keeper.remember([asked])))
        (window,) = result.windows
        # It is asked for again: its report and datapoints, too.
        keeper.leftover = [asked]
        keeper.keep(window, lineages(request, files, [asked])[asked])
        return result, True
    newest = Window(settings.window.end - settings.period, settings.window.end)
    publishing.wakes_since = ledger.progress().since or newest.start
    documents = documents_digest(str(settings.monitor_folder))
    task = CatchUp(ledger, files, request, documents, newest)
    return catch_up(task, keeper, may_go_on)
