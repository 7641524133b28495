"""Newest versions of windows -> the plain values of an endpoint's page: rows, and what is drawn."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import sqrt
from statistics import median

from monitor.constraints import Status
from monitor.ledger_rows import Version
from monitor.pages.measured import WIDTH, Row, rows_of
from monitor.pages.sentences import Verdict, verdict_of
from monitor.quality import ALL_VARIANTS, Quality
from monitor.windows import Window

DETAILED = 168
"""Windows that are shown one by one: a week of hours."""
MOST_VARIANTS, MOST_METRICS, MOST_BUCKETS = 6, 12, 60
_FEWEST = 12
_POINTS = 4_000
_BY_ITSELF = 8


@dataclass(frozen=True, slots=True)
class Value:
    """A metric of one window, or of several: their median, the lowest and the highest."""

    value: float
    low: float | None
    high: float | None
    kind: str
    """`ok`, `bad`, `open`, `waiting` or `` where nothing constrains it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a metric is held against: the baseline with its interval, and the limit."""

    baseline: float | None = None
    error: float | None = None
    limit: float | None = None

    @property
    def band(self) -> tuple[float, float] | None:
        """95 % of the baseline."""
        if self.baseline is None or self.error is None:
            return None
        return self.baseline - WIDTH * self.error, self.baseline + WIDTH * self.error


@dataclass(frozen=True, slots=True)
class TrendRow:
    """A window of a variant, or several windows of long ago together."""

    variant: str
    span: Window
    windows: int
    verdict: Verdict
    provisional: bool
    records: int
    coverage: float | None
    delay: int | None
    """Seconds until half of the labels had come."""
    values: dict[str, Value]
    number: int = 1
    because: str = ""

    @property
    def middle(self) -> datetime:
        """Where it is drawn."""
        return self.span.start + (self.span.end - self.span.start) / 2


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
        order = ("bad", "open", "waiting", "ok")
        return min(
            (row for row in some if row.span == newest),
            key=lambda row: order.index(row.verdict.kind),
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
    shown = names[:MOST_METRICS]
    fitting = _POINTS // max(len(shown) * len(variants), 1)
    many = max(min(most, fitting), _FEWEST)
    old, new = ordered[:-many], ordered[-many:]
    rows = [row for some in _buckets(old) for row in _together(some, variants, shown)]
    rows += [row for version in new for row in _rows(version, variants, shown)]
    return TrendView(
        endpoint, variants, len(every), shown, len(names), tuple(rows),
        _references(new, variants), len(new), len(old),
    )  # fmt: skip


def _own(version: Version) -> list[Quality]:
    return [quality for quality in version.qualities if quality.variant != ALL_VARIANTS]


def _variants(versions: Sequence[Version]) -> tuple[str, ...]:
    """Those with the most records first, so that the ones that are left out matter least."""
    records: Counter[str] = Counter()
    for version in versions:
        for quality in _own(version):
            records[quality.variant] += 1 + quality.health.counts["records"]
    kept = sorted(records, key=lambda name: (-records[name], name))
    return tuple(sorted(kept[:MOST_VARIANTS]) + kept[MOST_VARIANTS:])


def _metrics(versions: Sequence[Version], variants: Sequence[str]) -> tuple[str, ...]:
    """What is constrained; where nothing is, the first of all that are measured."""
    qualities = [q for version in reversed(versions) for q in _own(version)]
    some = [q for q in qualities if q.variant in variants]
    checked = dict.fromkeys(item.constraint.metric for q in some for item in q.checks)
    measured = dict.fromkeys(
        name for q in some for name, found in q.values.items() if found.value is not None
    )
    return tuple(checked or list(measured)[:_BY_ITSELF])


def _rows(version: Version, variants: Sequence[str], names: Sequence[str]) -> list[TrendRow]:
    return [
        _row(version, quality, names) for quality in _own(version) if quality.variant in variants
    ]


def _row(version: Version, quality: Quality, names: Sequence[str]) -> TrendRow:
    measured = rows_of(quality, {}, {})
    found = {row.name: row for row in measured}
    return TrendRow(
        variant=quality.variant,
        span=quality.window,
        windows=1,
        verdict=verdict_of(quality, measured),
        provisional=not quality.maturity.is_final,
        records=quality.judged,
        coverage=quality.health.coverage,
        delay=None if quality.delay is None else quality.delay.half,
        values={name: value for name in names if (value := _value(found.get(name))) is not None},
        number=version.number,
        because=version.because,
    )


_KINDS = {Status.VIOLATION: "bad", Status.OK: "ok", Status.NOT_ENOUGH_EVIDENCE: "open"}


def _value(row: Row | None) -> Value | None:
    if row is None or row.value is None:
        return None
    low, high = row.interval or (None, None)
    kind = "" if row.status is None else _KINDS.get(row.status, "waiting")
    return Value(row.value, low, high, kind)


def _references(
    versions: Sequence[Version], variants: Sequence[str]
) -> dict[tuple[str, str], Reference]:
    """Of each metric and variant, by the newest window that has them."""
    found: dict[tuple[str, str], Reference] = {}
    for version in versions:
        for quality in _own(version):
            for item in quality.checks if quality.variant in variants else ():
                error = quality.errors.get(item.constraint.metric)
                before = None
                if item.drop_error is not None and error is not None:
                    # The error of a drop is that of both sides.
                    before = sqrt(max(item.drop_error**2 - error.standard_error**2, 0.0))
                key = (item.constraint.metric, quality.variant)
                old = found.get(key, Reference())
                limit = item.constraint.threshold if item.limit is None else item.limit
                found[key] = Reference(
                    old.baseline if item.baseline is None else item.baseline,
                    old.error if before is None else before,
                    limit,
                )
    return found


def _buckets(versions: Sequence[Version]) -> list[list[Version]]:
    """Windows of long ago by so many days that there are not too many buckets."""
    if not versions:
        return []
    first, last = versions[0].window.start, versions[-1].window.start
    days = max(-(-((last - first).days + 1) // MOST_BUCKETS), 1)
    start = datetime.combine(first.date(), datetime.min.time(), UTC)
    found: dict[int, list[Version]] = defaultdict(list)
    for version in versions:
        found[(version.window.start - start) // timedelta(days=days)].append(version)
    return [found[number] for number in sorted(found)]


def _together(
    versions: Sequence[Version], variants: Sequence[str], names: Sequence[str]
) -> list[TrendRow]:
    """One row of each variant for many windows: the worst verdict, and values between bounds."""
    rows = [row for version in versions for row in _rows(version, variants, names)]
    span = Window(versions[0].window.start, max(v.window.end for v in versions))
    found = []
    for variant in variants:
        own = [row for row in rows if row.variant == variant]
        if own:
            found.append(_summed(own, span, names))
    return found


def _summed(rows: Sequence[TrendRow], span: Window, names: Sequence[str]) -> TrendRow:
    order = ("bad", "open", "waiting", "ok")
    worst = min(rows, key=lambda row: order.index(row.verdict.kind))
    coverages = [row.coverage for row in rows if row.coverage is not None]
    delays = [row.delay for row in rows if row.delay is not None]
    values = {}
    for name in names:
        some = [row.values[name] for row in rows if name in row.values]
        if some:
            each = [value.value for value in some]
            kind = "bad" if any(value.kind == "bad" for value in some) else ""
            values[name] = Value(median(each), min(each), max(each), kind)
    return TrendRow(
        variant=rows[0].variant,
        span=span,
        windows=len(rows),
        verdict=worst.verdict,
        provisional=False,
        records=sum(row.records for row in rows),
        coverage=median(coverages) if coverages else None,
        delay=round(median(delays)) if delays else None,
        values=values,
    )
