"""What `--json` prints: one document a command. `docs/command-line.schema.json` is made from these.

A field may be added; none is renamed or taken away while `version` stays what it is.
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

Time = Annotated[str, Meta(description="UTC, such as 2026-11-20T09:00:00Z")]
Metrics = Annotated[
    dict[str, float | None], Meta(description="name to value; null where it is undefined")
]


class Violation(Struct, frozen=True):
    """A metric beyond what chance explains."""

    metric: str
    value: float | None
    limit: Annotated[float | None, Meta(description="a value beyond it violates")]
    baseline: float | None


class JudgedWindow(Struct, frozen=True):
    """One window of one variant."""

    endpoint: str
    variant: str
    start: Time
    end: Time
    verdict: Annotated[str, Meta(description="OK, VIOLATION, NOT_ENOUGH_EVIDENCE or NOT_EVALUATED")]
    reason: Annotated[str | None, Meta(description="why there is no verdict OK or VIOLATION")]
    state: Annotated[str, Meta(description="provisional or final")]
    records: Annotated[int, Meta(description="captured in the window")]
    judged: Annotated[int, Meta(description="records behind the metrics")]
    coverage: Annotated[float | None, Meta(description="share of the records that have a label")]
    metrics: Metrics
    violations: list[Violation]
    join_violations: Annotated[list[str], Meta(description="what is wrong with the join")]


class Unreadable(Struct, frozen=True):
    """A file that could not be read."""

    file: str
    reason: str


class RunDocument(Struct, frozen=True):
    """`run --json`."""

    version: int
    problem_type: str
    windows: list[JudgedWindow]
    set_aside: Annotated[dict[str, int], Meta(description="records of raw files by reason")]
    unreadable: list[Unreadable]
    notes: list[str]
    output: Annotated[str, Meta(description="folder of the reports")]
    files: Annotated[int, Meta(description="files that were written there")]


class SuggestedConstraint(Struct, frozen=True):
    """A constraint of the new baseline."""

    metric: str
    threshold: float
    comparison_operator: str


class BaselineDocument(Struct, frozen=True):
    """`baseline --json`."""

    version: int
    problem_type: str
    positive_label: str | None
    rows: Annotated[int, Meta(description="rows with a label and a prediction")]
    metrics: Metrics
    constraints: list[SuggestedConstraint]
    notes: list[str]
    output: str
    files: list[str]


class InspectionDocument(Struct, frozen=True):
    """`inspect --json`."""

    version: int
    file: str
    kind: Annotated[str, Meta(description="data capture or ground truth")]
    records: int
    rejected: int
    forms: Annotated[
        dict[str, dict[str, int]], Meta(description="request and response: form to requests")
    ]
    request_columns: list[str]
    columns: Annotated[list[dict[str, str]], Meta(description="role to column, of each shape")]
    notes: list[str]
    suggested: Annotated[dict[str, Any], Meta(description="what monitor.json would say")]
    first_records: Annotated[list[dict[str, Any]], Meta(description="as many as --limit says")]
    first_rejected: list[dict[str, Any]]


class Span(Struct, frozen=True):
    """A window of inference time, half open."""

    start: Time
    end: Time


class PageOfReplay(Struct, frozen=True):
    """Somebody would have been woken, or told that it is over."""

    at: Time
    window: Span
    variant: str
    verdict: str
    metrics: list[str]


class ReplayDocument(Struct, frozen=True):
    """`replay --json`."""

    version: int
    windows: int
    verdicts: Annotated[dict[str, int], Meta(description="verdict to number of windows")]
    broken_joins: int
    pages: list[PageOfReplay]
    pages_with_the_settings_that_hold: Annotated[
        int | None, Meta(description="to compare with; null without --config")
    ]


class VerificationDocument(Struct, frozen=True):
    """`verify --json`."""

    version: int
    window: Span
    ledger_version: int
    as_of: Time
    matches: Annotated[bool, Meta(description="whether every number is the same to the bit")]
    inputs: Annotated[int, Meta(description="files that it was made of")]
    differences: list[str]
    changed_since: Annotated[list[str], Meta(description="inputs, settings or code since then")]


class ReportDocument(Struct, frozen=True):
    """`report --json`."""

    version: int
    pages: Annotated[int, Meta(description="written, the index among them")]
    index: Annotated[str, Meta(description="address of the page of the endpoint")]


class ErrorDocument(Struct, frozen=True):
    """What any command prints with `--json` where it fails."""

    version: int
    error: Annotated[str, Meta(description="the sentence that people read")]
    status: Annotated[int, Meta(description="exit status: 2 wrong usage or input, 3 a defect")]


DOCUMENTS: dict[str, type[Struct]] = {
    "run": RunDocument,
    "baseline": BaselineDocument,
    "inspect": InspectionDocument,
    "replay": ReplayDocument,
    "verify": VerificationDocument,
    "report": ReportDocument,
}
"""Command to what it prints."""

VERSION = 1


def json_schema() -> dict[str, Any]:
    """A JSON Schema with a definition for each command's document, and for that of an error."""
    every: list[type[Struct]] = [*DOCUMENTS.values(), ErrorDocument]
    _schemas, definitions = msgspec.json.schema_components(every, ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What `python -m monitor COMMAND --json` prints",
        "anyOf": [{"$ref": f"#/$defs/{found.__name__}"} for found in every],
        "$defs": definitions,
    }
