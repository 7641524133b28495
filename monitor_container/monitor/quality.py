"""What is known of one window: metrics, their errors, the join's health and the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from monitor.constraints import Check, Constraint, Status, overall
from monitor.health import HEALTH_COUNTS
from monitor.interpretation import Interpretation
from monitor.join_health import JoinCheck, broken
from monitor.label_delays import LabelDelay
from monitor.maturity import Maturity, State
from monitor.metrics import MetricValue, Uncertainty
from monitor.run_cost import RunCost
from monitor.windows import Window

ALL_VARIANTS = "(all)"
DEFAULT_VARIANT = "AllTraffic"
"""SageMaker's name for an endpoint's only variant: it stands for a window without requests."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the join of one window went."""

    counts: Mapping[str, int]

    @property
    def coverage(self) -> float | None:
        """Share of the captured records that have a label; None without records."""
        records = self.counts["records"]
        return self.counts["evaluated"] / records if records else None


UNTIMED = Maturity(State.FINAL, "validation data has no window")
OPEN_REASONS = {
    Status.NOT_EVALUATED: "could not be evaluated",
    Status.NOT_ENOUGH_EVIDENCE: "have not enough evidence",
}
NO_HEALTH = Health(dict.fromkeys(HEALTH_COUNTS, 0))


@dataclass(frozen=True, slots=True)
class Quality:
    """What is known of one window of one variant; `judged` is the number of records behind it."""

    endpoint: str
    variant: str
    window: Window
    reading: Interpretation
    judged: int = 0
    values: Mapping[str, MetricValue] = field(default_factory=dict)
    deviations: Mapping[str, float | None] = field(default_factory=dict)
    errors: Mapping[str, Uncertainty] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    """The sufficient statistics that the metrics were computed from."""
    correlations: Mapping[tuple[str, str], float] = field(default_factory=dict)
    """Of the errors of two metrics, names in order; of a baseline only."""
    requests_known: bool = True
    """Whether the records of one request are known to be of one."""
    details: Mapping[str, object] = field(default_factory=dict)
    health: Health = NO_HEALTH
    join_checks: Sequence[JoinCheck] = ()
    constraints: Sequence[Constraint] = ()
    checks: Sequence[Check] = ()
    maturity: Maturity = UNTIMED
    matured: bool = True
    """Whether it is final, and was not when it was judged before."""
    statistics: str = "{}"
    """JSON of the sufficient statistics, as a ledger keeps them."""
    policy_cost: str | None = None
    """What the policy of the verdict costs in false alarms, if that is known to be much."""
    labelled: str = "[]"
    """JSON of what `labelled` counts."""
    pictures: str = "{}"
    """JSON of what `positions` counts: only the pages show it."""
    # When labels came, and what a run took, make no window another one.
    delay: LabelDelay | None = field(default=None, compare=False)
    cost: RunCost | None = field(default=None, compare=False)
    """Of the run that found it."""

    @property
    def status(self) -> Status:
        """The verdict on the window."""
        return overall(self.checks)

    @property
    def violations(self) -> list[Check]:
        """The checks that failed."""
        return [item for item in self.checks if item.status is Status.VIOLATION]

    @property
    def join_violations(self) -> list[JoinCheck]:
        """The checks of the join that failed."""
        return [item for item in self.join_checks if item.status is Status.VIOLATION]

    @property
    def broken_join(self) -> str | None:
        """Why a verdict on the model would be one on the join; None if the join is sound."""
        return broken(self.join_checks)

    @property
    def reason(self) -> str | None:
        """Why the window could not be judged; None if it was."""
        counts = self.health.counts
        if not counts["records"]:
            return "no request was captured in the window"
        if not counts["evaluated"] and not self.maturity.is_final:
            return "no captured record has a label yet"
        if (reason := not_judged(self.maturity, self.join_checks)) is not None:
            return reason
        if not counts["evaluated"]:
            return "no captured record has a label"
        if self.reading.refused is not None:
            return self.reading.refused
        if not self.judged:
            return "no label can be compared with its prediction"
        if not self.constraints:
            return "there is no baseline to compare with"
        if self.status in OPEN_REASONS:
            open_ = [item for item in self.checks if item.status is self.status]
            first = f"{open_[0].constraint.metric}: {open_[0].reason}"
            number = f"{len(open_)} of {len(self.checks)} constraints"
            return f"{number} {OPEN_REASONS[self.status]} ({first})"
        return None


def not_judged(state: Maturity, join_checks: Sequence[JoinCheck]) -> str | None:
    """Why quality is not judged: half of the labels, or a broken join, tell of no model."""
    return broken(join_checks) or (None if state.is_final else state.reason)


def health_by_cell(table: pa.Table, each_alone: bool = False) -> dict[tuple[str, int], Health]:
    """Counts by (variant, window); those that belong to no variant are added to each.

    `each_alone` to each of the window's own, else to each of any window.
    """
    rows = table.to_pylist()
    named = {(row["variant"], row["window"]) for row in rows if row["variant"] is not None}
    every = sorted({variant for variant, _window in named})
    counts: dict[tuple[str, int], dict[str, int]] = {}
    for row in rows:
        number = row["window"]
        own = [variant for variant in every if (variant, number) in named]
        shared = (own if each_alone else every) or [DEFAULT_VARIANT]
        for variant in shared if row["variant"] is None else [row["variant"]]:
            cell = counts.setdefault((variant, number), dict.fromkeys(HEALTH_COUNTS, 0))
            for name in HEALTH_COUNTS:
                cell[name] += row[name]
    return {cell: Health(found) for cell, found in counts.items()}


def pooled(counts: pa.Table) -> pa.Table:
    """The counts of all variants together."""
    named = [name for name in counts.column_names if name != "variant"]
    variant = pa.repeat(pa.scalar(ALL_VARIANTS), counts.num_rows)
    return counts.select(named).append_column("variant", variant)
