"""What the commands found -> the documents that `--json` prints."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from monitor.cli_documents import (
    VERSION,
    BaselineDocument,
    InspectionDocument,
    JudgedWindow,
    PageOfReplay,
    ReplayDocument,
    RunDocument,
    Span,
    SuggestedConstraint,
    Unreadable,
    VerificationDocument,
    Violation,
)
from monitor.constraints import Status
from monitor.inspection import Inspection
from monitor.metrics import MetricValue
from monitor.publish import Published
from monitor.quality import Quality
from monitor.raw_files import Intake
from monitor.replay import Page, Replay
from monitor.verification import Verification
from monitor.windows import Window, iso


def run_document(
    qualities: Sequence[Quality], intake: Intake, notes: Sequence[str], published: Published
) -> RunDocument:
    """`run --json`."""
    return RunDocument(
        version=VERSION,
        problem_type=str(qualities[0].reading.problem_type),
        windows=[_window(quality) for quality in qualities],
        set_aside=dict(intake.reasons),
        unreadable=[Unreadable(found.path, found.message) for found in intake.unreadable],
        notes=list(notes),
        output=published.folder.address,
        files=published.files,
    )


def _window(quality: Quality) -> JudgedWindow:
    return JudgedWindow(
        endpoint=quality.endpoint,
        variant=quality.variant,
        start=iso(quality.window.start),
        end=iso(quality.window.end),
        verdict=str(quality.status),
        reason=quality.reason,
        state=str(quality.maturity.state),
        records=quality.health.counts["records"],
        judged=quality.judged,
        coverage=quality.health.coverage,
        metrics=_metrics(quality.values),
        violations=[
            Violation(item.constraint.metric, item.value, item.limit, item.baseline)
            for item in quality.violations
        ],
        join_violations=[item.reason or item.name for item in quality.join_violations],
    )


def _metrics(values: Mapping[str, MetricValue]) -> dict[str, float | None]:
    return {name: value.value for name, value in values.items()}


def baseline_document(quality: Quality, output: str, files: Sequence[str]) -> BaselineDocument:
    """`baseline --json`."""
    return BaselineDocument(
        version=VERSION,
        problem_type=str(quality.reading.problem_type),
        positive_label=quality.reading.positive,
        rows=quality.judged,
        metrics=_metrics(quality.values),
        constraints=[
            SuggestedConstraint(item.metric, item.threshold, str(item.operator))
            for item in quality.constraints
        ],
        notes=list(quality.reading.notes),
        output=output,
        files=list(files),
    )


def inspection_document(found: Inspection, limit: int) -> InspectionDocument:
    """`inspect --json`."""
    return InspectionDocument(
        version=VERSION,
        file=found.name,
        kind=found.kind,
        records=found.count,
        rejected=found.rejected_count,
        forms=found.forms,
        request_columns=list(found.request_columns),
        columns=list(found.columns),
        notes=list(found.notes),
        suggested=found.suggested,
        first_records=[_plain(row) for row in found.records.slice(0, limit).to_pylist()],
        first_rejected=[_plain(row) for row in found.rejected[:limit]],
    )


def _plain(value: Any) -> Any:
    """A value as JSON has it: times by their text, numbers that are none as null."""
    match value:
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
        case list():
            return [_plain(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    return value


def replay_document(found: Replay, then: Replay | None) -> ReplayDocument:
    """`replay --json`."""
    return ReplayDocument(
        version=VERSION,
        windows=found.windows,
        verdicts={str(status): found.verdicts[status] for status in Status},
        broken_joins=found.broken_joins,
        pages=[_page(page) for page in found.pages],
        pages_with_the_settings_that_hold=None if then is None else len(then.alarms),
    )


def _page(page: Page) -> PageOfReplay:
    quality = page.change.quality
    return PageOfReplay(
        at=iso(page.at),
        window=_span(quality.window),
        variant=quality.variant,
        verdict=str(quality.status),
        metrics=[item.constraint.metric for item in quality.violations],
    )


def verification_document(found: Verification) -> VerificationDocument:
    """`verify --json`."""
    was = found.version
    return VerificationDocument(
        version=VERSION,
        window=_span(was.window),
        ledger_version=was.number,
        as_of=iso(was.as_of),
        matches=found.matches,
        inputs=len(was.lineage.inputs),
        differences=list(found.differences),
        changed_since=list(found.changed),
    )


def _span(window: Window) -> Span:
    return Span(iso(window.start), iso(window.end))
