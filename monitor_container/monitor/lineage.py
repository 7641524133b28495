"""What a window's numbers were made of: files with their versions, settings, baseline and code."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import orjson

import inference_records
from inference_records.configuration import Configuration
from monitor.baseline import Baseline


@dataclass(frozen=True, slots=True, order=True)
class Input:
    """One file: its key below the prepared location, and its version."""

    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Enough to compute a window's numbers again, and to see what has changed since."""

    inputs: tuple[Input, ...] = ()
    """The files that hold the window's requests, and labels of them."""
    context: str = ""
    """Digest of all files that were within reach: other requests tell repeats and orphans."""
    configuration: str = ""
    baseline: str = ""
    code: str = ""


def digest_of_files(files: Iterable[Input]) -> str:
    """One name for many files and their versions, in any order."""
    return digest_of_lines(sorted(map(line_of, files)))


def line_of(file: Input) -> bytes:
    """What a file is in the digest of many."""
    return f"{file.key}\0{file.etag}\n".encode()


def digest_of_lines(lines: Iterable[bytes]) -> str:
    """One name for the lines of many files, which are in order."""
    return _digest(b"".join(lines))


def digest_of_configuration(configuration: Configuration) -> str:
    """One name for an endpoint's settings."""
    return _digest(msgspec.json.encode(configuration, order="deterministic"))


def digest_of_baseline(baseline: Baseline) -> str:
    """One name for what windows are compared with."""
    told = {
        "constraints": [[c.metric, str(c.operator), c.threshold] for c in baseline.constraints],
        "problem_type": baseline.problem_type,
        "positive": baseline.positive,
        "values": baseline.values,
        "errors": {
            name: [of.standard_error, of.independent_error, of.requests, of.records]
            for name, of in baseline.errors.items()
        },
        "correlations": sorted([*pair, value] for pair, value in baseline.correlations.items()),
    }
    return _digest(orjson.dumps(told, option=orjson.OPT_SORT_KEYS))


@cache
def digest_of_code() -> str:
    """One name for the code of both packages: what is installed, whatever its version says."""
    digest = hashlib.sha256()
    for package in (Path(inference_records.__file__).parent, Path(__file__).parent):
        for path in sorted(package.rglob("*.py")):
            digest.update(f"{path.relative_to(package).as_posix()}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]
