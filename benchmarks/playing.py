"""One stream played through the monitor, and what each rule says of its windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from benchmarks.estimates import NAMES, Estimates
from benchmarks.rules import PEERS, SETTINGS, Promise, Scene
from benchmarks.streams import PER_REQUEST, baseline, window
from inference_records.configuration import Configuration
from monitor.aggregate import Statistics, aggregate
from monitor.assessment import assess
from monitor.baseline import Baseline, Columns, make_baseline
from monitor.constraints import Status, overall
from monitor.engine import arrow_table, connect
from monitor.interpret import interpret
from monitor.metrics import Uncertainty, evaluate, registered
from monitor.quality import Quality

OURS = "ours"
SEED = 7
BASELINE_RECORDS = 5_000
REQUESTS = 50
BUDGET = 1 / 720
"""One false page in 30 days of hourly windows."""
REFERENCE, BEFORE, AFTER = 12, 48, 24
"""Windows that NannyML's rule learns from, and windows before and after the change."""


@dataclass(frozen=True, slots=True)
class Told:
    """Of one rule and one stream: which windows page."""

    pages: NDArray[np.bool_]

    @property
    def false(self) -> int:
        """Pages before the change."""
        return int(self.pages[:BEFORE].sum())

    @property
    def delay(self) -> int | None:
        """Windows until the first page after the change, that one included; None: none."""
        after = np.flatnonzero(self.pages[BEFORE:])
        return int(after[0]) + 1 if len(after) else None


def played(change: str, seed: int) -> dict[str, Told]:
    """One stream: each rule on every window."""
    rng = np.random.default_rng([SEED, seed, *map(ord, change)])
    promised = make_baseline(baseline(BASELINE_RECORDS, rng), Columns("label"), Configuration())
    kinds = ["nothing"] * (REFERENCE + BEFORE) + [change] * AFTER
    found = _statistics([window(REQUESTS, kind, rng) for kind in kinds])
    windows = [found["", place] for place in range(len(kinds))]
    told = {OURS: Told(_ours(promised, windows[REFERENCE:]))}
    estimates = Estimates.joined(_estimates(promised, item) for item in windows)
    scene = _scene(promised, estimates)
    return told | {name: Told(rule(scene)) for name, rule in PEERS.items()}


def _statistics(frames: Sequence[pd.DataFrame]) -> Mapping[tuple[str, int], Statistics]:
    """The monitor's statistics and errors of each window."""
    whole = pd.concat([frame.assign(window=place) for place, frame in enumerate(frames)])
    count = len(whole)
    label, probability = whole["label"].to_numpy(), whole["probability"].to_numpy()
    table = pa.table(
        {
            "variant": pa.repeat("", count),
            "window": pa.array(whole["window"].to_numpy(), pa.int64()),
            "request": pa.array(whole["request"].astype(str).to_numpy(), pa.string()),
            "record_index": pa.array(np.arange(count) % PER_REQUEST, pa.int32()),
            "record_count": pa.repeat(pa.scalar(PER_REQUEST, pa.int32()), count),
            "fold": pa.array(whole["request"].to_numpy() % 5, pa.int8()),
            "label": pa.array(label.astype(str)),
            "label_value": pa.array(label.astype(float)),
            "prediction": pa.array(np.where(probability >= 0.5, "1", "0")),
            "prediction_value": pa.array((probability >= 0.5).astype(float)),
            "probability": pa.array(probability),
            "probabilities": pa.nulls(count, pa.list_(pa.float64())),
            "classes": pa.nulls(count, pa.list_(pa.string())),
        }
    )
    records = arrow_table(connect(), "windows", table)
    reading = interpret(records, Configuration())
    needed = {name for item in registered(reading.problem_type) for name in item.parameters}
    return aggregate(records, reading, Configuration(), needed)


def _ours(promised: Quality, windows: Sequence[Statistics]) -> NDArray[np.bool_]:
    problem_type = promised.reading.problem_type
    values = {name: item.value for name, item in promised.values.items() if item.value is not None}
    known = Baseline(values=values, errors=promised.errors)
    metrics = {metric.name: metric for metric in registered(problem_type)}
    return np.array([
        overall(assess(
            promised.constraints, evaluate(problem_type, item.inputs), item.errors, known,
            SETTINGS, metrics, BUDGET,
        )) is Status.VIOLATION
        for item in windows
    ])  # fmt: skip


def _estimates(promised: Quality, item: Statistics) -> Estimates:
    values = evaluate(promised.reading.problem_type, item.inputs)
    return _row([values[name].value for name in NAMES], item.errors)


def _row(values: Sequence[float | None], errors: Mapping[str, Uncertainty]) -> Estimates:
    known = [errors.get(name) for name in NAMES]
    rows = [
        [np.nan if value is None else value for value in values],
        [error.standard_error**2 if error else np.nan for error in known],
        [(error.independent_error or 0.0) ** 2 if error else np.nan for error in known],
        [error.requests if error else 0 for error in known],
        [error.records if error else 0 for error in known],
    ]
    return Estimates(*(np.array([row], dtype=np.float64) for row in rows))


def _scene(promised: Quality, estimates: Estimates) -> Scene:
    windows = estimates[REFERENCE:]
    values = [promised.values[name].value for name in NAMES]
    deviations = [promised.deviations.get(name) or np.nan for name in NAMES]
    count = len(windows.values)
    before = Promise(
        _row(values, promised.errors)[np.zeros(count, dtype=int)],
        np.array([deviations] * count),
        {},
    )
    return Scene(windows, before, estimates[:REFERENCE])
