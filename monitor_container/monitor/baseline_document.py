"""The documents of a baseline -> its metrics, curves and counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from monitor.constraints import SECTIONS, BadConstraints
from monitor.locations import Location


def details_in(document: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What is no single number; an older document has no counts."""
    found: dict[str, Any] = dict(told.get("pictures") or {})
    for section in SECTIONS.values():
        metrics = document.get(f"{section}_metrics")
        found |= {
            name: value
            for name, value in (metrics.items() if isinstance(metrics, dict) else ())
            if not (isinstance(value, dict) and "value" in value)
        }
    return found


def values_in(document: Mapping[str, Any]) -> dict[str, float]:
    """The numbers among a baseline's metrics; an older one may hold anything beside them."""
    found: dict[str, float] = {}
    for section in SECTIONS.values():
        metrics = document.get(f"{section}_metrics")
        for name, scalar in metrics.items() if isinstance(metrics, dict) else ():
            value = scalar.get("value") if isinstance(scalar, dict) else None
            if isinstance(value, int | float) and not isinstance(value, bool):
                found[name] = float(value)
    return found


def read_document(location: Location) -> dict[str, Any]:
    """A JSON object; raises `BadConstraints`."""
    try:
        document = orjson.loads(location.read())
    except orjson.JSONDecodeError as error:
        raise BadConstraints(f"{location.address}: not JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadConstraints(f"{location.address}: not a JSON object")
    return document
