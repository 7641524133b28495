"""Errors and their correlations as a section of `statistics.json`, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from monitor.metrics import Uncertainty

Correlations = Mapping[tuple[str, str], float]


def uncertainty_document(
    errors: Mapping[str, Uncertainty], correlations: Correlations, requests_known: bool
) -> dict[str, Any]:
    """What is known of the errors, for people and for `parse_uncertainty`."""
    return {
        "requests_known": requests_known,
        "errors": {name: _told(error) for name, error in errors.items()},
        "correlations": [[*pair, value] for pair, value in correlations.items()],
    }


def _told(error: Uncertainty) -> dict[str, float | int | None]:
    return {
        **asdict(error),
        "design_effect": error.design_effect,
        "effective_records": error.effective_records,
    }


def parse_uncertainty(
    document: Mapping[str, Any],
) -> tuple[dict[str, Uncertainty], dict[tuple[str, str], float]]:
    """Errors and correlations, as far as they can be understood: an older baseline has neither."""
    errors, correlations = document.get("errors"), document.get("correlations")
    found = {
        str(name): error
        for name, told in (errors.items() if isinstance(errors, dict) else ())
        if (error := _error(told)) is not None
    }
    pairs: dict[tuple[str, str], float] = {}
    for item in correlations if isinstance(correlations, list) else ():
        if isinstance(item, list) and len(item) == 3 and (value := _number(item[2])) is not None:
            one, other = sorted((str(item[0]), str(item[1])))
            pairs[one, other] = max(-1.0, min(1.0, value))
    return found, pairs


def _error(told: object) -> Uncertainty | None:
    if not isinstance(told, dict):
        return None
    standard, independent = _number(told.get("standard_error")), told.get("independent_error")
    requests, records = _count(told.get("requests")), _count(told.get("records"))
    if standard is None or requests is None or records is None:
        return None
    return Uncertainty(standard, _number(independent), requests, records)


def _number(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    return float(value) if math.isfinite(value) else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
