"""What is counted of records in arrays is what an engine counts of the same records as rows."""

from __future__ import annotations

from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ibis import _

from inference_records.configuration import Configuration
from monitor.aggregate import Statistics, aggregate, aggregate_arrays
from monitor.array_counts import facts_in, said_in_arrays
from monitor.coded import Filling
from monitor.engine import arrow_table, connect
from monitor.facts import facts_by_window
from monitor.health import said_by_cell
from monitor.interpretation import Interpretation
from monitor.labelled import labelled
from monitor.metrics import ConfusionMatrix, ProblemType, Residuals, ScoreCounts
from monitor.positions import pictures, pictures_in
from monitor.record_arrays import RecordArrays

SETTINGS = Configuration()
BINARY = Interpretation(ProblemType.BINARY_CLASSIFICATION, positive="1", negative="0")
READINGS = {
    "binary": BINARY,
    "of predicted": Interpretation(
        ProblemType.BINARY_CLASSIFICATION, positive="1", negative="0", of_predicted=True
    ),
    "scored": Interpretation(
        ProblemType.BINARY_CLASSIFICATION, positive="1", negative="0", scored=True
    ),
    "classes": Interpretation(ProblemType.MULTICLASS_CLASSIFICATION),
    "regression": Interpretation(ProblemType.REGRESSION),
}
kinds = st.sampled_from(sorted(READINGS))
seeds = st.integers(0, 2**32 - 1)


def column(values: list[Any], kind: pa.DataType) -> Any:
    filling = Filling(len(values), kind)
    filling.put(slice(0, len(values)), pa.array(values, kind))
    return filling.done()


def some(random: np.random.Generator, values: list[Any], share: float = 0.9) -> list[Any]:
    """Values of which some are missing."""
    return [value if random.random() < share else None for value in values]


def arrays_of(kind: str, seed: int) -> RecordArrays:
    """A few requests of two variants in two windows: as records come, with gaps and ties."""
    random = np.random.default_rng(seed)
    requests = int(random.integers(1, 12))
    counts = random.integers(1, random.choice([2, 9]), requests).astype(np.int32)
    window = np.sort(random.integers(0, 2, requests))
    variant = [random.choice(["a", "b"]) for _request in range(requests)]
    order = sorted(range(requests), key=lambda i: (window[i], variant[i]))
    records = int(counts.sum())
    names = ["0", "1"] if kind != "classes" else ["0", "1", "cat"]
    label = [str(name) for name in random.choice(names, records)]
    said = [str(name) for name in random.choice(names, records)]
    value = [float(name) if name != "cat" else None for name in label]
    number = [float(name) if name != "cat" else None for name in said]
    probability = some(random, [round(float(p), 1) for p in random.random(records)])
    if kind in {"regression", "scored"}:
        scale = 1.0 if kind == "scored" else float(random.choice([3.0, 1e6, 1e-9]))
        number = [float(x) for x in random.random(records) * scale]
        said, probability = [repr(x) for x in number], [None] * records
        if kind == "regression":
            value = [round(float(x), 1) for x in random.normal(0.2, 1, records)]
            label = [repr(x) for x in value]
            if random.random() < 0.2:  # a perfect model
                value, label = list(number), list(said)
    is_labelled = random.random(records) < 0.8
    copies = np.where(is_labelled, random.integers(1, 3, records), 0).astype(np.uint8)
    is_said = random.random(records) < 0.9
    text, float64 = pa.string(), pa.float64()
    return RecordArrays(
        pa.table(
            {
                "request": [f"r{i}" for i in range(requests)],
                "variant": [variant[i] for i in order],
                "window": pa.array(window[order], pa.int64()),
                "fold": pa.array(random.integers(0, 5, requests), pa.int8()),
                "record_count": counts,
            }
        ),
        random.random(records) < 0.9,
        {
            "label": column(
                [x if k else None for x, k in zip(label, is_labelled, strict=True)], text
            ),
            "label_value": column(
                [x if k else None for x, k in zip(value, is_labelled, strict=True)], float64
            ),
            "prediction": column(
                [x if k else None for x, k in zip(said, is_said, strict=True)], text
            ),
            "prediction_value": column(
                [x if k else None for x, k in zip(number, is_said, strict=True)], float64
            ),
            "probability": column(probability, float64),
        },
        copies,
        (copies > 1) & (random.random(records) < 0.5),
    )


