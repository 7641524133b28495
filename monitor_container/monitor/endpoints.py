"""Which endpoints are monitored: those with a baseline; and what their settings say."""

from __future__ import annotations

from datetime import timedelta

from inference_records.configuration import Configuration, parse_configuration
from monitor.locations import Location
from monitor.places import CONFIGURATION_FILE, Places
from monitor.reports import CONSTRAINTS_FILE


def monitored(places: Places) -> list[str]:
    """The endpoints that have constraints, in order."""
    folder = Location.of(places.monitors)
    return [name for name in folder.folders() if (folder / name / CONSTRAINTS_FILE).exists()]


def read_configuration(folder: Location) -> Configuration:
    """An endpoint's `monitor.json`, or what holds without one; raises `BadConfiguration`."""
    location = folder / CONFIGURATION_FILE
    if not location.exists():
        return Configuration()
    return parse_configuration(location.read(), location.address)


def label_lookback(places: Places, endpoint: str) -> timedelta:
    """How long before a window its labels may have arrived."""
    configuration = read_configuration(Location.of(places.monitor(endpoint)))
    return timedelta(hours=configuration.label_lookback_hours)
