"""Records with hardly two equal probabilities: the same numbers in arrays as by the engine."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest

from monitor import request_sums
from monitor.aggregate_classification import scores
from monitor.dense_scores import dense_cells, dense_scores
from monitor.engine import arrow_table, connect
from monitor.influences import score_sources
from monitor.interpretation import Interpretation
from monitor.metrics import FOLDS, GRID, ProblemType, ScoreCounts, evaluate, registered

CELL = ("v", 0)
READING = Interpretation(ProblemType.BINARY_CLASSIFICATION, positive="1", negative="0")
RECORDS, OF_REQUEST = 3 * GRID, 50


@pytest.fixture(scope="module")
def records() -> ibis.Table:
    """Requests in which records are right or wrong together; one score in a hundred is equal."""
    random = np.random.default_rng(5)
    number = (np.arange(RECORDS) // OF_REQUEST).astype(np.int32)
    shift = random.normal(0, 0.5, number.max() + 1)[number]
    is_positive = random.random(RECORDS) < 0.3
    score = 1 / (1 + np.exp(-random.normal(1.5 * is_positive - 1 + shift)))
    score[::100] = np.round(score[::100], 2)
    order = random.permutation(RECORDS)
    table = pa.table(
        {
            "variant": pa.repeat(pa.scalar("v"), RECORDS),
            "window": np.zeros(RECORDS, dtype=np.int64),
            "fold": (number % FOLDS).astype(np.int8),
            "request": number,
            "number": number,
            "label": np.where(is_positive, "1", "0"),
            "probability": score,
        }
    )
    return arrow_table(connect(), "evaluated", table.take(order))


def test_only_windows_with_many_different_probabilities_are_dense(records: ibis.Table) -> None:
    few = records.mutate(probability=records.probability.round(3))

    assert dense_cells(records) == ([CELL], True)
    assert dense_cells(few) == ([], False)


def test_the_metrics_are_those_of_all_different_probabilities(records: ibis.Table) -> None:
    part, _dense = dense_scores(records, READING, [CELL], True)
    (whole, _folds), (expected, _) = part[CELL], scores(records, READING)[CELL]

    found, known = whole["score_counts"], expected["score_counts"]
    assert isinstance(found, ScoreCounts)
    assert isinstance(known, ScoreCounts)
    for name in ("score", "positives", "negatives"):
        assert np.array_equal(getattr(found, name), getattr(known, name))


def test_folds_have_the_same_metrics_but_for_the_grid(records: ibis.Table) -> None:
    part, _dense = dense_scores(records, READING, [CELL], True)
    expected = scores(records, READING)

    for own, other in zip(part[CELL][1], expected[CELL][1], strict=True):
        found = evaluate(ProblemType.BINARY_CLASSIFICATION, own)
        known = evaluate(ProblemType.BINARY_CLASSIFICATION, other)
        for name in ("auc", "average_precision", "log_loss", "expected_calibration_error"):
            assert found[name].value == pytest.approx(known[name].value, abs=2e-5)


def test_errors_are_those_of_all_probabilities_but_for_the_grid(records: ibis.Table) -> None:
    part, dense = dense_scores(records, READING, [CELL], True)
    inputs = {CELL: part[CELL][0]}
    metrics = [
        metric
        for metric in registered(ProblemType.BINARY_CLASSIFICATION)
        if "score_counts" in metric.parameters
    ]
    by_engine, *_ = score_sources(records, inputs, metrics, READING, {})
    _others, in_arrays = score_sources(records, inputs, metrics, READING, dense)

    known = request_sums.errors(by_engine, single=())[CELL]
    found = request_sums.errors(in_arrays, single=())[CELL]
    assert found.keys() == known.keys()
    for name, error in found.items():
        assert error.standard_error == pytest.approx(known[name].standard_error, rel=1e-4)
        assert error.independent_error == pytest.approx(known[name].independent_error, rel=1e-4)
        assert (error.requests, error.records) == (known[name].requests, known[name].records)


def test_no_order_of_the_rows_changes_a_bit(records: ibis.Table) -> None:
    def errors(rows: ibis.Table) -> object:
        part, dense = dense_scores(rows, READING, [CELL], True)
        metrics = registered(ProblemType.BINARY_CLASSIFICATION)
        _others, source = score_sources(rows, {CELL: part[CELL][0]}, metrics, READING, dense)
        return request_sums.errors(source, single=())

    backwards = records.mutate(number=RECORDS - 1 - records.number).order_by(ibis.desc("request"))
    assert errors(records) == errors(backwards)
