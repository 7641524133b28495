"""What the options of the command line name: files, settings, a baseline, an endpoint."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

import boto3
import msgspec
from botocore.exceptions import NoCredentialsError

from inference_records.configuration import Configuration, parse_configuration
from monitor.baseline import Baseline, load_custom_metrics, read_baseline_folder
from monitor.baseline_fit import check_fits
from monitor.endpoints import read_configuration as read_settings
from monitor.ingest import Prepared
from monitor.ledger import endpoints
from monitor.locations import Location, MissingFile
from monitor.metrics import ProblemType
from monitor.objects import has_bucket
from monitor.places import CONFIGURATION_FILE
from monitor.reports import CONSTRAINTS_FILE, STATISTICS_FILE
from monitor.settings import MissingSetting

# Two letters at least: a single one is a drive.
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")


class BadAddress(OSError):
    """What was given is no address of files; the message says what one looks like."""


def located(address: str) -> Location:
    """Where an address leads, whether anything is there or not; raises `BadAddress`."""
    if address.startswith("s3://"):
        if not address.removeprefix("s3://").strip("/"):
            raise BadAddress(f"{address} names no bucket: write s3://BUCKET/FOLDER")
        # Without any, Arrow asks as nobody, and is denied what may well be allowed.
        if boto3.Session().get_credentials() is None:
            raise NoCredentialsError
    elif not address.strip():
        raise BadAddress("an empty address: write a local path, or s3://BUCKET/FOLDER")
    elif _SCHEME.match(address) and not address.startswith("file://"):
        raise BadAddress(f"{address} is no address: write a local path, or s3://BUCKET/FOLDER")
    return Location.of(address)


def existing(address: str) -> Location:
    """A location that is there; raises `MissingFile`."""
    location = located(address)
    if not location.exists():
        _require_bucket(location)
        raise MissingFile(f"there is nothing at {address}")
    return location


def output_folder(address: str) -> Location:
    """A folder that can be written, as far as that is known before; raises `OSError`."""
    location = located(address)
    _require_bucket(location)
    if location.is_local:
        path = Path(location.path)
        nearest = next(folder for folder in (path, *path.parents) if folder.exists())
        if not nearest.is_dir():
            raise BadAddress(f"{nearest} is a file: --output wants a folder")
        if not os.access(nearest, os.W_OK | os.X_OK):
            raise BadAddress(f"{nearest} may not be written by this user: choose another --output")
    return location


def _require_bucket(location: Location) -> None:
    if location.is_local:
        return
    bucket = location.path.partition("/")[0]
    if not has_bucket(bucket):
        raise MissingFile(
            f"there is no bucket {bucket}: look at its name, the account and the region"
        )


def the_endpoint(
    asked: str | None, source: Prepared, known: Sequence[str], where: str, form: str
) -> str:
    """The endpoint that is asked for, or the only one; raises `MissingSetting`.

    `known` are those of raw files, and `form` says how files lie.
    """
    endpoints = known or source.endpoints()
    if not endpoints:
        raise MissingFile(f"no request was found at {where}: files lie there as {form}")
    listed = ", ".join(endpoints)
    if asked is not None and asked not in endpoints:
        raise MissingSetting(f"no request to endpoint {asked} was captured; {where} has {listed}")
    if asked is None and len(endpoints) > 1:
        raise MissingSetting(f"which endpoint? Say --endpoint; {where} has {listed}")
    return asked or endpoints[0]


def read_configuration(
    address: str | None,
    problem_type: ProblemType | None = None,
    positive_label: str | None = None,
) -> Configuration:
    """Settings of a document, if any, with what options say instead; raises `BadConfiguration`."""
    configuration = Configuration()
    if address is not None:
        configuration = parse_configuration(located(address).read(), address)
    if problem_type is not None:
        configuration = msgspec.structs.replace(configuration, problem_type=str(problem_type))
    if positive_label is not None:
        configuration = msgspec.structs.replace(configuration, positive_label=positive_label)
    return configuration


def read_baseline(
    address: str | None, configuration: Configuration, settings: str | None
) -> Baseline:
    """The baseline of a folder, if any, of the problem that the settings at an address speak of.

    Raises `BadConstraints` and `WrongBaseline`.
    """
    load_custom_metrics(configuration)
    if address is None:
        return Baseline()
    _check_baseline(existing(address))
    found = read_baseline_folder(located(address))
    check_fits(found, configuration, settings or f"{address}/{CONFIGURATION_FILE}")
    return found


def _check_baseline(location: Location) -> None:
    """Raises `MissingFile` where no baseline lies: in other folders, or in none."""
    if location.path.endswith(STATISTICS_FILE):
        raise MissingFile(f"{location.address}: give the folder that has it: limits lie beside it")
    if location.path.endswith(".json") or (location / CONSTRAINTS_FILE).exists():
        return
    there = [name for name in location.folders() if (location / name / CONSTRAINTS_FILE).exists()]
    below = f"; such are {', '.join(there)} in it" if there else ""
    raise MissingFile(
        f"{location.address} has no {CONSTRAINTS_FILE}: --baseline wants the folder that "
        f"`python -m monitor baseline --output FOLDER` wrote{below}"
    )


def only_ledger(address: str) -> str:
    """The only endpoint that has a ledger; raises `MissingSetting`."""
    found = endpoints(existing(address))
    if len(found) == 1:
        return found[0]
    if not found:
        raise MissingFile(f"there is no ledger at {address}: one has folders endpoint=NAME")
    raise MissingSetting(f"which endpoint? Say --endpoint; {address} has {', '.join(found)}")


def settings_beside(folder: str | None, address: str | None) -> Configuration:
    """The settings at an address, else those in a baseline's folder, else what holds without."""
    if address is not None or folder is None:
        return read_configuration(address)
    return read_settings(existing(folder))
