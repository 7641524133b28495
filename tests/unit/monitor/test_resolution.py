"""Scores in steps: where one process cannot hold all that differ."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk

from inference_records.configuration import Configuration
from monitor.aggregate import aggregate
from monitor.interpret import interpret
from monitor.metrics import evaluate
from monitor.resolution import TooManyRecords, resolved

from .rows import evaluated

CHANCE = np.random.default_rng(5)
SCORE = CHANCE.random(4_000)
SCORE[:3] = 0.0, 1.0, 0.5
LABEL = (CHANCE.random(4_000) < SCORE).astype(int)
STEPS = 64


def test_few_scores_stay_as_they_are() -> None:
    table = evaluated(LABEL, LABEL, probability=SCORE)
    reading = interpret(table, Configuration(problem_type="BinaryClassification"))
    assert resolved(table, reading, 10_000) is table
    assert resolved(table, reading, None) is table


def test_too_many_scores_move_by_half_a_step_at_most_and_none_across_one_half() -> None:
    table = evaluated(LABEL, LABEL, probability=SCORE)
    reading = interpret(table, Configuration(problem_type="BinaryClassification"))
    found = resolved(table, reading, 1_000, STEPS).order_by("request").to_pyarrow()
    before = table.order_by("request").to_pyarrow()["probability"].to_numpy()
    after = found["probability"].to_numpy()
    assert len(np.unique(after)) <= STEPS + 2
    assert np.abs(after - before).max() <= 0.5 / STEPS
    assert ((after >= 0.5) == (before >= 0.5)).all()
    sure = (before == 0) | (before == 1)
    assert (after[sure] == before[sure]).all()


def test_auc_is_off_by_no_more_than_its_bound() -> None:
    table = evaluated(LABEL, LABEL, probability=SCORE)
    configuration = Configuration(problem_type="BinaryClassification")
    reading = interpret(table, configuration)
    coarse = resolved(table, reading, 1_000, STEPS)
    (found,) = aggregate(coarse, reading, configuration, set()).values()
    auc = evaluate(reading.problem_type, found.inputs)["auc"].value
    of_step = np.floor(SCORE * STEPS)
    ties = sum(
        LABEL[of_step == step].sum() * (1 - LABEL[of_step == step]).sum() for step in range(STEPS)
    )
    bound = ties / (2 * LABEL.sum() * (1 - LABEL).sum())
    assert auc == pytest.approx(sk.roc_auc_score(LABEL, SCORE), abs=bound)


def test_too_many_errors_of_a_regression_are_refused_by_name() -> None:
    table = evaluated([1.5, 2.5, 3.5] * 4, [1.0, 2.0, 3.0] * 4)
    reading = interpret(table, Configuration(problem_type="Regression"))
    assert resolved(table, reading, 3) is table
    with pytest.raises(TooManyRecords, match="12 labelled records"):
        resolved(table, reading, 2)
