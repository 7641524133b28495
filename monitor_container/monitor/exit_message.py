"""The line that a processing job leaves: its first word becomes the status of the execution."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from monitor.constraints import Status
from monitor.job_message import one_line
from monitor.quality import Quality


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
    return one_line(text)


def _not_evaluated(qualities: Iterable[Quality]) -> Iterator[str]:
    for quality in qualities:
        for item in quality.checks:
            if item.status is Status.NOT_EVALUATED:
                yield f"{quality.variant} {item.constraint.metric}"
