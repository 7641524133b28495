"""Judging 90 days of hourly windows again from the ledger: `python -m benchmarks.replay`.

Makes a ledger of two versions a window in a temporary folder, then times reading and judging it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from inference_records.configuration import Configuration
from monitor.baseline import Baseline
from monitor.constraints import suggest
from monitor.health import HEALTH_COUNTS
from monitor.interpretation import Interpretation
from monitor.judgement import Standard, rejudged
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.locations import Location
from monitor.maturity import Maturity, State
from monitor.metrics import ConfusionMatrix, ProblemType, Uncertainty, evaluate, registered
from monitor.quality import Health, Quality
from monitor.replay import replay
from monitor.windows import Window

DAYS = 90
START = datetime(2026, 8, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
RECORDS, REQUESTS = 2_000, 100
BINARY = ProblemType.BINARY_CLASSIFICATION
READING = Interpretation(BINARY, positive="1", negative="0")


def main() -> None:
    """Print how long it takes."""
    chance = np.random.default_rng(7)
    baseline = _baseline(chance)
    with tempfile.TemporaryDirectory() as folder:
        ledger = Ledger(Location.of(folder), "demo")
        for version in _versions(chance, baseline):
            ledger.append(version)
        began = time.perf_counter()
        versions = list(ledger.versions(START, START + DAYS * 24 * HOUR))
        read = time.perf_counter()
        found = replay(versions, Configuration(), baseline, START + 2 * DAYS * 24 * HOUR)
        judged = time.perf_counter()
    print(f"{len(versions):,} versions read in {read - began:.1f} s")
    print(f"{found.windows:,} windows judged in {judged - read:.1f} s")
    print(", ".join(f"{count:,} {status}" for status, count in found.verdicts.items()))


def _baseline(chance: np.random.Generator) -> Baseline:
    quality = _quality(chance, Window(START, START), 10_000)
    rules = suggest(registered(BINARY), quality.values)
    values = {name: of.value for name, of in quality.values.items() if of.value is not None}
    names = sorted(rule.metric for rule in rules)
    pairs = {(a, b): 0.6 for a in names for b in names if a < b}
    return Baseline(rules, BINARY, "1", values, quality.errors, pairs)


def _versions(chance: np.random.Generator, baseline: Baseline) -> Iterator[Version]:
    for hour in range(DAYS * 24):
        window = Window(START + hour * HOUR, START + (hour + 1) * HOUR)
        for number in (1, 2):
            as_of = window.end + number * 30 * HOUR
            standard = Standard(baseline, Configuration(), as_of, HOUR, 1)
            judged = rejudged(_quality(chance, window, RECORDS), standard)
            yield Version(number, as_of, "because", (judged,))


def _quality(chance: np.random.Generator, window: Window, records: int) -> Quality:
    cells = chance.multinomial(records, [0.45, 0.05, 0.06, 0.44])
    matrix = ConfusionMatrix.from_counts(["0", "0", "1", "1"], ["0", "1", "0", "1"], cells, "1")
    inputs: dict[str, object] = {"confusion_matrix": matrix}
    values = evaluate(BINARY, inputs)
    error = Uncertainty(0.3 / records**0.5 * 1.4, 0.3 / records**0.5, REQUESTS, records)
    counts = dict.fromkeys(HEALTH_COUNTS, 0)
    counts |= {"requests": REQUESTS, "records": records, "evaluated": records}
    return replace(
        Quality("demo", "AllTraffic", window, READING, records, values),
        errors={name: error for name, of in values.items() if of.value is not None},
        inputs=inputs,
        health=Health(counts),
        maturity=Maturity(State.FINAL, "all have a label"),
    )


if __name__ == "__main__":
    main()
