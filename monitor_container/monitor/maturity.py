"""When a window is final: its records are labelled well enough, or its labels had their time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from inference_records.configuration import Configuration
from monitor.windows import Window, iso


class State(StrEnum):
    """Whether a window's quality may be judged."""

    PROVISIONAL = "provisional"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Maturity:
    """A window's state, and why it has that."""

    state: State
    reason: str

    @property
    def is_final(self) -> bool:
        """Whether the window's quality may be judged."""
        return self.state is State.FINAL


def deadline(window: Window, configuration: Configuration) -> datetime:
    """When a window is final, however few labels it has."""
    return window.end + timedelta(hours=configuration.label_horizon_hours)


def maturity(
    window: Window,
    coverage: float | None,
    as_of: datetime,
    configuration: Configuration,
    was_final: bool = False,
) -> Maturity:
    """The state at a time; a window that was final stays so, whatever is captured afterwards."""
    last = deadline(window, configuration)
    if coverage is not None and coverage >= configuration.mature_coverage:
        enough = f"{configuration.mature_coverage:.0%}"
        return Maturity(State.FINAL, f"at least {enough} of the records have a label")
    if as_of >= last:
        return Maturity(State.FINAL, f"the label horizon passed at {iso(last)}")
    if was_final:
        return Maturity(State.FINAL, "it was final before")
    return Maturity(
        State.PROVISIONAL,
        f"{coverage or 0:.1%} of the records have a label; the window is judged at "
        f"{configuration.mature_coverage:.0%}, at the latest on {iso(last)}",
    )
