"""Which endpoints are monitored: those with a baseline; and what their settings say."""

from __future__ import annotations

from inference_records import partitions
from inference_records.configuration import Configuration, parse_configuration
from monitor.locations import Location
from monitor.places import CONFIGURATION_FILE, Places
from monitor.reports import CONSTRAINTS_FILE


class UnknownEndpoint(ValueError):
    """Nothing is known of the endpoint; the message says of which something is."""


def monitored(places: Places) -> list[str]:
    """The endpoints that have constraints, in order."""
    folder = Location.of(places.monitors)
    return [name for name in folder.folders() if (folder / name / CONSTRAINTS_FILE).exists()]


def check_known(places: Places, endpoint: str) -> None:
    """Raises `UnknownEndpoint` where there is neither a baseline nor anything captured."""
    baseline = Location.of(places.monitor(endpoint)) / CONSTRAINTS_FILE
    captured = Location.of(places.prepared) / f"{partitions.PREDICTIONS}/endpoint={endpoint}"
    if not baseline.exists() and not captured.folders():
        known = ", ".join(monitored(places)) or "none"
        raise UnknownEndpoint(
            f"nothing was captured of endpoint {endpoint}, and there is no {baseline.address}; "
            f"endpoints with a baseline: {known}"
        )


def read_configuration(folder: Location) -> Configuration:
    """An endpoint's `monitor.json`, or what holds without one; raises `BadConfiguration`."""
    location = folder / CONFIGURATION_FILE
    if not location.exists():
        return Configuration()
    return parse_configuration(location.read(), location.address)
