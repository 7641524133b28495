"""Newest versions of windows -> the plain values of an endpoint's page: rows, and what is drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from monitor.ledger_rows import Version
from monitor.pages.trend_rows import (
    WORST_FIRST,
    Reference,
    TrendRow,
    own,
    references,
    rows,
    together,
)
from monitor.windows import Window

DETAILED = 168
"""Windows that are shown one by one: a week of hours."""
MOST_VARIANTS, MOST_METRICS, MOST_BUCKETS = 6, 12, 60
_CHARTS = 24
_FEWEST = 12
_POINTS = 4_000
_BY_ITSELF = 8


@dataclass(frozen=True, slots=True)
class TrendView:
    """All that the page of an endpoint says; rows in order of time."""

    endpoint: str
    variants: tuple[str, ...]
    all_variants: int
    metrics: tuple[str, ...]
    all_metrics: int
    rows: tuple[TrendRow, ...]
    references: dict[tuple[str, str], Reference]
    detailed: int
    """Windows that are shown one by one."""
    together: int
    """Windows of before that are shown together."""

    def of(self, variant: str) -> list[TrendRow]:
        """The rows of one variant."""
        return [row for row in self.rows if row.variant == variant]

    @property
    def span(self) -> Window | None:
        """From the first to the last."""
        if not self.rows:
            return None
        return Window(self.rows[0].span.start, max(row.span.end for row in self.rows))

    @property
    def latest(self) -> TrendRow | None:
        """The newest judged window, the worst of its variants; else the newest of all."""
        judged = [row for row in self.rows if not row.provisional and row.windows == 1]
        some = judged or list(self.rows)
        newest = max((row.span for row in some), default=None)
        return min(
            (row for row in some if row.span == newest),
            key=lambda row: WORST_FIRST.index(row.verdict.kind),
            default=None,
        )

    @property
    def verdicts(self) -> Counter[str]:
        """Windows that are shown one by one, by the kind of their verdict."""
        return Counter(row.verdict.kind for row in self.rows if row.windows == 1)


def trend_view(endpoint: str, versions: Iterable[Version], most: int = DETAILED) -> TrendView:
    """The page of the newest version of each window; at most so many windows one by one."""
    newest: dict[Window, Version] = {}
    for version in versions:
        known = newest.get(version.window)
        if known is None or known.number < version.number:
            newest[version.window] = version
    ordered = [newest[window] for window in sorted(newest)]
    every = _variants(ordered)
    variants = every[:MOST_VARIANTS]
    names = _metrics(ordered, variants)
    shown = names[: min(MOST_METRICS, max(_CHARTS // max(len(variants), 1), 1))]
    fitting = _POINTS // max(len(shown) * len(variants), 1)
    many = max(min(most, fitting), _FEWEST)
    old, new = ordered[:-many], ordered[-many:]
    every_row = [
        row
        for some in _buckets(old, min(MOST_BUCKETS, most) // max(len(variants), 1))
        for row in together(some, variants, shown)
    ]
    every_row += [row for version in new for row in rows(version, variants, shown)]
    return TrendView(
        endpoint, variants, len(every), shown, len(names), tuple(every_row),
        references(new, variants), len(new), len(old),
    )  # fmt: skip


def _variants(versions: Sequence[Version]) -> tuple[str, ...]:
    """Those with the most records first, so that the ones that are left out matter least."""
    records: Counter[str] = Counter()
    for version in versions:
        for quality in own(version):
            records[quality.variant] += 1 + quality.health.counts["records"]
    kept = sorted(records, key=lambda name: (-records[name], name))
    return tuple(sorted(kept[:MOST_VARIANTS]) + kept[MOST_VARIANTS:])


def _metrics(versions: Sequence[Version], variants: Sequence[str]) -> tuple[str, ...]:
    """What is constrained; where nothing is, the first of all that are measured."""
    qualities = [q for version in reversed(versions) for q in own(version)]
    some = [q for q in qualities if q.variant in variants]
    checked = dict.fromkeys(item.constraint.metric for q in some for item in q.checks)
    measured = dict.fromkeys(
        name for q in some for name, found in q.values.items() if found.value is not None
    )
    return tuple(checked or list(measured)[:_BY_ITSELF])


def _buckets(versions: Sequence[Version], most: int) -> list[list[Version]]:
    """Windows of long ago by so many days that there are not too many buckets."""
    if not versions:
        return []
    first, last = versions[0].window.start, versions[-1].window.start
    days = max(-(-((last - first).days + 1) // max(most, 1)), 1)
    start = datetime.combine(first.date(), datetime.min.time(), UTC)
    found: dict[int, list[Version]] = defaultdict(list)
    for version in versions:
        found[(version.window.start - start) // timedelta(days=days)].append(version)
    return [found[number] for number in sorted(found)]
