"""What was measured against what must be reached: a table for people, JSON for machines."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.performance.in_turn import Ratio


class Wanted(StrEnum):
    """On which side of its bar a figure must lie."""

    AT_LEAST = ">="
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: what it is of, its unit (`x` is a ratio), and what it must and may reach."""

    what: str
    value: float
    unit: str
    wanted: Wanted
    must: float | None
    aim: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the bar is reached; a figure without one is as it is."""
        if self.must is None:
            return True
        return (
            self.value >= self.must if self.wanted is Wanted.AT_LEAST else self.value <= self.must
        )


def row_of_ratio(what: str, found: Ratio, must: float, aim: float | None = None) -> Row:
    """How many times as fast as another, which must be at least so many."""
    return Row(what, found.median, "x", Wanted.AT_LEAST, must, aim, found.least, found.most)


def row_at_most(
    what: str, value: float, unit: str, must: float | None, aim: float | None = None
) -> Row:
    """A figure that must not be above its bar."""
    return Row(what, value, unit, Wanted.AT_MOST, must, aim)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the table."""
    table = Table("what", title=title, title_justify="left", box=None, header_style="bold")
    for name in ("measured", "range", "must", "aim", ""):
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        spread = "" if row.least is None else f"{row.least:,.3g}-{row.most:,.3g}"
        bars = ["" if bar is None else f"{row.wanted} {bar:,.4g}" for bar in (row.must, row.aim)]
        met = "" if row.must is None else "met" if row.is_met else "MISSED"
        table.add_row(row.what, f"{row.value:,.4g} {row.unit}", spread, *bars, met)
    Console().print(table)


def write(path: Path, title: str, rows: Sequence[Row]) -> None:
    """Write what was measured, and on what."""
    document = {
        "title": title,
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {
            "cores": os.cpu_count(),
            "architecture": platform.machine(),
            "python": platform.python_version(),
        },
        "rows": [{**asdict(row), "is_met": row.is_met} for row in rows],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n")