def rows_of(arrays: RecordArrays) -> ibis.Table:
    return arrow_table(connect(), "matched", arrays.table())


def evaluated(arrays: RecordArrays) -> ibis.Table:
    return rows_of(arrays).filter(_.label.notnull())


def as_values(of: Statistics) -> Any:
    """Everything that can be compared, to the bit."""

    def plain(value: object) -> object:
        match value:
            case ConfusionMatrix():
                return value.labels, value.counts.tolist(), value.positive
            case ScoreCounts():
                return value.score.tolist(), value.positives.tolist(), value.negatives.tolist()
            case Residuals():
                return value
        return None

    inputs = (of.inputs, *of.folds)
    return (
        [{name: found for name, x in own.items() if (found := plain(x))} for own in inputs],
        dict(of.errors),
        of.count,
    )


@settings(deadline=None, max_examples=60)
@given(kinds, seeds)
def test_statistics_and_errors_are_the_same_to_the_bit(kind: str, seed: int) -> None:
    arrays, reading = arrays_of(kind, seed), READINGS[kind]

    found = aggregate_arrays(arrays.cells, lambda: evaluated(arrays), reading, SETTINGS, ())
    expected = aggregate(evaluated(arrays), reading, SETTINGS, ())

    assert found.keys() == expected.keys()
    for cell, of in expected.items():
        assert as_values(found[cell]) == as_values(of)


@settings(deadline=None, max_examples=40)
@given(kinds, seeds)
def test_facts_and_health_are_the_same(kind: str, seed: int) -> None:
    arrays = arrays_of(kind, seed)

    by_window = {window: facts_in(part) for window, part in arrays.windows.items()}
    by_window = {window: of for window, of in by_window.items() if of.records}
    assert by_window == facts_by_window(evaluated(arrays))
    names = said_in_arrays(arrays).column_names
    rows = said_by_cell(rows_of(arrays)).to_pyarrow().select(names).to_pylist()
    in_order = sorted(rows, key=lambda row: (row["window"], row["variant"]))
    known = [{name: n or 0 for name, n in row.items()} for row in in_order]
    assert said_in_arrays(arrays).to_pylist() == known


@settings(deadline=None, max_examples=40)
@given(kinds, seeds)
def test_pages_show_the_same(kind: str, seed: int) -> None:
    arrays, reading = arrays_of(kind, seed), READINGS[kind]
    windows = {reading: [0, 1]}
    tenths = tuple(n / 10 for n in range(1, 10)) if kind == "regression" else ()

    rows = rows_of(arrays)
    assert labelled(arrays, windows) == labelled(rows, windows)
    found = pictures_in(arrays, lambda: evaluated(arrays), windows, SETTINGS, tenths)
    assert found == pictures(evaluated(arrays), rows, windows, SETTINGS, tenths)


def test_a_threshold_of_the_settings_comes_before_the_response() -> None:
    arrays = arrays_of("binary", 7)
    strict = Configuration(threshold=0.8)

    found = aggregate_arrays(arrays.cells, lambda: evaluated(arrays), BINARY, strict, ())
    expected = aggregate(evaluated(arrays), BINARY, strict, ())
    assert {cell: as_values(of) for cell, of in found.items()} == {
        cell: as_values(of) for cell, of in expected.items()
    }


def test_texts_beyond_what_a_classifier_may_have_are_known_but_not_told() -> None:
    values = [None, *(str(number) for number in range(6_000))]
    filling = Filling(len(values), pa.string(), keeps_texts=True)
    filling.put(slice(0, 100), pa.array(values[:100]))
    filling.put(slice(100, len(values)), pa.array(values[100:]))

    found = filling.done()
    assert not found.are_told  # type: ignore[union-attr]
    assert found.is_known.sum() == 6_000  # type: ignore[union-attr]
    assert pa.chunked_array(filling.texts).to_pylist() == values


def test_numbers_are_codes_while_they_are_few() -> None:
    few, many = Filling(4, pa.float64()), Filling(300, pa.float64())
    few.put(slice(0, 4), pa.array([1.5, None, 1.5, -2.0]))
    numbers = np.arange(300) / 7
    many.put(slice(0, 50), pa.array(numbers[:50]))
    many.put(slice(50, 300), pa.array(numbers[50:]))

    assert few.done().codes.tolist() == [0, -1, 0, 1]  # type: ignore[union-attr]
    assert many.done() == pytest.approx(numbers, abs=0)
