"""Versions of windows in a line of code, for pages: of counts that can be checked by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson

from monitor.baseline import Baseline
from monitor.constraints import Check, Constraint, Operator, Status
from monitor.interpretation import Interpretation
from monitor.label_delays import LabelDelay
from monitor.ledger_rows import Version
from monitor.lineage import Input, Lineage, digest_of_baseline
from monitor.maturity import Maturity, State
from monitor.metrics import ConfusionMatrix, MetricValue, ProblemType, ScoreCounts, Uncertainty
from monitor.quality import NO_HEALTH, Health, Quality
from monitor.run_cost import RunCost
from monitor.statistics_document import statistics_document
from monitor.windows import Window

NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
ACCURACY = Constraint("accuracy", Operator.LESS, 0.9)
BASELINE = Baseline(
    constraints=(ACCURACY,),
    values={"accuracy": 0.95},
    errors={"accuracy": Uncertainty(0.01, 0.01, 50, 500)},
    details={
        "confusion_matrix": {"0": {"0": 90, "1": 10}, "1": {"0": 0, "1": 100}},
        "labelled": [["0", 0, 100, 100], ["1", 9, 100, 100]],
        "calibration": [{"mean_probability": 0.5, "observed_rate": 0.5, "count": 100}],
    },
)


def window(number: int = 0) -> Window:
    return Window(NINE + number * HOUR, NINE + (number + 1) * HOUR)


def judged(
    value: float = 0.7123456789,
    status: Status = Status.VIOLATION,
    number: int = 0,
    variant: str = "AllTraffic",
    labels: tuple[str, ...] = ("0", "1"),
    endpoint: str = "churn",
    pictures: Mapping[str, Any] | None = None,
) -> Quality:
    """An hour with 1,200 captured records, 1,000 of them judged."""
    counts = {
        **NO_HEALTH.counts, "requests": 40, "records": 1_180, "rejected": 20, "evaluated": 1_010,
        "unlabelled": 170, "orphan_labels": 3, "arrived_labels": 1_013,
    }  # fmt: skip
    many = len(labels)
    cells = np.arange(many * many, dtype=np.int64).reshape(many, many) + 1
    scores = ScoreCounts.from_counts(np.linspace(0, 1, 50), np.arange(50), np.arange(50)[::-1])
    matrix = ConfusionMatrix(labels, cells, labels[-1])
    inputs: dict[str, object] = {"confusion_matrix": matrix, "score_counts": scores}
    check = Check(
        ACCURACY, status, value, baseline=0.95, limit=0.9, drop=0.95 - value, drop_error=0.015,
        p_value=1e-9 if status is Status.VIOLATION else 0.4, level=1e-5,
    )  # fmt: skip
    shown = {"positions": [[0, 400, 40], [1, 400, 44], [8, 200, 120]], "sizes": [[16, 1000, 204]]}
    return Quality(
        endpoint=endpoint,
        variant=variant,
        window=window(number),
        reading=Interpretation(ProblemType.BINARY_CLASSIFICATION, positive=labels[-1]),
        judged=1_000,
        values={"accuracy": MetricValue(value), "mcc": MetricValue(None, "one class only")},
        errors={"accuracy": Uncertainty(0.0111, 0.01, 40, 1_000)},
        health=Health(counts),
        constraints=(ACCURACY,),
        checks=(check,),
        maturity=Maturity(State.FINAL, "at least 90% of the records have a label"),
        statistics=statistics_document(inputs),
        labelled=orjson.dumps([["0", 0, 590, 500], ["1", 9, 590, 500]]).decode(),
        pictures=orjson.dumps(shown if pictures is None else pictures).decode(),
        delay=LabelDelay(600, 3_600, 7_200),
        cost=RunCost(1.5, 300.0, 1),
    )


def provisional(quality: Quality) -> Quality:
    """The same hour before enough labels have come."""
    checks = tuple(replace(item, status=Status.NOT_EVALUATED) for item in quality.checks)
    state = Maturity(State.PROVISIONAL, "40.0% of the records have a label")
    return replace(quality, maturity=state, checks=checks)


def version(*qualities: Quality, number: int = 1, because: str = "judged for the first time",
            inputs: int = 2) -> Version:  # fmt: skip
    files = tuple(Input(f"predictions/endpoint=churn/{n}.parquet", str(n)) for n in range(inputs))
    lineage = Lineage(files, "all", "settings", digest_of_baseline(BASELINE), "code")
    return Version(number, NINE + 3 * HOUR, because, qualities, lineage)
