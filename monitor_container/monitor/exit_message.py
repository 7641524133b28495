"""The line that a processing job leaves: its first word becomes the status of the execution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.constraints import Status
from monitor.quality import Quality

MESSAGE_BYTES = 1_000


def exit_message(qualities: Iterable[Quality]) -> str:
    """One line of at most 1,000 bytes; SageMaker keeps little more."""
    qualities = list(qualities)
    failed = [(quality, item) for quality in qualities for item in quality.violations]
    if failed:
        told = "; ".join(
            f"{quality.variant} {item.constraint.metric} {item.value:.4g} "
            f"({item.constraint.operator} {item.constraint.threshold:.4g})"
            for quality, item in failed
        )
        number = f"{len(failed)} violation{'s' if len(failed) > 1 else ''}"
        text = f"CompletedWithViolations: Job completed successfully with {number}. {told}"
    elif all(quality.reason for quality in qualities):
        reasons = sorted({str(quality.reason) for quality in qualities})
        text = f"Completed: The model was not judged: {'; '.join(reasons)}."
    else:
        text = "Completed: Job completed successfully with no violations."
        if open_ := list(dict.fromkeys(_not_evaluated(qualities))):
            text += f" Not evaluated: {', '.join(open_)}."
    return _one_line(text)


def failure_message(reason: str) -> str:
    """The line of a run that could not be done, for a reason that its user can mend."""
    return _one_line(f"Failed: {reason}")


def _one_line(text: str) -> str:
    # A reason may be the text of an error in a metric of the user's own, of several lines.
    return " ".join(text.split()).encode()[:MESSAGE_BYTES].decode(errors="ignore")


def _not_evaluated(qualities: Iterable[Quality]) -> Iterator[str]:
    for quality in qualities:
        for item in quality.checks:
            if item.status is Status.NOT_EVALUATED:
                yield f"{quality.variant} {item.constraint.metric}"
