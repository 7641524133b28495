"""One window judged: metrics, their deviations, the join's health and the checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from monitor.aggregate import Statistics
from monitor.constraints import Check, Constraint, Status, check, overall
from monitor.health import HEALTH_COUNTS
from monitor.interpret import Interpretation
from monitor.metrics import MetricValue, details, evaluate, leave_one_out, standard_deviations
from monitor.windows import Window

ALL_VARIANTS = "(all)"


@dataclass(frozen=True, slots=True)
class Health:
    """How the join of one window went."""

    counts: Mapping[str, int]

    @property
    def coverage(self) -> float | None:
        """Share of the captured records that have a label; None without records."""
        records = self.counts["records"]
        return self.counts["evaluated"] / records if records else None


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
    details: Mapping[str, object] = field(default_factory=dict)
    health: Health = NO_HEALTH
    constraints: Sequence[Constraint] = ()
    checks: Sequence[Check] = ()

    @property
    def status(self) -> Status:
        """The verdict on the window."""
        return overall(self.checks)

    @property
    def violations(self) -> list[Check]:
        """The checks that failed."""
        return [item for item in self.checks if item.status is Status.VIOLATION]

    @property
    def reason(self) -> str | None:
        """Why the window could not be judged; None if it was."""
        counts = self.health.counts
        if not counts["records"]:
            return "no request was captured in the window"
        if not counts["evaluated"]:
            return "no captured record has a label yet"
        if not self.judged:
            return "no label can be compared with its prediction"
        if not self.constraints:
            return "there is no baseline to compare with"
        if self.status is Status.NOT_EVALUATED:
            return self.checks[0].reason
        return None


def judge(
    endpoint: str,
    variant: str,
    window: Window,
    reading: Interpretation,
    statistics: Statistics | None,
    health: Health,
    constraints: Sequence[Constraint],
) -> Quality:
    """Compute and check every metric of one window; without statistics each is undefined."""
    inputs = statistics.inputs if statistics is not None else {}
    values = evaluate(reading.problem_type, inputs)
    deviations: Mapping[str, float | None] = {}
    if statistics is not None:
        deviations = standard_deviations(reading.problem_type, leave_one_out(statistics.folds))
    return Quality(
        endpoint=endpoint,
        variant=variant,
        window=window,
        reading=reading,
        judged=statistics.count if statistics is not None else 0,
        values=values,
        deviations=deviations,
        details=details(reading.problem_type, inputs),
        health=health,
        constraints=constraints,
        checks=check(constraints, values),
    )
