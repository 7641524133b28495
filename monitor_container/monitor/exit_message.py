"""The line that a processing job leaves: its first word becomes the status of the execution.

It is logged, and told to whoever may describe the job: it holds no value of the payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.baseline_fit import MISFIT
from monitor.constraints import Status
from monitor.job_message import one_line
from monitor.quality import OPEN_REASONS, Quality, not_judged

_NOT_COMPARABLE = (
    "labels and predictions cannot be compared, for instance because they share no class: "
    "statistics.json tells which they are and what to do"
)


def exit_message(qualities: Iterable[Quality]) -> str:
    """One line of at most 1,000 bytes; SageMaker keeps little more."""
    qualities = list(qualities)
    if not qualities:
        return "Completed: Nothing was left to judge."
    failed = list(_violations(qualities))
    if failed:
        told = "; ".join(failed)
        number = f"{len(failed)} violation{'s' if len(failed) > 1 else ''}"
        text = f"CompletedWithViolations: Job completed successfully with {number}. {told}"
    elif all(quality.reason for quality in qualities):
        reasons = sorted({_public(quality, str(quality.reason)) for quality in qualities})
        text = f"Completed: The model was not judged: {'; '.join(reasons)}."
    else:
        text = "Completed: Job completed successfully with no violations."
        if open_ := list(dict.fromkeys(_not_evaluated(qualities))):
            text += f" Not evaluated: {', '.join(open_)}."
    return one_line(text)


def _violations(qualities: Iterable[Quality]) -> Iterator[str]:
    """What is wrong with the joins, which comes first, and with the models."""
    for quality in qualities:
        for broken in quality.join_violations:
            yield f"{quality.variant} join: {broken.reason}"
        for item in quality.violations:
            limit = item.constraint.threshold if item.limit is None else item.limit
            yield (
                f"{quality.variant} {item.constraint.metric} {item.value:.4g} "
                f"({item.constraint.operator} {limit:.4g})"
            )


def _public(quality: Quality, reason: str) -> str:
    """The reason why a window was not judged, without what it may quote of the payload."""
    if reason == quality.reading.refused and not reason.startswith(MISFIT):
        return _NOT_COMPARABLE  # it quotes labels and predictions
    if reason == not_judged(quality.maturity, quality.join_checks):
        return reason  # it has counts only
    if quality.judged and quality.constraints:
        # It is the first metric's own reason: a user's metric may have failed over a record.
        open_ = [item for item in quality.checks if item.status is quality.status]
        names = ", ".join(dict.fromkeys(item.constraint.metric for item in open_))
        number = f"{len(open_)} of {len(quality.checks)} constraints"
        what = OPEN_REASONS[quality.status]
        return f"{number} {what} ({names}): statistics.json tells why"
    return reason


def _not_evaluated(qualities: Iterable[Quality]) -> Iterator[str]:
    for quality in qualities:
        for item in quality.checks:
            if item.status is Status.NOT_EVALUATED:
                yield f"{quality.variant} {item.constraint.metric}"
