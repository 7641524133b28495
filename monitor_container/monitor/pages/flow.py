"""The way of the records of a window, from what was captured to what was judged, losses named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from monitor.constraints import Status
from monitor.join_health import JoinCheck
from monitor.quality import Quality
from monitor.wording import count


@dataclass(frozen=True, slots=True)
class Loss:
    """Records (or labels) that go no further, and why."""

    many: int
    what: str
    broken: bool
    """Whether it is more than the settings tolerate."""
    within: bool = False
    """Whether it is part of the loss before it, counted in requests."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Records that came so far, and what was lost on the way here."""

    name: str
    records: int
    of: int
    explained: str
    losses: tuple[Loss, ...]

    @property
    def share(self) -> float:
        """Of all captured records."""
        return self.records / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """Four stages; labels that fit no record stand beside them."""

    stages: tuple[Stage, ...]
    labels: tuple[Loss, ...]
    arrived: int


def flow_of(quality: Quality) -> Flow:
    """The flow of one window of one variant."""
    counts, violated = quality.health.counts, _violated(quality.join_checks)
    records, rejected = counts["records"], counts["rejected"]
    captured = records + rejected
    not_comparable = counts["evaluated"] - quality.judged
    asked = count(counts["requests"], "request")

    def loss(many: int, what: str, *checks: str) -> Loss:
        return Loss(many, what, any(name in violated for name in checks))

    def requests(name: str, what: str) -> Loss:
        whole = "whole request" if counts[name] == 1 else "whole requests"
        return Loss(counts[name], f"{whole}: {what}", name in violated, within=True)

    aside = _lost(
        loss(rejected, "set aside: could not be read", "rejected"),
        requests("length_mismatches", "not as many answers as records"),
        requests("unreadable_requests", "could not be read"),
    )
    missing = "have no label" if quality.maturity.is_final else "have no label yet"
    unlabelled = _lost(loss(counts["unlabelled"], missing, "coverage"))
    different = _lost(loss(not_comparable, "label and prediction cannot be compared"))
    stages = (
        Stage("Captured", captured, captured, f"in {asked}", ()),
        Stage("Prepared", records, captured, "one row a record", aside),
        Stage("Matched", counts["evaluated"], captured, "with a label", unlabelled),
        Stage("Judged", quality.judged, captured, "counted in the metrics", different),
    )
    return Flow(stages, _labels(counts, loss), counts["arrived_labels"])


def _labels(counts: Mapping[str, int], loss: Callable[[int, str, str], Loss]) -> tuple[Loss, ...]:
    return _lost(
        *(
            loss(counts[name], told, name)
            for name, told in (
                ("orphan_labels", "labels that fit no captured request"),
                ("positions_out_of_range", "labels of a position that their request does not have"),
                ("labels_without_position", "labels without the position that they need"),
                ("conflicting_labels", "records whose labels contradict each other"),
                ("duplicate_labels", "labels that had been said before"),
                ("captured_twice", "requests that were captured twice, and count once"),
                ("duplicate_inference_ids", "requests whose inference id a later one used again"),
            )
        )
    )


def _lost(*losses: Loss) -> tuple[Loss, ...]:
    return tuple(loss for loss in losses if loss.many)


def _violated(checks: Iterable[JoinCheck]) -> set[str]:
    return {item.name for item in checks if item.status is Status.VIOLATION}
