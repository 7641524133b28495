"""The benchmark of false alarms computes what the monitor computes, and counts what happens."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.cells import Cell, Outcome, every_cell, run
from benchmarks.estimates import NAMES, Estimates, correlations, of_requests, of_singles
from benchmarks.populations import BINS, Grouping, difficulty, grouped_records, law, single_records
from inference_records.configuration import Configuration
from monitor.aggregate import aggregate
from monitor.engine import arrow_table, connect
from monitor.interpret import interpret
from monitor.metrics import ProblemType, evaluate, registered


def by_the_monitor(codes: np.ndarray, threshold: int) -> tuple[dict[str, float], dict[str, object]]:
    """Values and errors that the monitor computes of one window."""
    size = codes.shape[1]
    flat = codes.ravel()
    positive, place = flat >= BINS, flat % BINS
    count = len(flat)
    table = pa.table(
        {
            "variant": pa.repeat("", count),
            "window": pa.repeat(pa.scalar(0, pa.int64()), count),
            "request": pa.array([str(i // size) for i in range(count)], pa.string()),
            "record_index": pa.array(np.arange(count) % size, pa.int32()),
            "record_count": pa.repeat(pa.scalar(size, pa.int32()), count),
            "fold": pa.array(np.arange(count) % 5, pa.int8()),
            "label": pa.array(np.where(positive, "1", "0")),
            "label_value": pa.array(positive.astype(float)),
            "prediction": pa.array(np.where(place >= threshold, "1", "0")),
            "prediction_value": pa.array((place >= threshold).astype(float)),
            "probability": pa.array(place / BINS),
            "probabilities": pa.nulls(count, pa.list_(pa.float64())),
            "classes": pa.nulls(count, pa.list_(pa.string())),
        }
    )
    backend = connect()
    records = arrow_table(backend, "window", table)
    reading = interpret(records, Configuration())
    needed = {name for m in registered(reading.problem_type) for name in m.parameters}
    statistics = aggregate(records, reading, Configuration(), needed)["", 0]
    assert reading.problem_type is ProblemType.BINARY_CLASSIFICATION
    values = evaluate(reading.problem_type, statistics.inputs)
    return {name: values[name].value for name in NAMES}, dict(statistics.errors)  # type: ignore[misc]


@pytest.mark.parametrize(("per_request", "positives"), [(1, 0.3), (10, 0.3), (25, 0.05)])
def test_its_metrics_and_errors_are_those_of_the_monitor(
    per_request: int, positives: float
) -> None:
    of = law(positives, 2.4)
    grouping = Grouping(500, per_request, difficulty(of, 0.2))
    (codes,) = grouped_records(of, grouping, 1, np.random.default_rng(4))
    found = of_requests(codes, of.threshold)
    values, errors = by_the_monitor(codes[0], of.threshold)
    for place, name in enumerate(NAMES):
        error = errors[name]
        assert found.values[0, place] == pytest.approx(values[name], rel=1e-12), name
        assert found.variance[0, place] ** 0.5 == pytest.approx(error.standard_error), name  # type: ignore[attr-defined]
        assert found.independent[0, place] ** 0.5 == pytest.approx(error.independent_error), name  # type: ignore[attr-defined]
        assert found.requests[0, place] == error.requests, name  # type: ignore[attr-defined]
        assert found.records[0, place] == error.records, name  # type: ignore[attr-defined]


def test_single_records_are_requests_of_one_record() -> None:
    of = law(0.3, 2.4)
    (codes,) = grouped_records(of, Grouping(300, 1, 0.0), 4, np.random.default_rng(1))
    counts = np.stack([np.bincount(window.ravel(), minlength=2 * BINS) for window in codes])
    one, other = of_requests(codes, of.threshold), of_singles(counts, of.threshold)
    for name in Estimates.__slots__:
        assert getattr(one, name) == pytest.approx(getattr(other, name)), name


def test_records_of_a_request_are_right_or_wrong_together_as_much_as_they_should() -> None:
    of = law(0.5, 2.4)
    grouping = Grouping(2_000, 20, difficulty(of, 0.3))
    rng = np.random.default_rng(2)
    wrong = np.concatenate(
        [
            (codes >= BINS) != (codes % BINS >= of.threshold)
            for codes in grouped_records(of, grouping, 200, rng)
        ]
    ).reshape(-1, 20)
    share = wrong.mean()
    total = wrong.sum(axis=1)
    together = (total * (total - 1)).mean() / (20 * 19)
    assert share == pytest.approx(0.115, abs=0.01)
    assert (together - share**2) / (share * (1 - share)) == pytest.approx(0.3, abs=0.03)


def test_correlations_are_those_of_the_metrics_over_many_windows() -> None:
    of = law(0.3, 2.0)
    counts = single_records(of, 4_000, 4_000, np.random.default_rng(3))
    known = correlations(counts[0], of.threshold)
    values = of_singles(counts, of.threshold).values
    measured = np.asarray(np.corrcoef(values.T))
    for (one, other), value in known.items():
        assert value == pytest.approx(measured[NAMES.index(one)][NAMES.index(other)], abs=0.06)


def test_a_rate_keeps_the_budget_only_if_it_is_sure_to() -> None:
    assert Outcome(0, 20_000, 0, 1).keeps(0.01)
    assert Outcome(220, 20_000, 0, 1).keeps(0.01)
    assert not Outcome(240, 20_000, 0, 1).keeps(0.01)
    assert not Outcome(0, 100, 0, 1).keeps(0.01)
    assert Outcome(0, 1, 10, 1_000).weaker(Outcome(0, 1, 50, 1_000))
    assert not Outcome(0, 1, 48, 1_000).weaker(Outcome(0, 1, 50, 1_000))


def test_every_cell_is_there_once_and_can_be_run() -> None:
    cells = list(every_cell((100, 500)))
    assert len(set(cells)) == len(cells)
    found = run(Cell("balanced", "good", 500, 5, 0.1), 300, 200)
    assert found["seed"].rate == pytest.approx(0.5, abs=0.15)
    assert found["ours, 1 %"].rate < 0.02
    assert found["ours, 1 %"].power > found["ours, default"].power
