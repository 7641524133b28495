"""Errors and their correlations as a section of a baseline's `statistics.json`, and back."""

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
        "errors": {name: asdict(error) for name, error in errors.items()},
        "correlations": [[*pair, value] for pair, value in correlations.items()],
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
        if isinstance(item, list) and len(item) == 3 and _is_number(item[2]):
            one, other = sorted((str(item[0]), str(item[1])))
            pairs[one, other] = max(-1.0, min(1.0, float(item[2])))
    return found, pairs


def _error(told: object) -> Uncertainty | None:
    if not isinstance(told, dict):
        return None
    standard, independent = told.get("standard_error"), told.get("independent_error")
    counts = [told.get("requests"), told.get("records")]
    if not _is_number(standard) or not all(isinstance(n, int) and n > 0 for n in counts):
        return None
    return Uncertainty(
        float(standard), float(independent) if _is_number(independent) else None, *counts
    )


def _is_number(value: Any) -> bool:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    return numeric and math.isfinite(value)
