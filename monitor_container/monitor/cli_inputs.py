"""What the options of the command line name: files, settings, a baseline, an endpoint."""

from __future__ import annotations

import msgspec

from inference_records.configuration import Configuration, parse_configuration
from monitor.baseline import Baseline, load_custom_metrics, read_baseline_folder
from monitor.endpoints import read_configuration as read_settings
from monitor.ingest import Prepared
from monitor.ledger import endpoints
from monitor.locations import Location, MissingFile
from monitor.metrics import ProblemType
from monitor.settings import MissingSetting


def existing(address: str) -> Location:
    """A location that is there; raises `MissingFile`."""
    location = Location.of(address)
    if not location.exists():
        raise MissingFile(f"there is nothing at {address}")
    return location


def only_endpoint(source: Prepared, where: str) -> str:
    """The only endpoint that has predictions; raises `MissingSetting`."""
    endpoints = source.endpoints()
    if len(endpoints) == 1:
        return endpoints[0]
    found = ", ".join(endpoints) or "none"
    raise MissingSetting(f"which endpoint? Say --endpoint; {where} has {found}")


def read_configuration(
    address: str | None,
    problem_type: ProblemType | None = None,
    positive_label: str | None = None,
) -> Configuration:
    """Settings of a document, if any, with what options say instead; raises `BadConfiguration`."""
    configuration = Configuration()
    if address is not None:
        configuration = parse_configuration(Location.of(address).read(), address)
    if problem_type is not None:
        configuration = msgspec.structs.replace(configuration, problem_type=str(problem_type))
    if positive_label is not None:
        configuration = msgspec.structs.replace(configuration, positive_label=positive_label)
    return configuration


def read_baseline(address: str | None, configuration: Configuration) -> Baseline:
    """The baseline of a folder, if any; raises `BadConstraints`."""
    load_custom_metrics(configuration)
    return read_baseline_folder(Location.of(address)) if address is not None else Baseline()


def only_ledger(address: str) -> str:
    """The only endpoint that has a ledger; raises `MissingSetting`."""
    found = endpoints(existing(address))
    if len(found) == 1:
        return found[0]
    if not found:
        raise MissingFile(f"there is no ledger at {address}: one has folders endpoint=NAME")
    raise MissingSetting(f"which endpoint? Say --endpoint; {address} has {', '.join(found)}")


def settings_beside(folder: str, address: str | None) -> Configuration:
    """The settings at an address, else those in a baseline's folder, else what holds without."""
    if address is not None:
        return read_configuration(address)
    return read_settings(Location.of(folder))
