"""Quality of a window -> the documents that SageMaker's readers, CloudWatch and people read.

SageMaker's keys are as its own monitor writes them; what it has no place for stands under
`batch_payload_monitor`. JSON has no NaN: an unknown deviation is the text "NaN", as SageMaker has
it, and an undefined metric is null with its reason.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

import orjson

from monitor.constraints import SECTIONS, Check, Constraint, Status
from monitor.join_health import JoinCheck
from monitor.join_shares import shares
from monitor.metrics import MetricValue, ProblemType
from monitor.quality import Quality
from monitor.uncertainty_document import uncertainty_document
from monitor.windows import iso

STATISTICS_FILE = "statistics.json"
CONSTRAINTS_FILE = "constraints.json"
VIOLATIONS_FILE = "constraint_violations.json"
METRICS_FILE = "cloudwatch_metrics.jsonl"

_CLOUDWATCH_MAXIMUM = 2.0**360
_OWN = "batch_payload_monitor"


def to_json(document: object) -> bytes:
    """A document as it is written: indented, with a line end.

    A detail of the user's own may hold whatever Python has; it must not lose the report.
    """
    written = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    tolerated = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, default=str, option=written | tolerated)


def statistics(quality: Quality, run_time: datetime, machine: str | None = None) -> dict[str, Any]:
    """`statistics.json` of one window; `machine` is what it was judged by, and why."""
    document: dict[str, Any] = {
        "version": 0.0,
        "dataset": {
            "item_count": quality.judged,
            "start_time": iso(quality.window.start),
            "end_time": iso(quality.window.end),
            "evaluation_time": iso(run_time),
        },
    }
    section = f"{SECTIONS[quality.reading.problem_type]}_metrics"
    values = {
        name: _scalar(value, quality.deviations.get(name)) for name, value in quality.values.items()
    }
    document[section] = {**quality.details, **values}
    document[_OWN] = {**_own(quality), "machine": machine}
    return document


def baseline_statistics(quality: Quality, run_time: datetime) -> dict[str, Any]:
    """`statistics.json` of validation data, which has neither window nor join."""
    document = statistics(quality, run_time)
    count, evaluated_at = document["dataset"]["item_count"], document["dataset"]["evaluation_time"]
    document["dataset"] = {"item_count": count, "evaluation_time": evaluated_at}
    pictures = {
        "labelled": orjson.loads(quality.labelled), **orjson.loads(quality.pictures)
    }  # fmt: skip
    document[_OWN] = {**_reading(quality), **_uncertainty(quality), "pictures": pictures}
    return document


def _scalar(value: MetricValue, deviation: float | None) -> dict[str, object]:
    known = deviation is not None and value.value is not None
    found: dict[str, object] = {
        "value": value.value,
        "standard_deviation": deviation if known else "NaN",
    }
    return found if value.reason is None else {**found, "reason": value.reason}


def _reading(quality: Quality) -> dict[str, Any]:
    return {
        "problem_type": str(quality.reading.problem_type),
        "positive_label": quality.reading.positive,
        "notes": list(quality.reading.notes),
    }


def _uncertainty(quality: Quality) -> dict[str, Any]:
    document = uncertainty_document(quality.errors, quality.correlations, quality.requests_known)
    return {"uncertainty": document}


def _own(quality: Quality) -> dict[str, Any]:
    return {
        "endpoint": quality.endpoint,
        "variant": quality.variant,
        "verdict": str(quality.status),
        "reason": quality.reason,
        **_reading(quality),
        "policy_cost": quality.policy_cost,
        "state": str(quality.maturity.state),
        "state_reason": quality.maturity.reason,
        "coverage": quality.health.coverage,
        "join": dict(quality.health.counts),
        "join_checks": [_join_check(item) for item in quality.join_checks],
        "checks": [_evidence(item) for item in quality.checks],
        "not_comparable": quality.health.counts["evaluated"] - quality.judged,
        **_uncertainty(quality),
    }


def constraints(problem_type: ProblemType, items: Iterable[Constraint]) -> dict[str, Any]:
    """`constraints.json` in SageMaker's schema."""
    rules = {
        item.metric: {"threshold": item.threshold, "comparison_operator": str(item.operator)}
        for item in items
    }
    return {"version": 0.0, f"{SECTIONS[problem_type]}_constraints": rules}


def _join_check(item: JoinCheck) -> dict[str, Any]:
    return {**asdict(item), "status": str(item.status)}


def _evidence(item: Check) -> dict[str, Any]:
    found = asdict(item)
    rule = found.pop("constraint")
    return {"metric_name": rule["metric"], **found, "status": str(item.status)}


def metric_lines(quality: Quality, dimensions: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """CloudWatch datapoints at the window's start: every defined metric, and the join's health."""
    for name, value in datapoints(quality).items():
        if math.isfinite(value) and abs(value) <= _CLOUDWATCH_MAXIMUM:
            yield {
                "MetricName": name,
                "Timestamp": iso(quality.window.start),
                "Dimensions": [{"Name": key, "Value": text} for key, text in dimensions.items()],
                "Value": value,
            }


def datapoints(quality: Quality) -> dict[str, float]:
    """Metric name to value, undefined ones left out; of quality only once, when it is final."""
    health = {
        **quality.health.counts,
        **shares(quality.health.counts),
        "join_violations": len(quality.join_violations),
    }
    if not quality.matured:
        return health
    defined = {
        name: found.value for name, found in quality.values.items() if found.value is not None
    }
    if quality.status is not Status.NOT_EVALUATED:
        health["violations"] = len(quality.violations)
    return {**health, **defined}


def to_lines(documents: Iterable[Mapping[str, Any]]) -> bytes:
    """JSON Lines: one compact object a line."""
    return b"".join(orjson.dumps(document) + b"\n" for document in documents)


def summary_row(quality: Quality) -> dict[str, object]:
    """A window in one row of the run's table."""
    return {
        "endpoint": quality.endpoint,
        "variant": quality.variant,
        "start": iso(quality.window.start),
        "end": iso(quality.window.end),
        "verdict": str(quality.status),
        "reason": quality.reason,
        "violations": " ".join(item.constraint.metric for item in quality.violations),
        "judged": quality.judged,
        "coverage": quality.health.coverage,
        **asdict(quality.health)["counts"],
        **{name: value.value for name, value in quality.values.items()},
    }
