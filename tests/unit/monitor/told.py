"""Judged windows in a line of code: of the numbers that a verdict or a message is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from inference_records.configuration import Configuration
from inference_records.verdict_settings import Verdicts
from monitor.baseline import Baseline
from monitor.constraints import Check, Constraint, Operator, Status, check
from monitor.interpretation import Interpretation
from monitor.judgement import Standard
from monitor.metrics import MetricValue, ProblemType
from monitor.quality import NO_HEALTH, Health, Quality
from monitor.windows import Window

from .rows import HOUR, NINE


def by_threshold(rules: Sequence[Constraint]) -> Standard:
    """Thresholds and nothing else, once the windows' labels have had their time."""
    settings = Configuration(verdicts=Verdicts(policy="threshold"))
    return Standard(Baseline(tuple(rules)), settings, NINE + 300 * HOUR, HOUR, 1)


RULES = (
    Constraint("accuracy", Operator.LESS, 0.9),
    Constraint("false_positive_rate", Operator.GREATER, 0.1),
    Constraint("recall", Operator.LESS, 0.8),
    Constraint("auc", Operator.LESS, 0.95),
)
BASELINE = Baseline(values={"accuracy": 0.931, "recall": 0.85, "false_positive_rate": 0.0712})
READING = Interpretation(ProblemType.BINARY_CLASSIFICATION)


def hour(number: int, length: timedelta = HOUR) -> Window:
    """The window that begins so many hours after nine."""
    return Window(NINE + number * HOUR, NINE + number * HOUR + length)


def verdict(
    status: Status, window: Window | None = None, variant: str = "AllTraffic", endpoint: str = "e"
) -> Quality:
    """A window with a verdict, of which nothing else matters."""
    value = 0.5 if status is Status.VIOLATION else None if status is Status.NOT_EVALUATED else 0.95
    item = Check(RULES[0], status, value)
    window = window or hour(0)
    return Quality(endpoint, variant, window, READING, constraints=RULES[:1], checks=(item,))


def measured(
    values: Mapping[str, float | None],
    deviations: Mapping[str, float | None],
    labelled: int = 960,
    rules: Sequence[Constraint] = RULES,
) -> Quality:
    """A window of 1,200 records of 40 requests, with a value of each metric and its deviation."""
    found = {
        name: MetricValue(value, None if value is not None else "'4111-1111' is no number")
        for name, value in values.items()
    }
    counts = {
        **NO_HEALTH.counts,
        "requests": 40,
        "records": 1_200,
        "evaluated": labelled,
        "unlabelled": 1_200 - labelled,
        "orphan_labels": 12,
    }
    return Quality(
        "fraud-scoring",
        "AllTraffic",
        hour(0),
        READING,
        judged=labelled,
        values=found,
        deviations=deviations,
        health=Health(counts),
        constraints=rules,
        checks=check(rules, found),
    )


DEVIATIONS = {"accuracy": 0.0105, "false_positive_rate": 0.004, "recall": 0.01}
VIOLATING = measured(
    {"accuracy": 0.81171, "false_positive_rate": 0.1034, "recall": 0.82, "auc": None}, DEVIATIONS
)
RECOVERED = measured(
    {"accuracy": 0.9512, "false_positive_rate": 0.05, "recall": 0.85, "auc": 0.96}, DEVIATIONS
)
DOUBTFUL = measured(
    {"accuracy": 0.89999, "false_positive_rate": 0.05, "recall": None, "auc": None}, {}, 150
)
