"""Where in the payload the errors are: by position, and by the number of records of the request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from monitor.array_positions import EDGES

ENOUGH = 30
_NOTABLE = 2.0
_BEYOND = 4.0


@dataclass(frozen=True, slots=True)
class Place:
    """Records in one bin, and how many of them were wrong."""

    begins: int
    name: str
    records: int
    wrong: int
    before: float | None
    """The baseline's share of errors there; None: not known."""

    @property
    def rate(self) -> float:
        """Share of errors."""
        return self.wrong / self.records


@dataclass(frozen=True, slots=True)
class Places:
    """All bins along one way of looking at payloads."""

    title: str
    across: str
    bins: tuple[Place, ...]

    @property
    def rate(self) -> float:
        """Share of errors of all of them."""
        return sum(b.wrong for b in self.bins) / max(sum(b.records for b in self.bins), 1)

    @property
    def worst(self) -> Place | None:
        """A bin with far more errors than all have: twice the share, and beyond chance."""
        known = [b for b in self.bins if b.records >= ENOUGH]
        if len(known) < 2:
            return None
        worst = max(known, key=lambda b: (b.rate, -b.begins))
        error = sqrt(self.rate * (1 - self.rate) / worst.records)
        far = worst.rate > _NOTABLE * self.rate and worst.rate - self.rate > _BEYOND * error
        return worst if far else None


def places_of(found: Mapping[str, Any], before: Mapping[str, Any]) -> list[Places]:
    """By position and by size; nothing of a version that did not count them."""
    told = (
        ("positions", "Errors by position in the payload", "position of the record, from 0"),
        ("sizes", "Errors by size of the payload", "records in the request"),
    )
    return [
        Places(title, across, bins)
        for name, title, across in told
        if (bins := _bins(found.get(name) or (), before.get(name) or ()))
    ]


def _bins(rows: Sequence[Sequence[int]], before: Sequence[Sequence[int]]) -> tuple[Place, ...]:
    old = {row[0]: row[2] / row[1] for row in before if row[1] >= ENOUGH}
    # Validation data without requests has one payload.
    known = old if len(old) > 1 else {}
    return tuple(
        Place(begins, _named(begins), records, wrong, known.get(begins))
        for begins, records, wrong in rows
        if records
    )


def _named(begins: int) -> str:
    place = EDGES.index(begins)
    if place + 1 == len(EDGES):
        return f"{begins:,} and more"
    last = EDGES[place + 1] - 1
    return f"{begins:,}" if last == begins else f"{begins:,} to {last:,}"
