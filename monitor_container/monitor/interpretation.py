"""How predictions and labels are to be read: what `interpret` found, and everybody else obeys."""

from __future__ import annotations

from dataclasses import dataclass, field

from monitor.metrics import ProblemType


@dataclass(frozen=True, slots=True)
class Interpretation:
    """How predictions and labels are to be read; `notes` tell what was inferred."""

    problem_type: ProblemType
    positive: str | None = None
    negative: str | None = None
    scored: bool = False
    """A binary model answers with a bare number: the positive label's probability."""
    of_predicted: bool = False
    """A binary model's probability is the one of the label that it predicts."""
    refused: str | None = None
    """Why predictions and labels cannot be compared, and what to do; None if they can."""
    notes: tuple[str, ...] = field(default=())
