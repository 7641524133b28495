"""Rows of an endpoint's page: a window of a variant each, or windows of long ago together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import sqrt
from statistics import median

from monitor.constraints import Status
from monitor.ledger_rows import Version
from monitor.pages.measured import WIDTH, Row, rows_of
from monitor.pages.sentences import Verdict, verdict_of
from monitor.quality import ALL_VARIANTS, Quality
from monitor.restatement import MATURED
from monitor.windows import Window

WORST_FIRST = ("bad", "open", "waiting", "ok")


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
    def restated(self) -> bool:
        """Whether it was final before this version; to become final is no restatement."""
        return self.number > 1 and not self.provisional and not self.because.endswith(MATURED)

    @property
    def middle(self) -> datetime:
        """Where it is drawn."""
        return self.span.start + (self.span.end - self.span.start) / 2


def own(version: Version) -> list[Quality]:
    """Its variants, each by itself."""
    return [quality for quality in version.qualities if quality.variant != ALL_VARIANTS]


def rows(version: Version, variants: Sequence[str], names: Sequence[str]) -> list[TrendRow]:
    """A row of each variant of a window."""
    return [
        _row(version, quality, names) for quality in own(version) if quality.variant in variants
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


def references(
    versions: Sequence[Version], variants: Sequence[str]
) -> dict[tuple[str, str], Reference]:
    """Of each metric and variant, by the newest window that has them."""
    found: dict[tuple[str, str], Reference] = {}
    for version in versions:
        for quality in own(version):
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


def together(
    versions: Sequence[Version], variants: Sequence[str], names: Sequence[str]
) -> list[TrendRow]:
    """One row of each variant for many windows: the worst verdict, and values between bounds."""
    each = [row for version in versions for row in rows(version, variants, names)]
    span = Window(versions[0].window.start, max(v.window.end for v in versions))
    found = []
    for variant in variants:
        some = [row for row in each if row.variant == variant]
        if some:
            found.append(_summed(some, span, names))
    return found


def _summed(rows: Sequence[TrendRow], span: Window, names: Sequence[str]) -> TrendRow:
    worst = min(rows, key=lambda row: WORST_FIRST.index(row.verdict.kind))
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
