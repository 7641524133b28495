"""What holds for every file: nothing is lost, neither order nor chunks nor repetition matter."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.records.splitting import (
    Outcome,
    Row,
    as_set,
    capture_line,
    parquet,
    sagemaker_label,
    side,
    split_capture_object,
    split_labels,
)
from tests.unit.records.test_payload_forms import npy

MODEST = settings(max_examples=60, deadline=None)

names = st.sampled_from(["label", "score", "prediction", "probability", "a", "payload_index", "id"])
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**20),
    st.floats(0, 1, width=16),
    st.sampled_from(["cat", "1", "1.0", "007", "", " ", "nan", "0.5", 'a"b', "x,y", "é\n"]),
)
values = st.one_of(
    scalars, st.lists(st.floats(0, 1, width=16), max_size=3), st.lists(scalars, max_size=2)
)
records = st.dictionaries(names, values, max_size=3)
cells = st.sampled_from(["1", "0", "0.5", "cat", "", "nan", '"a,b"', "7.25", "1e400", " x "])


def csv_text(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


csv_bodies = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.lists(cells, min_size=width, max_size=width), max_size=4).map(
        csv_text
    )
)
documents = st.one_of(
    st.lists(records, max_size=4),
    st.lists(scalars, max_size=4),
    st.lists(st.lists(scalars, min_size=2, max_size=2), max_size=4),
    st.dictionaries(names, st.lists(scalars, min_size=2, max_size=2), max_size=3),
    records,
    scalars,
    st.lists(records, max_size=3).map(lambda rows: {"predictions": rows}),
    st.lists(st.lists(scalars, min_size=2, max_size=2), max_size=3).map(
        lambda rows: {"columns": ["label", "score"], "data": rows}
    ),
    st.lists(scalars, min_size=1, max_size=4).map(
        lambda data: {"outputs": [{"name": "label", "shape": [len(data)], "data": data}]}
    ),
)
arrays = st.tuples(
    st.integers(0, 3), st.integers(0, 3), st.sampled_from(["f4", "f8", "i2", ">f8"])
).map(lambda shape: npy(np.linspace(0, 1, shape[0] * shape[1]).reshape(shape[:2]).astype(shape[2])))
tables = st.lists(scalars.filter(lambda v: isinstance(v, str)), max_size=3).map(
    lambda labels: parquet({"label": labels})
)
sides: st.SearchStrategy[Row] = st.one_of(
    documents.map(lambda document: side(json.dumps(document))),
    documents.map(lambda document: side(json.dumps(document).encode())),
    st.lists(records, max_size=3).map(lambda rows: side("\n".join(map(json.dumps, rows)))),
    csv_bodies.map(lambda text: side(text, "CSV")),
    csv_bodies.map(lambda text: side(text.encode(), content_type="text/csv")),
    arrays.map(side),
    tables.map(side),
)
captured = st.builds(
    capture_line,
    sides,
    st.one_of(st.none(), sides),
    event_id=st.uuids().map(str),
    inference_id=st.one_of(st.none(), st.text(min_size=1, max_size=3)),
    time=st.sampled_from(["2026-11-20T09:12:31Z", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z"]),
)
damaged = st.tuples(captured, st.integers(0, 400), st.binary(max_size=3)).map(
    lambda parts: (parts[0][: parts[1]] + parts[2] + parts[0][parts[1] + 1 :]).replace(b"\n", b"?")
)
noise = st.binary(min_size=1, max_size=30).map(lambda data: data.replace(b"\n", b"?"))
capture_files = st.lists(st.one_of(captured, captured, damaged, noise), min_size=1, max_size=8)
feature_settings = st.sampled_from(
    ["none", "all", ["a", "label"], {"hash": ["a", "label", "0"], "leave_out": ["id"]}]
)

label_values = st.one_of(scalars, st.lists(scalars, max_size=2))
flat_labels = st.fixed_dictionaries(
    {},
    optional={
        "inference_id": scalars,
        "event_id": scalars,
        "record_index": st.one_of(scalars, st.integers(0, 5)),
        "label": label_values,
    },
).map(lambda row: json.dumps(row).encode())
sagemaker_lines = st.builds(
    sagemaker_label,
    st.one_of(label_values, csv_bodies, documents.map(json.dumps)),
    scalars,
    st.sampled_from(["CSV", "JSON", "BASE64"]),
)
label_noise = st.binary(min_size=1, max_size=30).map(lambda data: data.replace(b"\n", b"?"))
label_files = st.lists(st.one_of(flat_labels, sagemaker_lines, label_noise), max_size=8).map(
    lambda rows: [b'{"inference_id": "first", "label": 1}', *rows]
)


@contextmanager
def chunks_of(size: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inference_records.data_capture.CHUNK_RECORDS", size)
        patch.setattr("inference_records.lines.BATCH_LINES", size)
        patch.setattr("inference_records.json_arrays.CHUNK_BYTES", size * 16)
        yield


def split_file(lines: list[bytes], features: Any) -> Outcome:
    # The empty line keeps noise from passing for a compressed file.
    return split_capture_object(
        b"\n".join([b"", *lines]), {"features": features}, hash_key=b"k" * 16
    )


def kept(outcome: Outcome) -> tuple[set[str], set[str]]:
    """Rows and rejections without the place in the file."""
    return as_set(outcome.rows, "source_line"), as_set(outcome.rejected, "line", "message")


@MODEST
@given(capture_files, feature_settings, st.integers(1, 4))
def test_every_captured_line_is_accounted_for(
    lines: list[bytes], features: Any, chunk: int
) -> None:
    with chunks_of(chunk):
        outcome = split_file(lines, features)
    assert len(outcome.rows) == outcome.records
    assert sum(row["records"] for row in outcome.rejected) == outcome.records_rejected
    _same_losses(outcome)
    by_line: dict[int, int] = {}
    for row in outcome.rows:
        assert 0 <= row["record_index"] < row["record_count"]
        by_line[row["source_line"]] = by_line.get(row["source_line"], 0) + 1
    for row in outcome.rejected:
        by_line[row["line"]] = by_line.get(row["line"], 0) + row["records"]
    for row in outcome.rows:
        assert by_line[row["source_line"]] == row["record_count"]
    keys = [(row["source_line"], row["record_index"]) for row in outcome.rows]
    assert len(keys) == len(set(keys))


def _same_losses(outcome: Outcome) -> None:
    """What the monitor counts is what the rejected lines say."""
    counted = [(r["source_line"], r["reason"], r["records"]) for r in outcome.set_aside]
    told = [(r["line"], r["reason"], r["records"]) for r in outcome.rejected]
    assert sorted(counted) == sorted(told)
    assert len(outcome.rows) + sum(r["records"] for r in outcome.set_aside) == outcome.accounted


@MODEST
@given(capture_files, feature_settings)
def test_the_same_capture_gives_the_same_keys_and_bytes(lines: list[bytes], features: Any) -> None:
    first, second = split_file(lines, features), split_file(lines, features)
    assert first.files == second.files
    assert first.rejected == second.rejected
    assert first.set_aside_files == second.set_aside_files


@MODEST
@given(capture_files, feature_settings, st.randoms())
def test_the_order_of_captured_lines_does_not_matter(
    lines: list[bytes], features: Any, random: Any
) -> None:
    shuffled = random.sample(lines, len(lines))
    assert kept(split_file(shuffled, features)) == kept(split_file(lines, features))


@MODEST
@given(capture_files, feature_settings, st.integers(1, 4))
def test_the_chunks_of_a_capture_do_not_matter(
    lines: list[bytes], features: Any, size: int
) -> None:
    whole = split_file(lines, features)
    with chunks_of(size):
        assert kept(split_file(lines, features)) == kept(whole)


def count_of_labels(data: bytes) -> None:
    outcome = split_labels(data)
    assert len(outcome.rows) == outcome.records
    assert sum(row["records"] for row in outcome.rejected) == outcome.records_rejected
    lines = {row["source_line"] for row in outcome.rows} | {row["line"] for row in outcome.rejected}
    assert lines == {i for i, line in enumerate(data.split(b"\n"), 1) if line.strip()}


@MODEST
@given(label_files, st.integers(1, 4))
def test_every_line_of_labels_is_accounted_for(lines: list[bytes], size: int) -> None:
    with chunks_of(size):
        count_of_labels(b"\n".join(lines))


@MODEST
@given(
    st.lists(st.one_of(st.lists(cells, min_size=2, max_size=4).map(",".join), st.text(max_size=9)))
)
def test_every_row_of_a_label_table_is_accounted_for(rows: list[str]) -> None:
    lines = [row.replace("\n", " ").encode() for row in rows]
    outcome = split_labels(b"\n".join([b"inference_id,record_index,label", *lines]))
    assert outcome.accounted == sum(bool(line.strip()) for line in lines)


@MODEST
@given(
    st.lists(st.one_of(st.builds(json.loads, flat_labels), scalars), max_size=8), st.integers(1, 4)
)
def test_every_element_of_a_label_array_is_accounted_for(rows: list[Any], size: int) -> None:
    with chunks_of(size):
        outcome = split_labels(json.dumps(rows).encode())
    assert outcome.accounted == len(rows)


@MODEST
@given(label_files, st.randoms(), st.integers(1, 4))
def test_neither_order_nor_batches_of_labels_matter(
    lines: list[bytes], random: Any, size: int
) -> None:
    first, *rest = lines
    whole = split_labels(b"\n".join(lines))
    with chunks_of(size):
        shuffled = split_labels(b"\n".join([first, *random.sample(rest, len(rest))]))
    assert kept(shuffled) == kept(whole)
    again = split_labels(b"\n".join(lines))
    assert (again.files, again.rejected) == (whole.files, whole.rejected)
