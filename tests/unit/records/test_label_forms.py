"""Every form of ground truth gives the same labels."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest

from inference_records.rejections import UnreadableObject
from tests.unit.records.splitting import labelled, parquet, sagemaker_label, split_labels

EXPECTED = [("r1", 0, "1"), ("r1", 1, "0"), ("r2", 0, "1")]
FLAT = [{"inference_id": i, "record_index": n, "label": label} for i, n, label in EXPECTED]
SEED = [{"InferenceId": i, "payload_index": n, "groundTruthLabel": int(y)} for i, n, y in EXPECTED]
CSV = b"inference_id,record_index,label\nr1,0,1\nr1,1,0\nr2,0,1\n"
TABLE: dict[str, list[Any]] = {
    "inference_id": ["r1", "r1", "r2"],
    "record_index": [0, 1, 0],
    "label": [1.0, 0.0, 1.0],
}
BOM = b"\xef\xbb\xbf"


def json_lines(*rows: object) -> bytes:
    return b"\n".join(json.dumps(row).encode() for row in rows)


FORMS = {
    "the seed's array": json.dumps(SEED).encode(),
    "an array over many lines": json.dumps(SEED, indent=4).encode(),
    "an array that ends with a line break": json.dumps(FLAT).encode() + b"\n",
    "an array behind a byte order mark": BOM + json.dumps(FLAT).encode(),
    "JSON Lines": json_lines(*FLAT),
    "JSON Lines with CRLF and a byte order mark": BOM
    + json_lines(*FLAT).replace(b"\n", b"\r\n")
    + b"\r\n",
    "JSON Lines with empty lines": b"\n \n" + json_lines(*FLAT).replace(b"\n", b"\n\n") + b"\n\n",
    "CSV": CSV,
    "CSV without a last line break": CSV.rstrip(),
    "CSV with CRLF": CSV.replace(b"\n", b"\r\n"),
    "CSV behind a byte order mark": BOM + CSV,
    "CSV in quotes": (
        b'"label", "record_index", "inference_id"\n"1","0","r1"\n0,1,r1\n"1.0",0,"r2"\n'
    ),
    "CSV with columns that do not matter": (
        b'note,"a,b",inference_id,record_index,label\n,"x, y",r1,0,1\n"",,r1,1,0\n-,-,r2,0,true\n'
    ),
    "Parquet": parquet(TABLE),
    "Parquet of categories": parquet(
        {name: pa.array([str(v) for v in TABLE[name]]).dictionary_encode() for name in TABLE}
    ),
    "SageMaker's lines with several labels": sagemaker_label("1,0", "r1")
    + b"\n"
    + json_lines(
        {
            "groundTruthData": {"data": "1", "encoding": "CSV"},
            "eventMetadata": {"eventId": "r2"},
            "record_index": 0,
        }
    ),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("form", FORMS)
def test_each_form_gives_the_same_labels(form: str, packed: bool) -> None:
    outcome = split_labels(gzip.compress(FORMS[form]) if packed else FORMS[form])
    found = labelled(outcome)
    if form.startswith("SageMaker"):  # a single label has no position
        found = [(i, n or 0, label) for i, n, label in found]
    assert found == EXPECTED
    assert outcome.rejected == []
    assert {row["label_value"] for row in outcome.rows} == {0.0, 1.0}


@pytest.mark.parametrize(
    ("data", "encoding", "labels"),
    [
        ("1", "CSV", ["1"]),
        ("cat", "CSV", ["cat"]),
        ('"cat, dog"', "CSV", ["cat, dog"]),
        ("1,0,1", "CSV", ["1", "0", "1"]),
        ("1\n0\n", "CSV", ["1", "0"]),
        ("1\r\n0\r\n", "CSV", ["1", "0"]),
        ('"a,b",c', "CSV", ["a,b", "c"]),
        ("[1, 0]", "JSON", ["1", "0"]),
        ('["a", "b"]', "CSV", ["a", "b"]),
        ([1, "b", True, 2.5], "JSON", ["1", "b", "1", "2.5"]),
        (1.0, "JSON", ["1"]),
        ([7], "JSON", ["7"]),
        ("MSww", "BASE64", ["1", "0"]),
    ],
)
def test_sagemaker_lines_hold_one_label_or_one_for_each_record(
    data: object, encoding: str, labels: list[str]
) -> None:
    outcome = split_labels(sagemaker_label(data, encoding=encoding))
    assert [row["label"] for row in outcome.rows] == labels
    positions = [None] if len(labels) == 1 else list(range(len(labels)))
    assert [row["record_index"] for row in outcome.rows] == positions
    assert {row["inference_id"] for row in outcome.rows} == {"event"}


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("InferenceId", "inference_id"),
        ("event_id", "inference_id"),
        ("eventId", "inference_id"),
        ("requestId", "inference_id"),
        ("record_id", "record_id"),
        ("id", "record_id"),
    ],
)
def test_labels_are_keyed_by_request_or_by_record(name: str, column: str) -> None:
    outcome = split_labels(json_lines({name: "007", "label": "x"}))
    assert outcome.column(column) == ["007"]
    assert outcome.column("record_index") == [None]


def test_the_inference_id_comes_before_the_event_id_row_by_row() -> None:
    rows = b"inference_id,event_id,label\ni1,e1,1\n,e2,0\n"
    assert labelled(split_labels(rows)) == [("i1", None, "1"), ("e2", None, "0")]


def test_ids_that_are_numbers_meet_the_text_that_was_captured() -> None:
    rows = json_lines({"InferenceId": 0, "label": 1}, {"InferenceId": "1.0", "label": 1})
    assert [key for key, _, _ in labelled(split_labels(rows))] == ["0", "1.0"]
    table = parquet({"inference_id": [0.0, 12.0], "label": [1, 1]})
    assert [key for key, _, _ in labelled(split_labels(table))] == ["0", "12"]


def test_columns_of_other_names_are_configured() -> None:
    rows = b"ref,pos,truth,label\nr1,3,cat,ignored\n"
    settings = {"inference_id": "ref", "record_index": "pos", "label": "truth"}
    assert labelled(split_labels(rows, settings)) == [("r1", 3, "cat")]
    assert labelled(split_labels(rows, {"record_id": "ref", "label": "truth"})) == [
        ("r1", None, "cat")
    ]
    with pytest.raises(UnreadableObject, match=r"ground_truth\.label"):
        split_labels(rows, {"label": "nowhere"})


def test_forms_may_be_mixed_line_by_line() -> None:
    rows = b"\n".join(
        [
            sagemaker_label("1,0", "r1"),
            json.dumps({"InferenceId": "r2", "payload_index": 4, "label": "a"}).encode(),
            json.dumps({"record_id": "x", "outcome": 2.0}).encode(),
        ]
    )
    assert labelled(split_labels(rows)) == [
        ("r1", 0, "1"),
        ("r1", 1, "0"),
        ("r2", 4, "a"),
        ("x", None, "2"),
    ]


def test_source_and_arrival_are_noted() -> None:
    outcome = split_labels(CSV)
    assert [row["source_line"] for row in outcome.rows] == [2, 3, 4]
    assert {row["source_key"] for row in outcome.rows} == {
        "ground-truth/churn/2026/11/20/10/labels.jsonl"
    }
    assert {row["arrived_at"].isoformat() for row in outcome.rows} == {"2026-11-20T10:30:00+00:00"}


@pytest.mark.parametrize(
    ("key", "folder"),
    [
        ("ground-truth/churn/2026/11/20/09/x.csv", "date=2026-11-20/hour=09"),
        ("ground-truth/2026/3/7/5/ground_truth.json", "date=2026-03-07/hour=05"),
        ("ground-truth/churn/labels.csv", "date=2026-11-20/hour=10"),
        ("ground-truth/2026/13/45/99/x.csv", "date=2026-11-20/hour=10"),
    ],
)
def test_labels_lie_at_the_hour_of_their_key_or_of_their_arrival(key: str, folder: str) -> None:
    (prepared,) = split_labels(CSV, key=key).files
    assert prepared.rsplit("/", 1)[0] == f"ground-truth/endpoint=churn/{folder}"


def test_a_number_as_label_of_a_regression_keeps_its_value() -> None:
    outcome = split_labels(b"inference_id,label\na,1.50\nb,1e3\nc,x\n")
    assert outcome.column("label") == ["1.5", "1000", "x"]
    assert outcome.column("label_value") == [1.5, 1000.0, None]


def test_an_array_longer_than_a_chunk_is_read_element_by_element(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("inference_records.json_arrays.CHUNK_BYTES", 64)
    rows = [
        {"inference_id": f"r{i}", "record_index": i, "label": label, "note": {"x": "},{"}}
        for i, label in enumerate(["a", "},", '"},{"', "\\", "[{", "é"] * 20)
    ]
    for text in (
        json.dumps(rows),
        json.dumps(rows, indent=1),
        json.dumps(rows, separators=(" ,", " : ")),
    ):
        outcome = split_labels(text.encode())
        assert outcome.column("label") == [row["label"] for row in rows]
        assert outcome.column("source_line") == list(range(1, len(rows) + 1))


def test_time_of_arrival_orders_labels_to_the_microsecond() -> None:
    assert all(isinstance(row["arrived_at"], datetime) for row in split_labels(CSV).rows)
