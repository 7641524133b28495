"""The past judged by other settings, from the ledger alone: what would have paged, and when first.

Nothing is counted anew: metrics, errors and the counts of the join are those that were kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby

import msgspec

from inference_records.configuration import Configuration
from monitor.baseline import Baseline
from monitor.constraints import Status
from monitor.join_health import check_join
from monitor.join_shares import CAPTURE_GAP
from monitor.judgement import Standard, rejudged
from monitor.ledger_rows import Version
from monitor.maturity import deadline, maturity
from monitor.quality import ALL_VARIANTS, Quality
from monitor.verdicts import Change, Standing, changes, remember
from monitor.windows import Window

REPLAYABLE = frozenset(
    {"verdicts", "join", "mature_coverage", "label_horizon_hours", "correction_hours"}
)
"""Settings that decide on what was counted; all others decide what is counted."""


class CannotReplay(ValueError):
    """The settings would count records anew; the message names the fields."""


@dataclass(frozen=True, slots=True)
class Page:
    """Somebody would have been woken, or told that it is over."""

    at: datetime
    change: Change


@dataclass(slots=True)
class Replay:
    """What became of a range of windows under some settings."""

    pages: list[Page] = field(default_factory=list)
    verdicts: Counter[Status] = field(default_factory=Counter)
    """Of each variant and window, as it was judged last."""
    broken_joins: int = 0
    windows: int = 0

    @property
    def alarms(self) -> list[Page]:
        """The pages that tell of a violation."""
        return [page for page in self.pages if page.change.quality.status is Status.VIOLATION]


def check_replayable(settings: Configuration, before: Configuration) -> None:
    """Raises `CannotReplay` where other records would be counted, or otherwise."""
    new, old = msgspec.structs.asdict(settings), msgspec.structs.asdict(before)
    differing = sorted(name for name in new if name not in REPLAYABLE and new[name] != old[name])
    if settings.join.capture_gap and not before.join.capture_gap:
        differing.append("join.capture_gap (gaps were not recorded)")
    if differing:
        raise CannotReplay(
            f"the ledger cannot be judged again with other {', '.join(differing)}: records would "
            f"be counted anew. What can be replayed is {', '.join(sorted(REPLAYABLE))}; for the "
            "rest use `run` on the prepared records"
        )


def replay(
    versions: Iterable[Version], settings: Configuration, baseline: Baseline, until: datetime
) -> Replay:
    """Judge every window when it would have been final, in that order."""
    found = Replay()
    judged = sorted(_moments(versions, settings, until), key=lambda item: (item[0], item[1].window))
    known: Mapping[str, Standing] = {}
    last: dict[Window, list[Quality]] = {}
    for at, version in judged:
        qualities = last[version.window] = _judged(version, at, settings, baseline)
        told = [change for change in changes(known, qualities) if change.for_people]
        found.pages += [Page(at, change) for change in told]
        known = remember(known, qualities)
    # A window that was judged again, of later labels, is still one window.
    final = [quality for qualities in last.values() for quality in qualities]
    found.windows = len(last)
    found.verdicts.update(quality.status for quality in final)
    found.broken_joins = sum(quality.broken_join is not None for quality in final)
    return found


def _moments(
    versions: Iterable[Version], settings: Configuration, until: datetime
) -> Iterator[tuple[datetime, Version]]:
    """Each window with the version by which it would have been final, and again if corrected."""
    for window, some in groupby(versions, key=lambda version: version.window):
        ordered = list(some)
        last = deadline(window, settings)
        final = False
        for number, version in enumerate(ordered):
            following = ordered[number + 1].as_of if number + 1 < len(ordered) else until
            if final or _is_final(version, version.as_of, settings):
                final = True
                yield version.as_of, version
            elif last < following and last <= until:
                final = True
                yield last, version


def _is_final(version: Version, at: datetime, settings: Configuration) -> bool:
    return all(
        maturity(quality.window, quality.health.coverage, at, settings).is_final
        for quality in variants(version)
    )


def _judged(
    version: Version, at: datetime, settings: Configuration, baseline: Baseline
) -> list[Quality]:
    some = variants(version)
    window: Window = version.window
    standard = Standard(baseline, settings, at, window.end - window.start, len(some))
    return [rejudged(_seen_at(quality, at, settings), standard) for quality in some]


def _seen_at(quality: Quality, at: datetime, settings: Configuration) -> Quality:
    state = maturity(quality.window, quality.health.coverage, at, settings, was_final=True)
    gap = any(item.name == CAPTURE_GAP and item.value for item in quality.join_checks)
    checks = check_join(quality.health.counts, settings.join, final=state.is_final, gap=gap)
    return replace(quality, maturity=state, join_checks=tuple(checks))


def variants(version: Version) -> list[Quality]:
    """The version's variants, each by itself."""
    return [quality for quality in version.qualities if quality.variant != ALL_VARIANTS]
