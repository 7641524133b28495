"""What there is to say about a changed verdict: the findings, worst first, and the event's detail.

It says numbers and names, never a reason: that may be the text of an error with a payload in it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from monitor.baseline import Baseline
from monitor.constraints import Check, Operator, Status
from monitor.metrics import FOLDS
from monitor.quality import Quality
from monitor.verdicts import Change, Held
from monitor.windows import iso

SOURCE = "batch-payload-monitor"
DETAIL_TYPE = "Model Quality Verdict Changed"

_MOST_VIOLATIONS = 100
_LONGEST_NAME = 255
"""Both together keep an event below 256 KB, whatever metrics a user registers."""

# Rules compare numbers of at most six decimals, between -5e9 and 5e9:
# https://github.com/aws/event-ruler#numeric-matching.
_DECIMALS = 6
_UNBOUNDED = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that met a value, with all that a reader weighs it by."""

    metric: str
    value: float
    threshold: float
    operator: Operator
    deviation: float | None = None
    baseline: float | None = None
    error: float | None = None
    """Clustered by request; None if unknown."""
    p_value: float | None = None
    """Chance of a window this bad by chance; None where a threshold alone decides."""
    level: float | None = None
    smallest_visible_drop: float | None = None

    @property
    def standard_error(self) -> float | None:
        """The metric's own uncertainty; None if unknown.

        Where it is not known by request: the published deviation is that of subsamples of 80 %,
        which hardly differ. Leaving out one of five groups is a grouped jackknife, and its standard
        error is sqrt(5 - 1) times as large.
        """
        if self.error is not None:
            return self.error
        return None if self.deviation is None else math.sqrt(FOLDS - 1) * self.deviation

    @property
    def beyond(self) -> float | None:
        """Standard errors beyond the threshold, negative on its good side; None if unknown."""
        if self.standard_error is None:
            return None
        if self.standard_error == 0:
            return math.copysign(math.inf, self._excess) if self._excess else 0.0
        return self._excess / self.standard_error

    @property
    def _excess(self) -> float:
        less = self.operator is Operator.LESS
        return self.threshold - self.value if less else self.value - self.threshold

    @property
    def rank(self) -> tuple[bool, float, float, str]:
        """Sorts the worst first; where deviations are unknown, by shares of the threshold."""
        known = self.beyond
        share = self._excess / (abs(self.threshold) or 1.0)
        if self.p_value is not None:
            return (False, self.p_value, -share, self.metric)
        return (known is None, -(known or 0.0), -share, self.metric)


def findings(quality: Quality, baseline: Baseline, status: Status) -> list[Finding]:
    """The checks of one status, worst first."""
    found = [
        _finding(item, item.value, quality, baseline)
        for item in quality.checks
        if item.status is status and item.value is not None
    ]
    return sorted(found, key=lambda finding: finding.rank)


def _finding(item: Check, value: float, quality: Quality, baseline: Baseline) -> Finding:
    rule = item.constraint
    deviation, error = quality.deviations.get(rule.metric), quality.errors.get(rule.metric)
    return Finding(
        metric=rule.metric,
        value=float(value),
        threshold=rule.threshold if item.limit is None else item.limit,
        operator=rule.operator,
        deviation=deviation if deviation is not None and math.isfinite(deviation) else None,
        baseline=baseline.values.get(rule.metric),
        error=error.standard_error if error is not None else None,
        p_value=item.p_value,
        level=item.level,
        smallest_visible_drop=item.smallest_visible_drop,
    )


def event_detail(change: Change, baseline: Baseline, report: str | None, run_time: datetime) -> str:
    """The detail of the EventBridge event, strictly JSON: what is not known is null."""
    quality, before = change.quality, change.before
    violated = findings(quality, baseline, Status.VIOLATION)
    detail = {
        "endpoint": quality.endpoint,
        "variant": quality.variant,
        "window": {"start": iso(quality.window.start), "end": iso(quality.window.end)},
        "verdict": str(quality.status),
        **_previous(before),
        "corrected": change.corrected,
        "violations": [_violation(finding) for finding in violated[:_MOST_VIOLATIONS]],
        "violations_in_all": len(violated),
        "records_judged": quality.judged,
        "requests": quality.health.counts["requests"],
        "coverage": _comparable(quality.health.coverage),
        "report": report,
        "run_time": iso(run_time),
    }
    return orjson.dumps(detail).decode()


def _previous(before: Held | None) -> dict[str, str | None]:
    if before is None:
        return {"previous_verdict": None, "previous_since": None}
    return {"previous_verdict": str(before.verdict), "previous_since": iso(before.since)}


def _comparable(number: float | None) -> float | None:
    """A number that a rule can filter by; what has no end is a million."""
    if number is None:
        return None
    return round(max(-_UNBOUNDED, min(number, _UNBOUNDED)), _DECIMALS)


def _violation(finding: Finding) -> dict[str, Any]:
    return {
        "metric_name": finding.metric[:_LONGEST_NAME],
        "value": finding.value,
        "standard_deviation": finding.deviation,
        "standard_errors_beyond_threshold": _comparable(finding.beyond),
        "p_value": finding.p_value,
        "threshold": finding.threshold,
        "comparison_operator": str(finding.operator),
        "baseline_value": finding.baseline,
    }
