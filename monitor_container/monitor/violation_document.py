"""`constraint_violations.json`: what is wrong with the join, and with the model, and what is open.

SageMaker's keys are as its own monitor writes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from monitor.constraints import Check, Status
from monitor.join_health import JoinCheck
from monitor.quality import Quality

JOIN_CHECK = "join_health_check"
"""The constraint type of what is wrong with the join, and not with the model."""


def violations(qualities: Iterable[Quality]) -> dict[str, Any]:
    """`constraint_violations.json`; beside them what could not be told, with its reason."""
    failed: list[dict[str, Any]] = []
    open_: dict[Status, list[dict[str, Any]]] = {
        Status.NOT_ENOUGH_EVIDENCE: [],
        Status.NOT_EVALUATED: [],
    }
    qualities = list(qualities)
    several = len(qualities) > 1
    for quality in qualities:
        prefix = f"Variant {quality.variant}: " if several else ""
        failed += [_broken(item, prefix) for item in quality.join_violations]
        for item in quality.checks:
            if item.status is Status.VIOLATION:
                failed.append(_violation(item, quality, prefix))
            elif item.status in open_:
                reason = f"{prefix}{item.reason}"
                told = {"metric_name": item.constraint.metric, "reason": reason}
                open_[item.status].append(told)
    return {"violations": failed, **{status.lower(): told for status, told in open_.items()}}


def _broken(item: JoinCheck, prefix: str) -> dict[str, Any]:
    return {
        "constraint_check_type": JOIN_CHECK,
        "metric_name": item.name,
        "description": f"{prefix}{item.reason}",
    }


def _violation(item: Check, quality: Quality, prefix: str) -> dict[str, Any]:
    deviation = quality.deviations.get(item.constraint.metric)
    error = quality.errors.get(item.constraint.metric)
    if item.p_value is not None and error is not None:
        deviation = error.standard_error  # what it was judged by
    spread = "NaN" if deviation is None else f"{deviation:.6g}"
    limit = item.constraint.threshold if item.limit is None else item.limit
    return {
        "constraint_check_type": str(item.constraint.operator),
        "metric_name": item.constraint.metric,
        "description": (
            f"{prefix}Metric {item.constraint.metric} with {item.value:.6g} +/- {spread} "
            f"was {item.constraint.operator} '{limit:.6g}'{_chance(item)}"
        ),
    }


def _chance(item: Check) -> str:
    """Behind a verdict by evidence, how much of it there is."""
    if item.p_value is None or item.level is None:
        return ""
    beside = "" if item.baseline is None else f"the baseline has {item.baseline:.6g}; "
    return f" ({beside}p = {item.p_value:.2g}, judged at {item.level:.2g})"
