"""Bad captures are set aside with the reason, and the good ones beside them go through."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from inference_records.rejections import TEXT_LIMIT, UnreadableObject
from tests.unit.records.splitting import (
    ARRIVED,
    CAPTURE_KEY,
    capture_line,
    side,
    split_capture_object,
    split_captures,
    split_response,
)

GOOD = capture_line(
    side([{"label": 1, "score": 0.5}, {"label": 0, "score": 0.25}]), event_id="good"
)
DEEP = "[" * 900 + "]" * 900
DEEPER = "[" * 100_000


def edited(**metadata: Any) -> bytes:
    line = json.loads(capture_line(side([1])))
    line["eventMetadata"] |= metadata
    return json.dumps(line).encode()


BAD_LINES: dict[str, tuple[bytes, str, int]] = {
    "cut off": (GOOD[:-40], "broken_json", 1),
    "no JSON": (b"hello", "broken_json", 1),
    "a list": (b"[1, 2]", "not_a_capture", 1),
    "a number": (b"7", "not_a_capture", 1),
    "another object": (b'{"a": 1}', "not_a_capture", 1),
    "captureData is text": (b'{"captureData": "x", "eventMetadata": {}}', "not_a_capture", 1),
    "NUL bytes": (b"\0" * 100, "broken_json", 1),
    "a NUL in the middle": (GOOD[:50] + b"\0" + GOOD[50:], "broken_json", 1),
    "wrong UTF-8": (GOOD.replace(b"good", b"g\xff\xfed"), "not_utf8", 1),
    "two lines in one": (GOOD + GOOD, "broken_json", 1),
    "deep nesting": (b'{"captureData":' + DEEPER.encode(), "broken_json", 1),
    "no event id": (edited(eventId=None), "no_event_id", 1),
    "an event id that is a number": (edited(eventId=7), "no_event_id", 1),
    "no time": (edited(inferenceTime=None), "no_inference_time", 1),
    "a time that is none": (edited(inferenceTime="yesterday"), "no_inference_time", 1),
    "a time that is a number": (edited(inferenceTime=20260101), "no_inference_time", 1),
    "the first hour of all": (edited(inferenceTime="0001-01-01T00:00+14"), "no_inference_time", 1),
    "the last hour of all": (edited(inferenceTime="9999-12-31T23:00-14"), "no_inference_time", 1),
    "no response": (capture_line(None, side([1])), "no_response", 1),
    "a response without data": (capture_line({"encoding": "JSON"}), "no_response", 1),
    "data that is a number": (capture_line({"data": 7, "encoding": "JSON"}), "no_data", 1),
    "an empty body": (capture_line(side(" ", "JSON")), "no_data", 1),
    "an unknown encoding": (capture_line(side("<a/>", "XML")), "unknown_encoding", 1),
    "a number as encoding": (capture_line(side("1") | {"encoding": 7}), "unknown_encoding", 1),
    "invalid BASE64": (capture_line(side("%%%", "BASE64")), "invalid_base64", 1),
    "BASE64 cut off": (capture_line(side("MTIzN", "BASE64")), "invalid_base64", 1),
    "BASE64 with an accent": (capture_line(side("MTIz\u00e9", "BASE64")), "invalid_base64", 1),
    "a picture": (capture_line(side(b"\x89PNG\0\0")), "opaque_body", 1),
    "prose": (capture_line(side(b"Internal server error")), "opaque_body", 1),
    "wrong UTF-8 in the body": (capture_line(side(b"[1, \xff]")), "broken_json", 1),
    "wrong UTF-8 in CSV": (capture_line(side(b"1,\xff", content_type="text/csv")), "not_utf8", 1),
    "broken JSON": (capture_line(side('{"label": ')), "broken_json", 1),
    "broken JSON Lines": (capture_line(side('{"label": 1}\n{"label"\n')), "broken_json", 1),
    "a lone surrogate": (capture_line(side(r'["\ud800"]')), "broken_json", 1),
    "a lone surrogate beside NaN": (capture_line(side(r'["\ud800", NaN]')), "broken_json", 1),
    "an infinite number": (capture_line(side("[1e999]")), "broken_json", 1),
    "deep nesting in the body": (capture_line(side(DEEPER)), "broken_json", 1),
    "wrappers without end": (
        capture_line(side('{"data":' * 900 + "[1]" + "}" * 900)),
        "unknown_form",
        1,
    ),
    "lists without end": (capture_line(side(DEEP)), "no_prediction", 1),
    "a list of everything": (capture_line(side([1, {"a": 2}, [3]])), "unknown_form", 3),
    "a table with a short row": (
        capture_line(side({"columns": ["a", "b"], "data": [[1, 2], [3]]})),
        "unknown_form",
        2,
    ),
    "a NUL in CSV": (capture_line(side("1\n\0\n0", "CSV")), "nul_byte", 3),
    "CSV of different widths": (capture_line(side("1,0.5\n0", "CSV")), "broken_csv", 2),
    "CSV with an open quote": (capture_line(side('a,0.5\n"b,0.5', "CSV")), "broken_csv", 1),
    "different numbers of records": (
        capture_line(side([{"label": 1}] * 3), side([{"a": 1}])),
        "count_mismatch",
        3,
    ),
    "more asked than said": (
        capture_line(side("1\n0", "CSV"), side([[1, 2], [3, 4], [5, 6], [7, 8]])),
        "count_mismatch",
        4,
    ),
    "no label": (capture_line(side([{"label": {"a": 1}}, {"label": ""}])), "no_prediction", 2),
    "null": (capture_line(side("null")), "no_prediction", 1),
    "an empty object inside": (capture_line(side({"a": {}})), "no_prediction", 1),
}

TENSORS: list[dict[str, Any]] = [
    {"name": "a", "shape": [2], "data": 5},
    {"name": "a", "shape": 2, "data": [1, 2]},
    {"name": "a", "shape": ["x"], "data": [1, 2]},
    {"name": "a", "shape": [2.0], "data": [1, 2]},
    {"name": "a", "shape": [2], "data": [1, 2, 3]},
    {"name": "a", "shape": [-1], "data": [1, 2]},
    {"name": "a", "shape": [-2, -1], "data": [1, 2]},
    {"name": "a", "shape": [4], "data": [1]},
    {"name": "a", "shape": [2], "data": {"0": 1}},
    {"name": "a", "shape": [2, 0], "data": [1, 2]},
    {"name": "a", "shape": [0, 2], "data": [1, 2]},
    {"name": "a", "shape": [True], "data": [1]},
]


@pytest.mark.parametrize("case", BAD_LINES)
def test_a_bad_line_is_set_aside_and_the_good_ones_go_through(case: str) -> None:
    line, reason, records = BAD_LINES[case]
    outcome = split_captures(GOOD, line, GOOD.replace(b"good", b"fine"))
    assert sorted(outcome.column("event_id")) == ["fine", "fine", "good", "good"]
    assert sorted(outcome.column("record_index")) == [0, 0, 1, 1]
    assert outcome.reasons == {reason: records}
    assert outcome.records_rejected == records
    assert {row["line"] for row in outcome.rejected} == {2}


@pytest.mark.parametrize("case", BAD_LINES)
def test_what_is_set_aside_says_where_it_stood_and_why(case: str) -> None:
    line, reason, records = BAD_LINES[case]
    outcome = split_captures(b"", line)
    for row in outcome.rejected:
        assert list(row) == [
            "source_key", "line", "record_indices", "records", "reason", "message", "text",
        ]  # fmt: skip
        assert (row["source_key"], row["line"], row["reason"]) == (CAPTURE_KEY, 2, reason)
        assert row["message"]
        assert row["text"] == line.decode("utf-8", "replace")[:TEXT_LIMIT]
    assert sum(row["records"] for row in outcome.rejected) == records


@pytest.mark.parametrize("tensor", TENSORS)
def test_a_tensor_that_does_not_add_up_is_set_aside(tensor: dict[str, Any]) -> None:
    outcome = split_captures(GOOD, capture_line(side({"outputs": [tensor]})))
    assert outcome.records == 2
    assert outcome.reasons == {"unknown_form": 1}


def test_tensors_that_differ_in_length_or_share_a_name_are_set_aside() -> None:
    tensor = {"name": "a", "shape": [2], "data": [1, 0]}
    for other in (tensor, {"name": "b", "shape": [3], "data": [1, 2, 3]}):
        assert set(split_response({"outputs": [tensor, other]}).reasons) == {"unknown_form"}


def test_a_header_that_names_a_column_twice_is_set_aside() -> None:
    outcome = split_response(side("a,a\n1,2", "CSV"), response={"header": True, "prediction": "a"})
    assert outcome.reasons == {"broken_csv": 1}


def test_scored_classes_among_other_things_do_not_crash() -> None:
    outcome = split_captures(GOOD, capture_line(side('[[{"label": "a", "score": 1}], [1]]')))
    assert outcome.accounted == outcome.records + outcome.records_rejected == 4


@pytest.mark.parametrize(
    ("request_side", "reason"),
    [
        (side("%%%", "BASE64"), "invalid_base64"),
        (side("x", "XML"), "unknown_encoding"),
        (side('{"a": '), "broken_json"),
        (side("1\0", "CSV"), "nul_byte"),
    ],
)
def test_a_broken_request_costs_records_only_if_its_columns_are_kept(
    request_side: dict[str, Any], reason: str
) -> None:
    lines = (GOOD, capture_line(side([1]), request_side))
    assert split_captures(*lines).records == 3  # nothing is asked of the request
    outcome = split_captures(*lines, settings={"features": "all"})
    assert outcome.records == 2
    assert outcome.reasons == {reason: 1}
    assert outcome.rejected[0]["message"].startswith("endpointInput: ")


def test_one_bad_record_does_not_cost_the_others_of_its_request() -> None:
    outcome = split_response([{"label": 1}, {"label": None}, {"label": "NaN"}, {"label": 0}])
    assert sorted(outcome.column("record_index")) == [0, 3]
    (row,) = outcome.rejected
    assert (row["record_indices"], row["records"]) == ([1, 2], 2)
    assert outcome.column("record_count") == [4, 4]


def test_one_bad_request_does_not_cost_the_others_of_its_shape() -> None:
    lines = [capture_line(side(f"{i},0.5", "CSV"), event_id=f"e{i}") for i in range(50)]
    lines[17] = capture_line(side("17,0.5\n1", "CSV"), event_id="e17")
    lines[31] = capture_line(side("31,0.5\n1,2,3", "CSV"), event_id="e31")
    outcome = split_captures(*lines)
    assert sorted(outcome.column("event_id")) == sorted(
        {f"e{i}" for i in range(50)} - {"e17", "e31"}
    )
    assert sorted(row["line"] for row in outcome.rejected) == [18, 32]
    assert outcome.reasons == {"broken_csv": 4}


@pytest.mark.parametrize("character", ["x", "é", "€", "😀"])
def test_the_original_text_is_cut_at_the_stated_limit(character: str) -> None:
    (row,) = split_captures(('["' + character * 5_000).encode()).rejected
    assert row["text"] == ('["' + character * 5_000)[:2_000]


def test_a_message_does_not_repeat_an_endless_value() -> None:
    (row,) = split_captures(edited(inferenceTime="x" * 1_000_000)).rejected
    assert len(row["message"]) < 1_000


def test_an_object_of_no_bytes_is_said_and_counts_nothing() -> None:
    outcome = split_capture_object(b"")
    assert (outcome.records, outcome.records_rejected, outcome.rows) == (0, 0, [])
    assert [(row["reason"], row["records"]) for row in outcome.rejected] == [("empty_object", 0)]


@pytest.mark.parametrize("data", [b"\n", b" \r\n\t\n", gzip.compress(b"", mtime=0)])
def test_an_object_of_nothing_but_space_has_no_records(data: bytes) -> None:
    outcome = split_capture_object(data)
    assert (outcome.records, outcome.records_rejected, outcome.rows) == (0, 0, [])


def test_a_compressed_capture_is_read() -> None:
    assert split_capture_object(gzip.compress(GOOD)).rows == split_capture_object(GOOD).rows


@pytest.mark.parametrize(
    "data",
    [
        gzip.compress(GOOD * 100, mtime=0)[:-9],
        gzip.compress(GOOD, mtime=0)[:15],
        gzip.compress(GOOD, mtime=0)[:-4] + b"abcd",
        gzip.compress(GOOD, mtime=0)[:12] + b"\xff" * 30,
        b"\x1f\x8b",
        b"\x1f\x8b" + b"x" * 50,
    ],
)
def test_a_broken_gzip_fails_so_that_the_queue_tries_again(data: bytes) -> None:
    with pytest.raises(UnreadableObject, match="gzip"):
        split_capture_object(data)


@pytest.mark.parametrize(
    "key", ["x.jsonl", "data-capture/e/v/2026/11/20/x.jsonl", "a/b/2026/13/01/00/x"]
)
def test_a_key_that_is_not_a_captures_fails(key: str) -> None:
    with pytest.raises(UnreadableObject, match="ENDPOINT/VARIANT"):
        split_capture_object(GOOD, key=key)


def test_the_hour_folder_of_a_capture_may_differ_from_the_time_of_its_requests() -> None:
    outcome = split_captures(capture_line(side([1]), time="2025-12-31T23:59:59Z"))
    (key,) = outcome.files
    assert "/date=2025-12-31/hour=23/" in key
    assert ARRIVED.year == 2026


def test_the_text_of_a_line_is_kept_once_for_all_its_bad_records() -> None:
    outcome = split_response([None] * 5_000 + [1])
    (row,) = outcome.rejected
    assert row["records"] == outcome.records_rejected == 5_000
    assert row["record_indices"] == list(range(100))
    assert outcome.records == 1
