"""Bad rows of ground truth are set aside, files that are no ground truth fail."""

from __future__ import annotations

import gzip
import json

import pyarrow as pa
import pytest

from inference_records.rejections import UnreadableObject
from tests.unit.records.splitting import LABEL_KEY, labelled, parquet, sagemaker_label, split_labels

GOOD = b'{"inference_id": "good", "record_index": 0, "label": 1}'
DEEP = b"[" * 900 + b"]" * 900
CSV = b"inference_id,record_index,label\n"

BAD_ROWS: dict[str, tuple[bytes, str, int]] = {
    "cut off": (GOOD[:-9], "broken_json", 1),
    "NUL bytes": (b"\0\0\0", "broken_json", 1),
    "wrong UTF-8": (GOOD.replace(b"good", b"\xff"), "not_utf8", 1),
    "deep nesting": (b"[" * 100_000, "broken_json", 1),
    "two rows in one": (GOOD + b"," + GOOD, "broken_json", 1),
    "a list": (b"[1]", "not_a_label", 1),
    "a deep list": (DEEP, "not_a_label", 1),
    "a number": (b"7", "not_a_label", 1),
    "no label": (b'{"inference_id": "a", "x": 1}', "not_a_label", 1),
    "no label, and deep": (b'{"inference_id": "a", "x": ' + DEEP + b"}", "not_a_label", 1),
    "a deep label": (b'{"inference_id": "a", "label": ' + DEEP + b"}", "no_label", 1),
    "no id": (b'{"label": 1}', "not_a_label", 1),
    "an empty id": (b'{"inference_id": " ", "label": 1}', "no_id", 1),
    "null as id": (b'{"inference_id": null, "label": 1}', "no_id", 1),
    "null as label": (b'{"inference_id": "a", "label": null}', "no_label", 1),
    "NaN as label": (b'{"inference_id": "a", "label": NaN}', "no_label", 1),
    "infinity as label": (b'{"inference_id": "a", "label": -Infinity}', "no_label", 1),
    "an empty label": (b'{"inference_id": "a", "label": " "}', "no_label", 1),
    "a list as label": (b'{"inference_id": "a", "label": [1]}', "no_label", 1),
    "an object as label": (b'{"inference_id": "a", "label": {"b": 1}}', "no_label", 1),
    "half a position": (
        b'{"inference_id": "a", "record_index": 0.5, "label": 1}',
        "bad_position",
        1,
    ),
    "a position below 0": (
        b'{"inference_id": "a", "record_index": -1, "label": 1}',
        "bad_position",
        1,
    ),
    "a position of text": (
        b'{"inference_id": "a", "record_index": "x", "label": 1}',
        "bad_position",
        1,
    ),
    "a great position": (
        b'{"inference_id": "a", "record_index": 1e12, "label": 1}',
        "bad_position",
        1,
    ),
    "SageMaker's without id": (sagemaker_label("1,0", None), "no_id", 2),
    "SageMaker's with an id of another type": (sagemaker_label("1", 7), "no_id", 1),
    "SageMaker's without label": (sagemaker_label(""), "no_label", 1),
    "SageMaker's with null": (sagemaker_label(None), "no_label", 1),
    "SageMaker's with an object": (sagemaker_label('{"label": 1}', encoding="JSON"), "no_label", 1),
    "SageMaker's with lists in a list": (sagemaker_label([1, [0], 1]), "no_label", 3),
    "SageMaker's with an empty list": (sagemaker_label("[]"), "no_label", 1),
    "SageMaker's with a broken list": (sagemaker_label("[1, "), "broken_json", 1),
    "SageMaker's with an open quote": (sagemaker_label('"a'), "broken_csv", 1),
    "SageMaker's with broken BASE64": (
        sagemaker_label("%", encoding="BASE64"),
        "invalid_base64",
        1,
    ),
    "SageMaker's with wrong UTF-8": (sagemaker_label("//4=", encoding="BASE64"), "not_utf8", 1),
    "SageMaker's of a number": (
        b'{"groundTruthData": 5, "eventMetadata": {"eventId": "a"}}',
        "no_label",
        1,
    ),
    "SageMaker's, and deep": (
        b'{"groundTruthData": {"data": ' + DEEP + b'}, "eventMetadata": {"eventId": "a"}}',
        "no_label",
        1,
    ),
}

BAD_CSV_ROWS: dict[str, tuple[bytes, str]] = {
    "too few cells": (b"a,0", "broken_csv"),
    "too many cells": (b"a,0,1,2", "broken_csv"),
    "an open quote": (b'a,0,"x', "broken_csv"),
    "a carriage return inside": (b"a,0,1\rb,0,1", "broken_csv"),
    "a NUL": (b"a,0,\0", "nul_byte"),
    "wrong UTF-8": (b"a,0,\xff", "not_utf8"),
    "no label": (b"a,0,", "no_label"),
    "nan": (b"a,0,nan", "no_label"),
    "no id": (b",0,1", "no_id"),
    "a position that is none": (b"a,first,1", "bad_position"),
}


@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_set_aside_and_the_good_ones_go_through(case: str) -> None:
    row, reason, records = BAD_ROWS[case]
    outcome = split_labels(b"\n".join([GOOD, row, b"", GOOD]))
    assert [(row["inference_id"], row["source_line"]) for row in outcome.rows] == [
        ("good", 1),
        ("good", 4),
    ]
    assert outcome.reasons == {reason: records}
    assert outcome.records_rejected == records
    for rejected in outcome.rejected:
        assert (rejected["source_key"], rejected["line"]) == (LABEL_KEY, 2)
        assert rejected["message"]
        assert rejected["text"]


