"""A range of windows brought up to date: those that anything new touches are judged, no others."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from inference_records.partitions import partition_hour
from monitor.bookkeeping import Bookkeeper
from monitor.known import Known
from monitor.ledger import Ledger
from monitor.lineage_of import lineages
from monitor.listing import Listing
from monitor.maturity import deadline
from monitor.progress import Plan, Progress, begun, done, plan_of, planned, pruned
from monitor.related import apart, related
from monitor.requested import RunRequest
from monitor.results import RunResult, WindowResult
from monitor.run import run
from monitor.sources import in_place, sources
from monitor.touched import touched
from monitor.windows import Window

log = logging.getLogger(__name__)

_MOST_WINDOWS = 24
_LONGEST_PORTION = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class CatchUp:
    """What is to be brought up to date; `request` has the range, and its files as they are."""

    ledger: Ledger
    known: Known
    request: RunRequest
    documents: str
    """Digest of baseline and settings."""
    newest: Window
    """Due even if nothing was captured in it."""
    began: Progress
    """How far the ledger was before any file was listed."""

    @property
    def listing(self) -> Listing:
        """The files as they are."""
        return self.known.listing


def plan(task: CatchUp) -> Plan:
    """What is to be judged.

    It is written down first, so that a run that dies is made up for by the next.
    """
    found, began = _touched(task, task.began), task.began.plans
    files, since = task.listing.versions, task.newest.start
    after = task.ledger.update(
        lambda known: pruned(
            planned(known, files, found, began, since, task.documents),
            files,
            task.listing.since,
            task.request.period,
        )
    )
    return plan_of(after, began, task.newest.end)


def _touched(task: CatchUp, progress: Progress) -> set[Window]:
    found = set(progress.overdue(task.request.as_of))
    if progress.documents != task.documents:
        found |= {task.newest, *progress.open}
    if task.newest not in task.ledger.numbers([task.newest]):
        found.add(task.newest)
    if changed := _changed(task.listing, progress):
        found |= _made_of(task, changed)
    new = progress.new(task.listing.versions)
    if new:
        rows, numbers = task.known.rows, task.known.numbers_of(new)
        found |= touched(rows, numbers, _span(task), task.request.period)
    return found


def _changed(listing: Listing, progress: Progress) -> set[str]:
    """Files that were looked at, and are others now, or are gone."""
    return {
        key
        for key, etag in progress.seen.items()
        if listing.versions.get(key) != etag
        and (hour := partition_hour(key)) is not None
        and hour >= listing.since
    }


def _made_of(task: CatchUp, keys: Collection[str]) -> set[Window]:
    """Windows whose numbers were made of files that have changed, or are gone."""
    span = _span(task)
    versions = {v.window: v for v in task.ledger.versions(span.start, span.end)}
    return {
        window
        for window, version in versions.items()
        if any(item.key in keys for item in version.lineage.inputs)
    }


def _span(task: CatchUp) -> Window:
    return Window(task.request.start or task.newest.start, task.newest.end)


def portions(windows: list[Window], alone: Collection[Window] = ()) -> Iterator[list[Window]]:
    """Windows that are judged in one go: not too many, and none that has to be judged alone."""
    portion: list[Window] = []
    for window in windows:
        if window in alone:
            yield [window]
            continue
        if portion and (
            len(portion) == _MOST_WINDOWS or window.end - portion[0].start > _LONGEST_PORTION
        ):
            yield portion
            portion = []
        portion.append(window)
    if portion:
        yield portion


def catch_up(
    task: CatchUp, bookkeeper: Bookkeeper, may_go_on: Callable[[], bool]
) -> tuple[RunResult, bool]:
    """What was judged, and whether that is all there was to judge."""
    ours = plan(task)
    bookkeeper.untold = task.began.untold
    log.info("%d windows to judge", len(ours.windows))
    judged: list[WindowResult] = []
    for portion in portions(sorted(ours.windows), _alone(task, ours.windows)):
        if judged and not may_go_on():
            return RunResult(judged), False
        judged += _judge(task, bookkeeper, ours, portion)
    return RunResult(judged), ours.complete


def _alone(task: CatchUp, windows: Collection[Window]) -> set[Window]:
    """Those of several windows that must not be judged together with others."""
    if len(windows) < 2:
        return set()
    return apart(task.known, windows, task.request.configuration, task.request.period)


def _judge(
    task: CatchUp, bookkeeper: Bookkeeper, plan: Plan, portion: list[Window]
) -> list[WindowResult]:
    was_final = bookkeeper.remember(portion)
    # What another run struck out meanwhile, it judged of all the files that this one has.
    newest = {window: version.number for window, version in bookkeeper.latest.items()}
    progress = task.ledger.update(lambda known: begun(known, portion, newest))
    portion = [window for window in portion if window in progress.pending]
    if not portion:
        return []
    period = task.request.period
    found = related(task.known, portion, task.request.configuration, period)
    request = replace(
        task.request,
        sources=(in_place if task.request.in_place else sources)(task.known, found),
        start=portion[0].start,
        end=portion[-1].end,
        only=frozenset(portion),
        was_final=was_final,
        each_alone=True,
    )
    result = run(request, lambda step: log.info("%s", step))
    made_of = lineages(request, task.listing, portion)
    for window in result.windows:
        bookkeeper.keep(window, made_of[window.window])
    still_open = {
        window.window: deadline(window.window, request.configuration)
        for window in result.windows
        if not all(quality.maturity.is_final for quality in window.variants)
    }
    kept = [window for window in portion if window not in bookkeeper.unfinished]
    task.ledger.update(lambda known: done(known, kept, still_open, plan))
    return result.windows
