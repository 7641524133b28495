"""One version of a window as rows of a ledger, and back: a row for each variant.

What is kept is enough to judge the window again under other settings, without its records. Readable
by anything that reads Parquet; `tests/unit/template` holds Athena's table against it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from monitor.constraints import Check
from monitor.join_health import JoinCheck
from monitor.ledger_schema import EVIDENCE
from monitor.ledger_schema import LEDGER as LEDGER
from monitor.lineage import Lineage
from monitor.metrics import MetricValue, Uncertainty
from monitor.quality import ALL_VARIANTS, Quality
from monitor.windows import Window

_OF_THE_RUN = frozenset(
    {
        "version",
        "as_of",
        "restated_because",
        "state_reason",
        "inputs",
        "context",
        "code",
        "label_delay",
        "cost",
    }
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a window: what was found, when, why anew, and of what."""

    number: int
    as_of: datetime
    because: str
    qualities: tuple[Quality, ...]
    lineage: Lineage = field(default_factory=Lineage)

    @property
    def window(self) -> Window:
        """The window that it is a version of."""
        return self.qualities[0].window

    @property
    def is_final(self) -> bool:
        """Whether every variant of the window is final."""
        return all(quality.maturity.is_final for quality in self.qualities)


def to_rows(version: Version) -> list[dict[str, Any]]:
    """The version's rows, a function of what it holds."""
    return [_row(version, quality) for quality in version.qualities]


def to_table(version: Version) -> pa.Table:
    """The version as it is stored."""
    return pa.Table.from_pylist(to_rows(version), schema=LEDGER)


def result_of(version: Version) -> list[dict[str, Any]]:
    """What two versions have in common if nothing was found anew."""
    return [
        {name: value for name, value in row.items() if name not in _OF_THE_RUN}
        for row in to_table(version).to_pylist()
    ]


def _row(version: Version, quality: Quality) -> dict[str, Any]:
    lineage, reading = version.lineage, quality.reading
    return {
        "variant": None if quality.variant == ALL_VARIANTS else quality.variant,
        "window_start": quality.window.start,
        "window_end": quality.window.end,
        "version": version.number,
        "state": str(quality.maturity.state),
        "state_reason": quality.maturity.reason,
        "as_of": version.as_of,
        "restated_because": version.because,
        "verdict": str(quality.status),
        "reason": quality.reason,
        "problem_type": str(reading.problem_type),
        "positive_label": reading.positive,
        "negative_label": reading.negative,
        "refused": reading.refused,
        "notes": list(reading.notes),
        "judged": quality.judged,
        "coverage": quality.health.coverage,
        "join_counts": sorted(quality.health.counts.items()),
        "join_checks": [_join_check(item) for item in quality.join_checks],
        "metrics": [
            _metric(name, value, quality.errors.get(name)) for name, value in quality.values.items()
        ],
        "checks": [_check(item) for item in quality.checks],
        "statistics": quality.statistics,
        "labelled": quality.labelled,
        "pictures": quality.pictures,
        "label_delay": None if quality.delay is None else asdict(quality.delay),
        "cost": None if quality.cost is None else asdict(quality.cost),
        "inputs": [{"key": item.key, "etag": item.etag} for item in lineage.inputs],
        "context": lineage.context,
        "configuration": lineage.configuration,
        "baseline": lineage.baseline,
        "code": lineage.code,
    }


def _join_check(item: JoinCheck) -> dict[str, Any]:
    return {
        "name": item.name,
        "value": item.value,
        "limit": item.limit,
        "status": str(item.status),
        "reason": item.reason,
    }


def _metric(name: str, value: MetricValue, error: Uncertainty | None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": name,
        "value": value.value,
        "reason": value.reason,
        "unavailable": value.unavailable,
    }
    if error is None:
        return found
    return found | {
        "standard_error": error.standard_error,
        "independent_error": error.independent_error,
        "requests": error.requests,
        "records": error.records,
        "design_effect": error.design_effect,
        "effective_records": error.effective_records,
    }


def _check(item: Check) -> dict[str, Any]:
    rule = item.constraint
    return {
        "metric": rule.metric,
        "comparison_operator": str(rule.operator),
        "threshold": rule.threshold,
        "status": str(item.status),
        "reason": item.reason,
        **{name: getattr(item, name) for name in EVIDENCE},
    }
