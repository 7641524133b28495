"""Rows of a ledger -> the version of a window that they are, as far as judging it again needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.constraints import Check, Constraint, Operator, Status
from monitor.interpretation import Interpretation
from monitor.join_health import JoinCheck
from monitor.label_delays import LabelDelay
from monitor.ledger_rows import Version
from monitor.lineage import Input, Lineage
from monitor.maturity import Maturity, State
from monitor.metrics import MetricValue, ProblemType, Uncertainty
from monitor.quality import ALL_VARIANTS, Health, Quality
from monitor.run_cost import RunCost
from monitor.windows import Window


def from_rows(rows: Sequence[Mapping[str, Any]], endpoint: str) -> Version:
    """The version that some rows are: one for each variant."""
    first = rows[0]
    return Version(
        number=first["version"],
        as_of=first["as_of"],
        because=first["restated_because"],
        qualities=tuple(_quality(row, endpoint) for row in rows),
        lineage=Lineage(
            inputs=tuple(Input(item["key"], item["etag"]) for item in first["inputs"]),
            context=first["context"],
            configuration=first["configuration"],
            baseline=first["baseline"],
            code=first["code"],
        ),
    )


def _quality(row: Mapping[str, Any], endpoint: str) -> Quality:
    reading = Interpretation(
        ProblemType(row["problem_type"]),
        positive=row["positive_label"],
        negative=row["negative_label"],
        refused=row["refused"],
        notes=tuple(row["notes"]),
    )
    errors = {item["name"]: _error(item) for item in row["metrics"]}
    return Quality(
        endpoint=endpoint,
        variant=ALL_VARIANTS if row["variant"] is None else row["variant"],
        window=Window(row["window_start"], row["window_end"]),
        reading=reading,
        judged=row["judged"],
        values={
            item["name"]: MetricValue(item["value"], item["reason"], bool(item["unavailable"]))
            for item in row["metrics"]
        },
        errors={name: error for name, error in errors.items() if error is not None},
        health=Health(dict(row["join_counts"])),
        join_checks=tuple(_join_check(item) for item in row["join_checks"]),
        checks=tuple(_check(item) for item in row["checks"]),
        constraints=tuple(_check(item).constraint for item in row["checks"]),
        maturity=Maturity(State(row["state"]), row["state_reason"]),
        statistics=row["statistics"],
        labelled=row["labelled"],
        # Versions of before have none of these.
        pictures=row.get("pictures") or "{}",
        delay=LabelDelay(**delay) if (delay := row.get("label_delay")) else None,
        cost=RunCost(**cost) if (cost := row.get("cost")) else None,
    )


def _error(item: Mapping[str, Any]) -> Uncertainty | None:
    if item["standard_error"] is None:
        return None
    return Uncertainty(
        item["standard_error"], item["independent_error"], item["requests"], item["records"]
    )


def _join_check(item: Mapping[str, Any]) -> JoinCheck:
    return JoinCheck(
        item["name"], item["value"], item["limit"], Status(item["status"]), item["reason"]
    )


def _check(item: Mapping[str, Any]) -> Check:
    rule = Constraint(
        item["metric"], Operator(item["comparison_operator"]), float(item["threshold"])
    )
    told = {
        name: value
        for name, value in item.items()
        if name not in ("metric", "comparison_operator", "threshold", "status")
    }
    return Check(rule, Status(item["status"]), **told)
