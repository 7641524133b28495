"""How far the ledger of an endpoint is: files that were looked at, windows that are to be judged.

What is to be done is written down before it is begun, so that a run that dies loses nothing; what
was done is struck out by who knew all that was to be done. Pure: `ledger` reads and writes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from inference_records.partitions import partition_hour
from monitor.windows import Window


@dataclass(frozen=True, slots=True)
class Progress:
    """Files by key with their ETags; windows with the number of the plan that touched them last."""

    since: datetime | None = None
    """Start of the newest window of the first run: what lies before it wakes nobody."""
    documents: str = ""
    """Digest of the baseline and settings of the last run."""
    seen: Mapping[str, str] = field(default_factory=dict)
    plans: int = 0
    """Numbers of plans given out: a listing that began later has all that those plans knew of."""
    pending: Mapping[Window, int] = field(default_factory=dict)
    open: Mapping[Window, datetime] = field(default_factory=dict)
    """Provisional windows, each with the time when it is final at the latest."""
    untold: Mapping[Window, int] = field(default_factory=dict)
    """Windows that a run began to judge, with the newest version before it; 0: there was none."""

    def new(self, files: Mapping[str, str]) -> list[str]:
        """Keys of files that were not looked at, or that changed since."""
        return [key for key, etag in files.items() if self.seen.get(key) != etag]

    def due(self, now: datetime) -> set[Window]:
        """Windows that are to be judged though nothing new touches them."""
        return {*self.pending, *self.overdue(now)}

    def overdue(self, now: datetime) -> list[Window]:
        """Provisional windows whose time is up."""
        return [window for window, until in self.open.items() if until <= now]


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run set out to judge, and what it could know."""

    began: int
    """The plans that were written before it listed any file."""
    number: int
    windows: frozenset[Window] = frozenset()
    complete: bool = True
    """Whether these are all that are due; the others are another run's, or left to the next."""


def planned(
    progress: Progress,
    files: Mapping[str, str],
    touched: Iterable[Window],
    began: int,
    since: datetime,
    documents: str,
) -> Progress:
    """Progress once it is known what a listing touches; its last plan but one is the run's own.

    Where another run planned since this one began, that one may have listed what this one did not:
    then this one's windows are nobody's yet, but those of a run that lists everything anew.
    """
    own, nobodys = progress.plans + 1, progress.plans + 2
    number = nobodys if progress.plans > began else own
    return replace(
        progress,
        since=progress.since or since,
        documents=documents,
        seen={**progress.seen, **files},
        plans=nobodys,
        pending={**progress.pending, **dict.fromkeys(touched, number)},
    )


def plan_of(progress: Progress, began: int, until: datetime) -> Plan:
    """The plan that was written last: of the windows up to a time those that its run may judge."""
    number = progress.plans - 1
    due = {window: plan for window, plan in progress.pending.items() if window.end <= until}
    ours = frozenset(window for window, plan in due.items() if plan <= began or plan == number)
    return Plan(began, number, ours, complete=len(ours) == len(due))


def pruned(
    progress: Progress, files: Collection[str], start: datetime, period: timedelta
) -> Progress:
    """Without files that are not listed, from before a time, and windows of no period any more."""
    seen = {
        key: etag
        for key, etag in progress.seen.items()
        if key in files or (hour := partition_hour(key)) is None or hour >= start
    }
    pending = {w: plan for w, plan in progress.pending.items() if w.end - w.start == period}
    still_open = {w: until for w, until in progress.open.items() if w.end - w.start == period}
    untold = {w: number for w, number in progress.untold.items() if w.end - w.start == period}
    return replace(progress, seen=seen, pending=pending, open=still_open, untold=untold)


def begun(progress: Progress, windows: Iterable[Window], newest: Mapping[Window, int]) -> Progress:
    """Progress before pending windows are judged: what is written from here on may stay untold."""
    ours = {window: newest.get(window, 0) for window in windows if window in progress.pending}
    return replace(progress, untold={**ours, **progress.untold})


def done(
    progress: Progress,
    judged: Collection[Window],
    provisional: Mapping[Window, datetime],
    plan: Plan,
) -> Progress:
    """Progress after windows were judged.

    One that another run planned meanwhile stays pending; one that another struck out meanwhile is
    judged once more, for what is written now may be of fewer files.
    """
    again = progress.plans + 1
    pending = {
        window: number
        for window, number in progress.pending.items()
        if window not in judged or (number > plan.began and number != plan.number)
    }
    lost = {window: again for window in judged if window not in progress.pending}
    still_open = {w: until for w, until in progress.open.items() if w not in judged}
    return replace(
        progress,
        plans=again if lost else progress.plans,
        pending={**pending, **lost},
        open={**still_open, **provisional},
        untold={w: told for w, told in progress.untold.items() if w not in judged},
    )
