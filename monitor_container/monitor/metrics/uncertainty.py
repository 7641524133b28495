"""How far a metric may be off by chance, the records of one request counting together."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Standard errors of one metric of one window, and how many requests they rest on."""

    standard_error: float
    """Clustered by request: records of one request may be right or wrong together."""
    independent_error: float | None
    """The same as if every record were a request of its own; None if unknown."""
    requests: int
    """Requests that contribute to the metric: of recall, those with a positive record."""
    records: int
    """Records that contribute to the metric."""

    @property
    def degrees_of_freedom(self) -> int:
        """Of Student's t; 0 where the error means nothing."""
        return max(self.requests - 1, 0)

    @property
    def design_effect(self) -> float | None:
        """By how much the grouping into requests inflates the variance; None if unknown."""
        if not self.independent_error:
            return None
        ratio = self.standard_error / self.independent_error
        return ratio * ratio if math.isfinite(ratio * ratio) else None

    @property
    def effective_records(self) -> float | None:
        """So many independent records would say as much; None if unknown."""
        effect = self.design_effect
        records = self.records / effect if effect else math.inf
        return records if math.isfinite(records) else None
