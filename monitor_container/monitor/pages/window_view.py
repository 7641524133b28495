"""A version of a window -> the plain values of its page. It knows neither files nor pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from monitor.baseline import Baseline
from monitor.ledger_rows import Version
from monitor.lineage import Lineage, digest_of_baseline
from monitor.metrics import ProblemType
from monitor.pages.confusion import Confusion, confusion_of
from monitor.pages.curves import Curve, curves_of
from monitor.pages.flow import Flow, flow_of
from monitor.pages.measured import Row, rows_of
from monitor.pages.moved import Moved, moved_of
from monitor.pages.payload_places import Places, places_of
from monitor.pages.residuals import ResidualView, residuals_of
from monitor.pages.sentences import Verdict, steps_of, verdict_of
from monitor.pages.stored import stored
from monitor.quality import ALL_VARIANTS, Quality

MOST_ROWS = 60
MOST_INPUTS = 40


@dataclass(frozen=True, slots=True)
class Sibling:
    """A variant beside others: its verdict in a line."""

    variant: str
    verdict: Verdict
    records: int
    coverage: float | None


@dataclass(frozen=True, slots=True)
class WindowView:
    """All that the page of a window says."""

    quality: Quality
    version: Version
    history: tuple[Version, ...]
    verdict: Verdict
    steps: tuple[str, ...]
    rows: tuple[Row, ...]
    more_rows: int
    flow: Flow
    confusion: Confusion | None
    curves: tuple[Curve, ...]
    residuals: ResidualView | None
    places: tuple[Places, ...]
    moved: tuple[Moved, ...]
    siblings: tuple[Sibling, ...]
    has_baseline: bool
    """Whether the baseline is at hand that the window was judged by."""
    counted: bool
    """Whether this version counted what the pictures of places are drawn of."""

    @property
    def limited(self) -> list[Row]:
        """The metrics that something constrains."""
        return [row for row in self.rows if row.check is not None]

    @property
    def free(self) -> list[Row]:
        """The metrics that nothing constrains."""
        return [row for row in self.rows if row.check is None]

    @property
    def lineage(self) -> Lineage:
        """What it was made of."""
        return self.version.lineage

    @property
    def is_regression(self) -> bool:
        """Whether errors have a size."""
        return self.quality.reading.problem_type == ProblemType.REGRESSION


def window_view(
    version: Version, quality: Quality, baseline: Baseline, history: Sequence[Version] = ()
) -> WindowView:
    """The page of one variant of a version, or of all of them together."""
    same = version.lineage.baseline in ("", digest_of_baseline(baseline))
    before: dict[str, Any] = dict(baseline.details) if same else {}
    errors = {name: of.standard_error for name, of in baseline.errors.items()} if same else {}
    rows = rows_of(quality, baseline.values if same else {}, errors)
    known, pictures = stored(quality.statistics), orjson.loads(quality.pictures)
    places = places_of(pictures, before)
    moved = moved_of(orjson.loads(quality.labelled), pictures, before)
    flow = flow_of(quality)
    siblings = _siblings(version, quality)
    verdict = verdict_of(quality, rows)
    return WindowView(
        quality=quality,
        version=version,
        history=tuple(history),
        verdict=verdict,
        steps=tuple(steps_of(quality, flow, places, moved)),
        rows=tuple(rows[:MOST_ROWS]),
        more_rows=max(len(rows) - MOST_ROWS, 0),
        flow=flow,
        confusion=confusion_of(known.matrix, before.get("confusion_matrix")),
        curves=tuple(curves_of(known, before)),
        residuals=residuals_of(pictures, before),
        places=tuple(places),
        moved=tuple(moved),
        siblings=siblings,
        has_baseline=same and bool(baseline.values),
        counted=bool(pictures),
    )


def _siblings(version: Version, quality: Quality) -> tuple[Sibling, ...]:
    """The variants, on the page of all of them together."""
    if quality.variant != ALL_VARIANTS:
        return ()
    return tuple(
        Sibling(own.variant, verdict_of(own, rows_of(own, {}, {})), own.judged, own.health.coverage)
        for own in version.qualities
        if own.variant != ALL_VARIANTS
    )