@pytest.mark.parametrize("case", BAD_CSV_ROWS)
def test_a_bad_row_of_csv_is_set_aside_alone(case: str) -> None:
    row, reason = BAD_CSV_ROWS[case]
    outcome = split_labels(CSV + b"r1,0,1\n" + row + b"\nr2,0,cat\nr3,1,0\n")
    assert labelled(outcome) == [("r1", 0, "1"), ("r2", 0, "cat"), ("r3", 1, "0")]
    assert outcome.reasons == {reason: 1}
    assert outcome.rejected[0]["line"] == 3


def test_bad_rows_in_an_array_are_numbered_by_their_place() -> None:
    rows = [json.loads(GOOD), 7, None, [1], {"x": 1}, json.loads(GOOD)]
    outcome = split_labels(json.dumps(rows).encode())
    assert outcome.column("source_line") == [1, 6]
    assert sorted(row["line"] for row in outcome.rejected) == [2, 3, 4, 5]
    assert outcome.reasons == {"not_a_label": 4}


def test_nan_in_an_array_costs_its_own_row_only() -> None:
    rows = b'[{"InferenceId": "0", "label": NaN}, {"InferenceId": "NaN", "label": 2}]'
    outcome = split_labels(rows)
    assert labelled(outcome) == [("NaN", None, "2")]
    assert outcome.reasons == {"no_label": 1}


def test_one_label_of_several_that_is_none_keeps_the_places_of_the_others() -> None:
    outcome = split_labels(sagemaker_label("1,,NaN,0"))
    assert labelled(outcome) == [("event", 0, "1"), ("event", 3, "0")]
    assert outcome.reasons == {"no_label": 2}


def test_two_broken_lines_do_not_make_a_whole_one() -> None:
    cut = b'{"inference_id": "c"\n"label": 3}'
    assert split_labels(GOOD + b"," + GOOD + b"\n" + cut).records == 0
    outcome = split_labels(CSV + b'r1,0,"a\nr2,0,b"\nr3,0,1\rr4,0,1\n')
    assert (outcome.records, outcome.records_rejected) == (0, 3)


def test_parquet_values_that_are_no_labels_are_set_aside() -> None:
    table = {"inference_id": ["a", None, "c", "d"], "label": [1.0, 2.0, None, float("nan")]}
    outcome = split_labels(parquet(table))
    assert labelled(outcome) == [("a", None, "1")]
    assert outcome.reasons == {"no_id": 1, "no_label": 2}
    nested = parquet({"inference_id": ["a"], "label": [[1]]})
    assert split_labels(nested).reasons == {"no_label": 1}


@pytest.mark.parametrize(
    "data",
    [
        b"a,0,1\nb,0,1\n",
        b"1,0,1\n2,0,1\n",
        b"inference_id;record_index;label\na;0;1\n",
        b"record_index,label\n0,1\n",
        b"inference_id,label,label\na,0,1\n",
        b"\0\0\0\0",
        b"\xff\xfe\x00a",
        b"x" * 200_000 + b",label\n",
        b'"' + b"x" * 200_000 + b'",label\n',
        b'"inference_id\n',
        b"[{",
        b"[}",
        b'[{"inference_id": "a", "label": 1}',
        b'[{"inference_id": "a", "label": 1}] [',
        b"[" * 100_000,
        b"PAR1",
        b"PAR1" + bytes(100),
        parquet({"inference_id": ["a"], "label": [1]})[:-20],
        parquet({"a": ["a"], "b": [1]}),
        parquet(pa.Table.from_arrays([pa.array(["a"])] * 3, ["inference_id", "label", "label"])),
        gzip.compress(GOOD * 100, mtime=0)[:-9],
        gzip.compress(CSV + b"a,0,1\n", mtime=0)[:12] + b"\xff" * 30,
    ],
)  # fmt: skip
def test_a_file_that_is_no_ground_truth_fails_so_that_the_queue_keeps_it(data: bytes) -> None:
    with pytest.raises(UnreadableObject) as caught:
        split_labels(data)
    assert str(caught.value)


def test_a_parquet_file_damaged_inside_fails() -> None:
    ids = [str(i) for i in range(5_000)]
    whole = bytearray(parquet({"inference_id": ids, "label": list(range(5_000))}))
    whole[300:400] = b"\xff" * 100
    with pytest.raises(UnreadableObject, match="Parquet"):
        split_labels(bytes(whole))


def test_a_headerless_table_is_told_which_setting_is_missing() -> None:
    with pytest.raises(UnreadableObject, match=r'"ground_truth": \{"label": "NAME"\}'):
        split_labels(b"a,0,1\n")


def test_a_file_of_no_bytes_or_no_rows_has_no_labels() -> None:
    outcome = split_labels(b"")
    assert (outcome.rows, outcome.reasons) == ([], {"empty_object": 0})
    for nothing in (b"\n\n", CSV, b"[]", b"[ ]", parquet({"inference_id": [], "label": []})):
        outcome = split_labels(nothing)
        assert (outcome.rows, outcome.rejected) == ([], [])


def test_the_bad_labels_of_one_line_are_one_rejection() -> None:
    outcome = split_labels(sagemaker_label(["1", None, "", "0"]))
    (row,) = outcome.rejected
    assert (row["reason"], row["records"], row["record_indices"]) == ("no_label", 2, [1, 2])
    assert outcome.records == 2


def test_an_index_as_pandas_writes_it_is_no_position() -> None:
    (row,) = split_labels(b"index,inference_id,label\n7,a,1\n").rows
    assert row["record_index"] is None
