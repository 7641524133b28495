"""Request columns beside the prediction: all, none or some, numbers or text."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.unit.records.splitting import (
    Outcome,
    capture_line,
    parquet,
    side,
    split_captures,
    split_response,
)
from tests.unit.records.test_payload_forms import npy


def features(outcome: Outcome) -> set[str]:
    return {name for row in outcome.rows for name in row if name.startswith("feature_")}


def split_requests(*requests: object, settings: object = "all") -> Outcome:
    lines = [
        capture_line(
            side([1]), side(request) if not isinstance(request, dict) else request, event_id=str(i)
        )
        for i, request in enumerate(requests)
    ]
    return split_captures(*lines, settings={"features": settings})


def test_none_all_or_the_named_ones_are_kept() -> None:
    request = [{"a": 1, "b": "x"}]
    assert features(split_response([1], request)) == set()
    assert features(split_response([1], request, features="none")) == set()
    both = {"feature_a", "feature_text_b"}
    assert features(split_response([1], request, features="all")) == both
    assert features(split_response([1], request, features=["b", "z"])) == {"feature_text_b"}


def test_numbers_become_doubles_and_the_rest_text() -> None:
    request = [{"i": 1, "f": 2.5, "t": "x", "b": True, "n": None, "l": [1, {"k": None}]}]
    (row,) = split_response([1], request, features="all").rows
    assert {name: value for name, value in row.items() if name.startswith("feature_")} == {
        "feature_i": 1.0, "feature_f": 2.5, "feature_b": 1.0, "feature_n": None,
        "feature_text_t": "x", "feature_text_l": '[1,{"k":null}]',
    }  # fmt: skip


def test_columns_of_csv_and_npy_are_numbered() -> None:
    outcome = split_response([1, 0], side("5,x\n6,y\n", "CSV"), features=["0", "1"])
    assert [(row["feature_0"], row["feature_text_1"]) for row in outcome.rows] == [
        (5, "x"),
        (6, "y"),
    ]
    outcome = split_response([1, 0], side(npy(np.array([[5, 7], [6, 8]], "i1"))), features=["1"])
    assert outcome.column("feature_1") == [7, 8]


def test_nan_in_csv_does_not_make_text_of_numbers() -> None:
    outcome = split_response([1, 1, 1, 1], side("1\nnan\ninf\n\n2.5\n", "CSV"), features="all")
    assert outcome.column("feature_0") == [1, None, None, 2.5]


@pytest.mark.parametrize("chunk", [1, 2, 1000])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_feature_that_is_text_anywhere_is_text_everywhere_and_as_it_was_written(
    chunk: int, backwards: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference_records.data_capture.CHUNK_RECORDS", chunk)
    requests = [
        side([{"a": value}])
        for value in ("007", 1.0, 2.50, 1e-5, 3, True, None, "x", math.nan, "1.0")
    ]
    outcome = split_requests(*(requests[::-1] if backwards else requests))
    assert features(outcome) == {"feature_text_a"}
    values = [
        row["feature_text_a"] for row in sorted(outcome.rows, key=lambda row: row["source_line"])
    ]
    expected = ["007", "1", "2.5", "0.00001", "3", "1", None, "x", None, "1.0"]
    assert values == (expected[::-1] if backwards else expected)


@pytest.mark.parametrize("chunk", [1, 1000])
def test_columns_that_come_and_go_and_stand_in_another_order_meet(
    chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference_records.data_capture.CHUNK_RECORDS", chunk)
    outcome = split_requests(
        side([{"a": 1, "b": "x"}]), side([{"b": 2, "a": 3}]), side([{"c": 4}]), side("a\n5", "CSV")
    )
    rows = sorted(outcome.rows, key=lambda row: row["source_line"])
    assert [(row["feature_a"], row["feature_text_b"], row["feature_c"]) for row in rows] == [
        (1, "x", None), (3, "2", None), (None, None, 4), (5, None, None),
    ]  # fmt: skip


def test_records_of_one_request_may_lack_a_feature() -> None:
    outcome = split_response([1, 0], [{"a": 1}, {"b": "x"}], features="all")
    assert [(row["feature_a"], row["feature_text_b"]) for row in outcome.rows] == [
        (1, None),
        (None, "x"),
    ]


def test_types_that_only_parquet_knows_become_text() -> None:
    table = {
        "t": [datetime(2026, 1, 2, tzinfo=UTC)],
        "b": [b"\xff"],
        "d": [datetime(2026, 1, 2, tzinfo=UTC) - datetime(2026, 1, 1, tzinfo=UTC)],
    }
    (row,) = split_response([1], side(parquet(table)), features="all").rows
    assert all(isinstance(row[f"feature_text_{name}"], str) for name in table)


def test_a_feature_does_not_pass_for_a_column_of_ours() -> None:
    (row,) = split_response([1], [{"prediction": 7, "source_key": 1.5}], features="all").rows
    assert row["prediction"] == "1"
    assert (row["feature_prediction"], row["feature_source_key"]) == (7, 1.5)


def test_a_name_has_one_type_over_all_files() -> None:
    (number,) = split_response([1], [{"a": 1, "text_b": 2}], features="all").rows
    (text,) = split_response([1], [{"a": "x", "b": "y"}], features="all").rows
    assert (number["feature_a"], number["feature_text_text_b"]) == (1.0, "2")
    assert (text["feature_text_a"], text["feature_text_b"]) == ("x", "y")
    assert "feature_a" not in text
