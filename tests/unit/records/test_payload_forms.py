"""Every form of payload gives the same records, in every mixture of encodings."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest

from tests.unit.records.splitting import (
    Row,
    capture_line,
    parquet,
    said,
    side,
    split_captures,
    split_response,
)

LABEL_AND_SCORE = [(0, "1", 0.9), (1, "0", 0.25)]
TWO_RECORDS = [{"a": 1, "b": 2}, {"a": 3, "b": 4}]


def npy(values: Any) -> bytes:
    sink = io.BytesIO()
    np.save(sink, values, allow_pickle=False)
    return sink.getvalue()


RESPONSES: dict[str, Row] = {
    "a list of objects": side([{"label": 1, "score": 0.9}, {"label": 0, "score": 0.25}]),
    "the seed's list with positions": side(
        [{"payload_index": i, "label": 1 - i, "score": s} for i, s in enumerate((0.9, 0.25))]
    ),
    "positions out of order": side(
        [
            {"payload_index": 1, "label": 0, "score": 0.25},
            {"payload_index": 0, "label": 1, "score": 0.9},
        ]
    ),
    "an object of columns": side({"label": [1, 0], "score": [0.9, 0.25]}),
    "columns by index, as pandas writes them": side(
        {"label": {"0": 1, "1": 0}, "score": {"1": 0.25, "0": 0.9}}
    ),
    "pandas' split orientation": side(
        {"index": [0, 1], "columns": ["label", "score"], "data": [[1, 0.9], [0, 0.25]]}
    ),
    "names and ndarray": side(
        {"data": {"names": ["label", "score"], "ndarray": [[1, 0.9], [0, 0.25]]}}
    ),
    "named tensors": side(
        {
            "model_name": "m",
            "outputs": [
                {"name": "label", "shape": [2], "datatype": "INT64", "data": [1, 0]},
                {"name": "score", "shape": [2, 1], "datatype": "FP32", "data": [0.9, 0.25]},
            ],
        }
    ),
    "a wrapper": side({"predictions": [{"label": 1, "score": 0.9}, {"label": 0, "score": 0.25}]}),
    "a wrapper in a wrapper, and what stands beside": side(
        {"model": "m", "response": {"outputs": {"label": [1, 0], "score": [0.9, 0.25]}}}
    ),
    "JSON Lines": side('{"label": 1, "score": 0.9}\n{"label": 0, "score": 0.25}\n'),
    "JSON Lines with CRLF": side('{"label": 1, "score": 0.9}\r\n{"label": 0, "score": 0.25}\r\n'),
    "JSON over several lines": side(
        json.dumps([{"label": 1, "score": 0.9}, {"label": 0, "score": 0.25}], indent=4)
    ),
    "a list of lists": side([[1, 0.9], [0, 0.25]]),
    "CSV lines": side("1,0.9\n0,0.25\n", "CSV"),
    "CSV lines with CRLF": side("1,0.9\r\n0,0.25\r\n", "CSV"),
    "CSV with a header": side("score,label\n0.9,1\n0.25,0", "CSV"),
    "CSV with quotes": side('"label","score"\n"1","0.9"\n"0",0.25\n', "CSV"),
    "CSV with a byte order mark": side("\ufefflabel,score\n1,0.9\n0,0.25\n", "CSV"),
    "JSON under BASE64, called HTML": side(
        b'{"label": [1, 0], "score": [0.9, 0.25]}', content_type="text/html; charset=utf-8"
    ),
    "JSON under BASE64 with a byte order mark": side(
        b'\xef\xbb\xbf{"label": [1, 0], "score": [0.9, 0.25]}'
    ),
    "CSV under BASE64": side(b"1,0.9\n0,0.25", content_type="text/csv; charset=utf-8"),
    "CSV under BASE64 with a header": side(b"label,score\n1,0.9\n0,0.25", content_type="TEXT/CSV"),
    "CSV under BASE64 of no type": side(b"1,0.9\n0,0.25"),
    "an NPY matrix": side(npy(np.array([[1, 0.9], [0, 0.25]]))),
    "an NPY matrix by columns": side(npy(np.asfortranarray([[1, 0.9], [0, 0.25]]))),
    "a Parquet table": side(parquet({"label": [1, 0], "score": [0.9, 0.25]})),
    "JSON that is not quoted": {
        "data": {"label": [1, 0], "score": [0.9, 0.25]},
        "encoding": "JSON",
    },
    "no encoding at all": {"data": "1,0.9\n0,0.25", "encoding": None},
    "an encoding in lower case": side("1,0.9\n0,0.25", "csv"),
    "unknown fields beside": side([{"label": 1, "score": 0.9}, {"label": 0, "score": 0.25}])
    | {"futureField": {"x": 1}},
}

REQUESTS: dict[str, Row] = {
    "a list of objects": side(TWO_RECORDS),
    "an object of columns": side({"a": [1, 3], "b": [2, 4]}),
    "instances": side({"instances": TWO_RECORDS}),
    "dataframe_split": side({"dataframe_split": {"columns": ["a", "b"], "data": [[1, 2], [3, 4]]}}),
    "dataframe_records": side({"dataframe_records": TWO_RECORDS}),
    "named tensors": side(
        {
            "inputs": [
                {"name": "a", "shape": [2], "data": [1, 3]},
                {"name": "b", "shape": [2], "data": [2, 4]},
            ]
        }
    ),
    "JSON Lines": side('{"a": 1, "b": 2}\n{"a": 3, "b": 4}'),
    "CSV with a header": side("a,b\n1,2\n3,4\n", "CSV"),
    "Parquet": side(parquet({"a": [1, 3], "b": [2, 4]}), content_type="application/x-parquet"),
}

ENCODED_RESPONSES = {
    "CSV": side("1,0.9\n0,0.25\n", "CSV", "text/csv; charset=utf-8"),
    "JSON": side({"label": [1, 0], "score": [0.9, 0.25]}, content_type="application/json"),
    "BASE64": side(b'{"label": [1, 0], "score": [0.9, 0.25]}', content_type=None),
}
ENCODED_REQUESTS = {
    "CSV": side("a,b\n1,2\n3,4\n", "CSV", "text/csv"),
    "JSON": side(TWO_RECORDS, content_type="application/json;charset=utf-8"),
    "BASE64": side(b"a,b\n1,2\n3,4", content_type="Text/CSV; header=present"),
}


@pytest.mark.parametrize("form", RESPONSES)
def test_each_form_of_response_gives_the_same_records(form: str) -> None:
    outcome = split_response(RESPONSES[form], side(TWO_RECORDS))
    assert said(outcome) == LABEL_AND_SCORE
    assert outcome.column("record_count") == [2, 2]
    assert outcome.rejected == []


@pytest.mark.parametrize("form", RESPONSES)
def test_each_form_of_response_is_understood_without_its_request(form: str) -> None:
    assert said(split_response(RESPONSES[form])) == LABEL_AND_SCORE


@pytest.mark.parametrize("form", REQUESTS)
def test_each_form_of_request_gives_the_same_features(form: str) -> None:
    outcome = split_response(side([1, 0]), REQUESTS[form], features="all")
    assert [(row["feature_a"], row["feature_b"]) for row in outcome.rows] == [(1, 2), (3, 4)]


@pytest.mark.parametrize("request_encoding", ENCODED_REQUESTS)
@pytest.mark.parametrize("response_encoding", ENCODED_RESPONSES)
def test_every_mixture_of_encodings_is_understood(
    request_encoding: str, response_encoding: str
) -> None:
    outcome = split_response(
        ENCODED_RESPONSES[response_encoding], ENCODED_REQUESTS[request_encoding], features=["b"]
    )
    assert said(outcome) == LABEL_AND_SCORE
    assert outcome.column("feature_b") == [2, 4]
    assert "feature_a" not in outcome.rows[0]


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "application/json; charset=utf-8", "text/html", "image/png", 7],
)
def test_json_is_recognised_whatever_the_content_type_says(content_type: Any) -> None:
    response = side(b"[1, 0]", content_type=content_type)
    assert said(split_response(response)) == [(0, "1", None), (1, "0", None)]
    del response["observedContentType"]
    assert said(split_response(response)) == [(0, "1", None), (1, "0", None)]


def test_a_misleading_content_type_can_be_corrected() -> None:
    response = side(b"label\ncat\ndog", content_type="application/octet-stream")
    assert split_response(response).reasons == {"opaque_body": 1}
    settings = {"content_type": "text/csv", "header": True}
    assert said(split_response(response, response=settings)) == [(0, "cat", None), (1, "dog", None)]


@pytest.mark.parametrize(
    ("response", "record"),
    [
        ({"label": 1, "score": 0.9}, (0, "1", 0.9)),
        ({"predictions": {"label": "cat"}}, (0, "cat", None)),
        (0.5, (0, "0.5", None)),
        ("cat", (0, "cat", None)),
        (side("cat", "CSV"), (0, "cat", None)),
        (side("0.5\n", "CSV"), (0, "0.5", None)),
        (side(npy(np.array(0.5))), (0, "0.5", None)),
    ],
)
def test_a_single_record_is_one_record(response: object, record: tuple[object, ...]) -> None:
    response = side(json.dumps(response)) if isinstance(response, str) else response
    assert said(split_response(response, {"a": 1, "b": 2})) == [record]


@pytest.mark.parametrize(
    "response", [side([0.25, 0.75]), side("0.25,0.75", "CSV"), side(npy(np.array([0.25, 0.75])))]
)
def test_the_other_side_decides_between_two_records_and_two_classes_of_one(response: Row) -> None:
    two = split_response(response, TWO_RECORDS)
    assert said(two) == [(0, "0.25", None), (1, "0.75", None)]
    one = split_response(response, TWO_RECORDS[:1])
    assert said(one) == [(0, "1", 0.75)]
    assert one.column("probabilities") == [[0.25, 0.75]]


def test_csv_of_one_line_can_hold_a_value_a_record() -> None:
    three = "1,2\n3,4\n5,6"
    outcome = split_response(side("7,8,9", "CSV"), side(three, "CSV"))
    assert outcome.column("prediction") == ["7", "8", "9"]


def test_the_request_settles_whether_a_csv_response_has_a_header() -> None:
    labels = side("cat\ndog\n", "CSV")
    assert split_response(labels, TWO_RECORDS).column("prediction") == ["cat", "dog"]
    assert split_response(labels, TWO_RECORDS[:1]).column("prediction") == ["dog"]


def test_a_header_of_numbers_is_one_where_the_settings_say_so() -> None:
    outcome = split_response(
        side("0,1\n5,0.5\n", "CSV"), response={"header": True, "prediction": 0}
    )
    assert said(outcome) == [(0, "5", None)]


def test_a_jmespath_finds_records_in_any_other_form() -> None:
    batches = {"meta": [1], "batches": [{"items": [{"y": 1}]}, {"items": [{"y": 0}]}]}
    asked = {"rows": {"x": [{"a": 5}, {"a": 6}]}}
    outcome = split_response(
        batches,
        asked,
        response={"records": "batches[].items[]", "prediction": "y"},
        request={"records": "rows.x"},
        features="all",
    )
    assert said(outcome) == [(0, "1", None), (1, "0", None)]
    assert outcome.column("feature_a") == [5, 6]


@pytest.mark.parametrize("path", ["nowhere", "length(@)", "sum(@)"])
def test_a_jmespath_that_finds_nothing_is_a_rejection_and_no_crash(path: str) -> None:
    outcome = split_response([{"y": 1}], response={"records": path, "prediction": "y"})
    assert outcome.records == 0
    assert outcome.records_rejected == 1


def test_nan_and_infinity_are_missing_values_of_their_own_record() -> None:
    outcome = split_response(side('[{"label": 1, "score": NaN}, {"label": "NaN", "score": 0.5}]'))
    assert outcome.records_rejected == 2
    outcome = split_response(side('{"prediction": -Infinity}\n{"prediction": "Infinity of NaN"}\n'))
    assert outcome.column("prediction") == ["Infinity of NaN"]
    outcome = split_response(side([1, 0]), side('[{"a": NaN}, {"a": 2.5}]'), features="all")
    assert outcome.column("feature_a") == [None, 2.5]


@pytest.mark.parametrize("missing", ["absent", "null", "without data"])
def test_a_request_that_was_not_captured_costs_nothing(missing: str) -> None:
    request = {"absent": None, "null": None, "without data": {"encoding": "JSON"}}[missing]
    outcome = split_captures(capture_line(side([1, 0]), request), settings={"features": "all"})
    assert said(outcome) == [(0, "1", None), (1, "0", None)]


@pytest.mark.parametrize("body", [b"\x89PNG\0\1", b"Is this any good?", b"<xml/>"])
def test_a_request_without_records_is_no_fault_of_the_response(body: bytes) -> None:
    assert said(split_response(side([1, 0]), side(body))) == [(0, "1", None), (1, "0", None)]
    outcome = split_response(side([1, 0]), side(body), features="all")
    assert outcome.reasons == {"opaque_body": 1}


def test_an_empty_payload_has_no_records_and_no_fault() -> None:
    for empty in (side([]), side("", "CSV"), side({"predictions": []}), side(npy(np.zeros(0)))):
        outcome = split_response(empty, side([]))
        assert (outcome.rows, outcome.rejected) == ([], [])


def test_ids_time_and_place_of_a_record_are_those_of_its_request() -> None:
    outcome = split_captures(
        b"",
        capture_line(side([1]), event_id="e1", inference_id="i1", time="2026-11-20T09:59:59.5Z"),
        capture_line(side([0]), event_id="e2", time="2026-11-20 12:00:00+02:00"),
    )
    rows = sorted(outcome.rows, key=lambda row: row["source_line"])
    assert [(row["event_id"], row["inference_id"], row["source_line"]) for row in rows] == [
        ("e1", "i1", 2),
        ("e2", None, 3),
    ]
    assert [row["inference_time"].isoformat() for row in rows] == [
        "2026-11-20T09:59:59.500000+00:00",
        "2026-11-20T10:00:00+00:00",
    ]
    assert [key.rsplit("/", 1)[0] for key in outcome.files] == [
        "predictions/endpoint=churn/variant=AllTraffic/date=2026-11-20/hour=09",
        "predictions/endpoint=churn/variant=AllTraffic/date=2026-11-20/hour=10",
    ]


def test_an_inference_id_that_is_a_number_is_kept_even_if_it_is_zero() -> None:
    line = json.loads(capture_line(side([1])))
    line["eventMetadata"]["inferenceId"] = 0
    assert split_captures(json.dumps(line).encode()).column("inference_id") == ["0"]


def test_the_record_id_of_the_business_comes_from_the_request() -> None:
    request = [{"customer": "007", "recordId": "r"}, {"customer": 8.0, "recordId": "s"}]
    assert split_response([1, 0], request).column("record_id") == ["r", "s"]
    for column, asked in (
        ("customer", request),
        (0, request),
        (1, side("a,id\n1,007\n2,8", "CSV")),
    ):
        outcome = split_response([1, 0], asked, request={"record_id": column})
        assert outcome.column("record_id") == ["007", "8"]
    outcome = split_response([1, 0], request, request={"record_id": "account"})
    assert outcome.reasons == {"missing_column": 2}
    assert "request.record_id" in outcome.rejected[0]["message"]
