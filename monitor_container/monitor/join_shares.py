"""The shares by which the health of a join is judged: one table of what is divided by what."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Counts = Mapping[str, int]

CAPTURE_GAP = "capture_gap"


@dataclass(frozen=True, slots=True)
class Share:
    """Some of a window's counts as a share of others, and the setting that limits it."""

    name: str
    limit: str
    part: str
    whole: tuple[str, ...]
    """The counts whose sum it is a share of."""
    of_what: str
    what: str
    """Behind "20 % of the labels": what they do, or what was done to them."""
    by_record: bool = True
    """Whether it is a share of records or labels, of which a request has several."""
    when_final: bool = False
    """Whether time alone may mend it: labels come late, and so do captures."""
    is_floor: bool = False
    explained_by: Mapping[str, Callable[[Counts], float]] = field(default_factory=dict)
    """Other checks that bring it about, and how many of its cases they may account for."""

    @property
    def metric(self) -> str:
        """Its name in CloudWatch, beside the counts."""
        return self.name if self.is_floor else f"{self.name}_share"

    def total(self, counts: Counts) -> int:
        """What it is a share of."""
        return sum(counts[name] for name in self.whole)

    def bad(self, counts: Counts) -> int:
        """The cases that speak against the join."""
        part = counts[self.part]
        return self.total(counts) - part if self.is_floor else part

    def value(self, counts: Counts) -> float | None:
        """None where there is nothing to be a share of."""
        total = self.total(counts)
        return counts[self.part] / total if total else None

    def beyond(self, value: float, limit: float) -> bool:
        """Equal is within the limit."""
        return value < limit if self.is_floor else value > limit


def records_per_request(counts: Counts) -> float:
    """Records of a request on average, at least one; of those read, since others may not tell."""
    unread = counts["length_mismatches"] + counts["unreadable_requests"]
    if counts["requests"]:
        return max(counts["records"] / counts["requests"], 1.0)
    return max(counts["rejected"] / unread, 1.0) if unread else 1.0


def _records_of(count: str) -> Callable[[Counts], float]:
    """The records of so many requests; any number, where none could be read."""

    def records(counts: Counts) -> float:
        return counts[count] * records_per_request(counts) if counts["requests"] else math.inf

    return records


def _as_many_as(count: str) -> Callable[[Counts], float]:
    return lambda counts: counts[count]


SHARES = (
    Share(
        "duplicate_inference_ids",
        "max_duplicate_inference_ids",
        "duplicate_inference_ids",
        ("requests", "duplicate_inference_ids"),
        "requests",
        "have an inference id that a later request used again",
        by_record=False,
    ),
    Share(
        "length_mismatches",
        "max_length_mismatches",
        "length_mismatches",
        ("requests", "length_mismatches"),
        "requests",
        "have another number of records than answers",
        by_record=False,
    ),
    Share(
        "unreadable_requests",
        "max_rejected",
        "unreadable_requests",
        ("requests", "unreadable_requests"),
        "requests",
        "could not be read",
        by_record=False,
    ),
    Share(
        "rejected",
        "max_rejected",
        "rejected",
        ("records", "rejected"),
        "captured records",
        "could not be read",
        # A request that could not be read may not tell how many records it had, and counts as one.
        explained_by={
            "length_mismatches": _records_of("length_mismatches"),
            "unreadable_requests": _records_of("unreadable_requests"),
        },
    ),
    Share(
        "conflicting_labels",
        "max_conflicting_labels",
        "conflicting_labels",
        ("evaluated",),
        "labelled records",
        "have labels that contradict each other",
        explained_by={"duplicate_inference_ids": _records_of("duplicate_inference_ids")},
    ),
    Share(
        "duplicate_labels",
        "max_duplicate_labels",
        "duplicate_labels",
        ("evaluated", "duplicate_labels"),
        "labels of records",
        "had been said before",
        explained_by={
            "duplicate_inference_ids": _records_of("duplicate_inference_ids"),
            "conflicting_labels": _as_many_as("conflicting_labels"),
        },
    ),
    Share(
        "positions_out_of_range",
        "max_positions_out_of_range",
        "positions_out_of_range",
        ("labels",),
        "labels",
        "name a position that their request does not have",
        explained_by={"duplicate_inference_ids": _records_of("duplicate_inference_ids")},
    ),
    Share(
        "labels_without_position",
        "max_labels_without_position",
        "labels_without_position",
        ("labels",),
        "labels",
        "name a request of several records and no position in it",
    ),
    Share(
        "orphan_labels",
        "max_orphan_labels",
        "orphan_labels",
        ("arrived_labels",),
        "labels that arrived",
        "fit no captured request",
        when_final=True,
        # A line that cannot be read may not even tell which request it was.
        explained_by={
            CAPTURE_GAP: _as_many_as("orphan_labels"),
            "unreadable_requests": _records_of("unreadable_requests"),
        },
    ),
    Share(
        "coverage",
        "min_coverage",
        "evaluated",
        ("records",),
        "captured records",
        "have a label",
        when_final=True,
        is_floor=True,
        explained_by={
            "orphan_labels": _as_many_as("orphan_labels"),
            "positions_out_of_range": _as_many_as("positions_out_of_range"),
            "labels_without_position": _records_of("labels_without_position"),
        },
    ),
)
"""Causes before what they bring about. The counts are those of `health`."""


def shares(counts: Counts) -> dict[str, float]:
    """Name of the metric in CloudWatch to its value; what is a share of nothing is left out."""
    found = {share.metric: share.value(counts) for share in SHARES}
    return {name: value for name, value in found.items() if value is not None}
