"""Which column is the prediction and which the probability: by settings, by name, by value."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tests.unit.records.splitting import (
    capture_line,
    parquet,
    said,
    side,
    split_captures,
    split_response,
)
from tests.unit.records.test_payload_forms import npy


@pytest.mark.parametrize(
    "name",
    [
        "label",
        "predicted_label",
        "prediction",
        "PredictedLabel",
        "class",
        "predicted-value",
        "yPred",
    ],
)
def test_the_prediction_is_found_by_its_name(name: str) -> None:
    assert said(split_response([{"noise": 7, name: "cat", "x": "y"}])) == [(0, "cat", None)]


@pytest.mark.parametrize("name", ["score", "probability", "Confidence", "predicted_probability"])
def test_the_probability_is_found_by_its_name(name: str) -> None:
    assert said(split_response([{"label": "cat", name: 0.5, "x": 1}])) == [(0, "cat", 0.5)]
    assert said(split_response({"label": ["a", "b"], name: [0.5, 0.75]})) == [
        (0, "a", 0.5),
        (1, "b", 0.75),
    ]


def test_a_probability_alone_is_enough() -> None:
    assert said(split_response([{"probability": 0.5}, {"probability": 1}])) == [
        (0, None, 0.5),
        (1, None, 1.0),
    ]


def test_of_several_names_the_most_telling_one_is_taken() -> None:
    response = [{"label": 7, "predicted_label": 1, "probabilities": [0.2, 0.8], "score": 0.8}]
    assert said(split_response(response)) == [(0, "1", 0.8)]


def test_a_bare_number_is_the_prediction_and_its_value() -> None:
    outcome = split_response([523.25, 12, -1e-7])
    assert outcome.column("prediction_value") == [523.25, 12.0, -1e-7]
    assert outcome.column("probability") == [None] * 3


@pytest.mark.parametrize(
    ("settings", "record"),
    [
        ({"prediction": "a"}, (0, "1", None)),
        ({"prediction": "b", "probability": "c"}, (0, "2", 0.5)),
        ({"prediction": 1, "probability": 2}, (0, "2", 0.5)),
        ({"probability": "c"}, (0, None, 0.5)),
    ],
)
def test_settings_come_before_everything(settings: dict[str, Any], record: tuple[Any, ...]) -> None:
    assert said(split_response([{"a": 1, "b": 2, "c": 0.5}], response=settings)) == [record]
    headed = side("a,b,c\n1,2,0.5", "CSV")
    assert said(split_response(headed, response=settings)) == [record]


def test_columns_of_csv_without_header_are_numbered_from_0() -> None:
    response = side("x,0.5,cat\ny,0.25,dog", "CSV")
    settings = {"prediction": 2, "probability": 1, "header": False}
    assert said(split_response(response, response=settings)) == [(0, "cat", 0.5), (1, "dog", 0.25)]


@pytest.mark.parametrize("column", ["z", 9])
def test_a_configured_column_that_is_not_there_is_named(column: str | int) -> None:
    outcome = split_response([{"a": 1}, {"a": 2}], response={"prediction": column})
    assert outcome.reasons == {"missing_column": 2}
    assert repr(column) in outcome.rejected[0]["message"]
    assert "response.prediction" in outcome.rejected[0]["message"]


@pytest.mark.parametrize(
    "response",
    [
        [{"a": 1, "b": 7}],
        side("3,4,5\n6,7,8", "CSV"),
        side("0.4,0.4,0.4", "CSV"),
        [[1.5, 2.5]],
        side(npy(np.array([[3.0, 4.0]]))),
        [{}],
        {},
        [[]],
    ],
)
def test_what_is_ambiguous_is_refused_with_the_setting_that_settles_it(response: object) -> None:
    outcome = split_response(response)
    assert outcome.rows == []
    assert set(outcome.reasons) == {"ambiguous_response"}
    assert '{"response": {"prediction": ' in outcome.rejected[0]["message"]


@pytest.mark.parametrize(
    "response",
    [
        [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]],
        {"predictions": [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]]},
        [{"probabilities": [0.25, 0.75, 0.0]}, {"probabilities": [0.5, 0.25, 0.25]}],
        {"scores": [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]]},
        side("0.25,0.75,0.0\n0.5,0.25,0.25", "CSV"),
        side(npy(np.array([[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]], np.float32))),
        side(npy(np.array([[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]], np.float16, order="F"))),
        side(
            parquet(
                {
                    "probabilities": pa.array(
                        [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]], pa.list_(pa.float32(), 3)
                    )
                }
            )
        ),
        {"outputs": [{"name": "p", "shape": [2, 3], "data": [0.25, 0.75, 0, 0.5, 0.25, 0.25]}]},
        {"outputs": [{"name": "p", "shape": [2, 3], "data": [[0.25, 0.75, 0], [0.5, 0.25, 0.25]]}]},
    ],
)
def test_a_vector_of_class_probabilities_gives_the_label(response: object) -> None:
    outcome = split_response(response)
    assert said(outcome) == [(0, "1", None), (1, "0", None)]
    assert outcome.column("probabilities") == [[0.25, 0.75, 0.0], [0.5, 0.25, 0.25]]
    named = split_response(response, classes=["ant", 2, "cat"])
    assert named.column("prediction") == ["2", "ant"]
    assert named.column("classes") == [["ant", "2", "cat"]] * 2


@pytest.mark.parametrize(
    "response",
    [
        [{"cat": 0.25, "dog": 0.75}],
        [{"probabilities": {"cat": 0.25, "dog": 0.75}}],
        side("cat,dog\n0.25,0.75", "CSV"),
        [[{"label": "cat", "score": 0.25}, {"label": "dog", "score": 0.75}]],
        {"predictions": [{"classes": ["cat", "dog"], "scores": [0.25, 0.75]}]},
        {"predictions": [{"labels": ["cat", "dog"], "probabilities": [0.25, 0.75]}]},
        side(parquet({"cat": [0.25], "dog": [0.75]})),
    ],
)
def test_classes_that_the_response_names_are_used(response: object) -> None:
    outcome = split_response(response, [{"a": 1}])
    assert outcome.column("prediction") == ["dog"]
    assert outcome.column("classes") == [["cat", "dog"]]
    assert outcome.column("probability") == [0.75]
    assert split_response(response, [{"a": 1}], positive_label="cat").column("probability") == [
        0.25
    ]


def test_classes_in_another_order_in_each_record_are_followed() -> None:
    response = [
        [{"label": "dog", "score": 0.9}, {"label": "cat", "score": 0.1}],
        [{"label": "cat", "score": 0.6}, {"label": "dog", "score": 0.4}],
    ]
    outcome = split_response(response, positive_label="dog")
    assert outcome.column("prediction") == ["dog", "cat"]
    assert outcome.column("probability") == [0.9, 0.4]


def test_of_equal_probabilities_the_first_class_is_predicted() -> None:
    assert split_response([[0.5, 0.5], [0.25, 0.75]]).column("prediction") == ["0", "1"]


def test_a_predicted_label_is_kept_beside_the_vector() -> None:
    response = [{"predicted_label": "b", "probabilities": [0.5, 0.25, 0.25]}]
    assert split_response(response, classes=["a", "b", "c"]).column("prediction") == ["b"]


def test_vectors_that_do_not_fit_the_classes_are_set_aside() -> None:
    outcome = split_response(
        [{"scores": [0.5, 0.5]}, {"scores": [0.2, 0.3, 0.5]}], classes=["a", "b"]
    )
    assert said(outcome) == [(0, "a", 0.5)]
    assert outcome.reasons == {"no_prediction": 1}


@pytest.mark.parametrize(
    "vector",
    ["[0.5, 1.5]", "[0.5, null]", '[0.5, "x"]', "[]", "null", "[0.5, NaN]", "[[0.5], [0.5]]"],
)
def test_a_vector_with_anything_but_probabilities_is_set_aside_alone(vector: str) -> None:
    good = '{"probabilities": [0.25, 0.75]}'
    outcome = split_response(side(f'[{good}, {{"probabilities": {vector}}}, {good}]'))
    assert said(outcome) == [(0, "1", 0.75), (2, "1", 0.75)]
    assert outcome.reasons == {"no_prediction": 1}
    assert outcome.rejected[0]["record_indices"] == [1]


def test_single_precision_may_take_a_probability_a_little_out_of_bounds() -> None:
    response = [{"label": 1, "score": 1.0000001}, {"label": 0, "score": -1e-8}]
    assert said(split_response(response)) == [(0, "1", 1.0), (1, "0", 0.0)]


def test_lists_of_one_value_are_that_value() -> None:
    assert split_response([[523.0], [1.5]]).column("prediction_value") == [523.0, 1.5]
    response = [{"prediction": [523.0]}, {"prediction": None}, {"prediction": [1.5]}]
    assert split_response(response).column("prediction_value") == [523.0, 1.5]


def test_a_score_that_is_no_probability_is_left_out_and_said_so() -> None:
    for scores in ([0.5, 7.5], ["high", "low"]):
        outcome = split_response([{"label": i, "score": s} for i, s in enumerate(scores)])
        assert said(outcome) == [(0, "0", None), (1, "1", None)]
        assert "score" in outcome.notes[0]


def test_two_nameless_columns_are_label_and_probability_if_the_second_can_be_one() -> None:
    outcome = split_response(side("7,0.5\n3,0.25", "CSV"))
    assert said(outcome) == [(0, "7", 0.5), (1, "3", 0.25)]
    assert "column 0" in outcome.notes[0]


def test_one_record_without_a_score_does_not_cost_the_others_theirs() -> None:
    response = [{"label": 1, "score": None}, {"label": 0, "score": 0.5}, {"label": 0, "score": "?"}]
    outcome = split_response(response)
    assert said(outcome) == [(0, "1", None), (1, "0", 0.5)]
    assert outcome.reasons == {"no_prediction": 1}


def test_numbers_in_one_payload_and_text_in_the_next_are_labels_all_the_same() -> None:
    for first, second in (
        (side([{"label": 1}]), side([{"label": "x"}])),
        (side(parquet({"label": [1]})), side(parquet({"label": ["x"]}))),
        (side([1]), side(["x"])),
        (side("1\n", "CSV"), side("x\n", "CSV")),
    ):
        outcome = split_captures(
            capture_line(first, side([1])), capture_line(second, side([1]), event_id="other")
        )
        assert sorted(outcome.column("prediction")) == ["1", "x"]


@pytest.mark.parametrize("position", [0.5, -1, 2, 1e12, None, "first", True])
def test_a_position_that_is_none_sets_the_payload_aside(position: object) -> None:
    bad = {"payload_index": position, "label": 1}
    outcome = split_response([bad, {"payload_index": 0, "label": 0}])
    if position is True:
        assert said(outcome) == [(0, "0", None), (1, "1", None)]
    else:
        assert outcome.reasons == {"bad_positions": 2}
        assert "count from 0" in outcome.rejected[0]["message"]


def test_positions_counted_from_1_would_shift_every_record_and_are_refused() -> None:
    response = [{"payload_index": place, "label": place} for place in (1, 2, 3)]
    assert split_response(response).reasons == {"bad_positions": 3}


def test_a_position_twice_sets_the_request_aside() -> None:
    response = [{"payload_index": 0, "label": 1}, {"payload_index": 0, "label": 0}]
    assert split_response(response).reasons == {"bad_positions": 2}


def test_what_a_later_line_shows_holds_for_the_earlier_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference_records.data_capture.CHUNK_RECORDS", 1)
    lines = [
        capture_line(side([{"label": 1, "score": score}]), event_id=str(score))
        for score in (0.5, 0.25, 7.5)
    ]
    for order in (lines, lines[::-1]):
        outcome = split_captures(*order)
        assert outcome.column("probability") == [None] * 3
        assert outcome.records == 3


def test_a_label_and_a_score_near_one_are_not_two_probabilities() -> None:
    for text in ("0,0.99\n0,0.985", "0,1\n1,0", "0,0.9999\n0,0.9995"):
        outcome = split_response(side(text, "CSV"))
        assert outcome.column("probabilities") == [None, None]
        assert outcome.column("prediction") == [line[0] for line in text.split()]
        assert '{"response": {"prediction": 0, "probability": 1}}' in outcome.notes[0]


def test_what_is_taken_by_value_is_said_with_the_setting_that_settles_it() -> None:
    assert '"probability": ' in split_response([[0.25, 0.75], [0.5, 0.5]]).notes[0]
    three = [[0.25, 0.5, 0.25]]
    assert '{"classes": [' in split_response(three).notes[0]
    assert split_response(three, classes=["a", "b", "c"]).notes == []
    rounded = [[0.33, 0.33, 0.33]]
    assert set(split_response(rounded).reasons) == {"ambiguous_response"}
    assert split_response(rounded, classes=["a", "b", "c"]).column("prediction") == ["a"]


def test_of_a_regression_nothing_is_a_probability() -> None:
    for response, value in (
        ([{"probability": 0.5}], 0.5),
        ([{"score": 0.5, "x": 1}], 0.5),
        ([{"score": 0.5, "prediction": 7}], 7.0),
    ):
        outcome = split_response(response, problem_type="Regression")
        assert outcome.column("prediction_value") == [value]
        assert outcome.column("probability") == [None]
    for text in ("0.25,0.75", "7,0.5"):
        outcome = split_response(side(text, "CSV"), [[1]], problem_type="Regression")
        assert set(outcome.reasons) == {"ambiguous_response"}


def test_of_a_probability_and_a_list_of_them_the_list_is_taken() -> None:
    response = [
        {
            "predicted_label": "no",
            "probability": 0.75,
            "probabilities": [0.75, 0.25],
            "labels": ["no", "yes"],
        }
    ]
    (row,) = split_response(response, positive_label="yes").rows
    assert (row["prediction"], row["probability"]) == ("no", 0.25)
    assert (row["probabilities"], row["classes"]) == ([0.75, 0.25], ["no", "yes"])
