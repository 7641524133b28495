"""NPY and Parquet bodies, honest and broken."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from tests.unit.records.splitting import parquet, side, split_response
from tests.unit.records.test_payload_forms import npy


def npy_with(header: str, body: bytes = bytes(64)) -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + body


@pytest.mark.parametrize(
    "kind", ["b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"]
)
def test_every_little_endian_number_is_read(kind: str) -> None:
    outcome = split_response(side(npy(np.array([1, 0, 1], kind))))
    assert outcome.column("prediction") == ["1", "0", "1"]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(2, 3), (3, 1), (1, 3), (1, 1), (4,), (0, 2), (0,), ()])
def test_arrays_have_the_values_that_numpy_put_into_them(
    shape: tuple[int, ...], order: str
) -> None:
    values: NDArray[np.float64] = np.arange(float(np.prod(shape))).reshape(shape)
    body = side(npy(np.asfortranarray(values) if order == "F" else values))
    rows = values.reshape(*shape[:1] or (1,), *shape[1:] or (1,))
    outcome = split_response(side([0] * len(rows)), body, features="all")
    kept = [[row[f"feature_{i}"] for i in range(rows.shape[1])] for row in outcome.rows]
    assert kept == rows.tolist()
    assert outcome.rejected == []


def test_format_versions_2_and_3_are_read() -> None:
    plain = npy(np.array([5.0, 7.0]))
    (length,) = struct.unpack_from("<H", plain, 8)
    for version in (2, 3):
        wide = plain[:6] + bytes([version, 0]) + struct.pack("<I", length) + plain[10:]
        assert split_response(side(wide)).column("prediction") == ["5", "7"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (npy(np.array([1.0], ">f8")), "type >f8"),
        (npy(np.array([1], ">i4")), "type >i4"),
        (npy(np.array([1j])), "type <c16"),
        (npy(np.zeros((1, 2, 2))), "shape (1, 2, 2)"),
        (npy(np.zeros((3, 0))), "shape (3, 0)"),
        (npy(np.zeros(9))[:-1], "shorter than its shape (9,)"),
        (npy(np.zeros(1, [("a", "f8")])), "type [('a', '<f8')]"),
        (b"\x93NUMPY", "header"),
        (npy_with("{'descr': '<f8', 'shape': (-1,), 'fortran_order': False}"), "shape (-1,)"),
        (npy_with("{'descr': '<f8', 'shape': (-1, -1), 'fortran_order': False}"), "shape (-1, -1)"),
        (npy_with("{'descr': '<f8', 'shape': (1,)}"), "fortran_order"),
        (npy_with("{'descr': '<f8', 'shape': ('x',), 'fortran_order': False}"), "header"),
        (npy_with("{'descr': '<f8', 'shape': 7, 'fortran_order': False}"), "header"),
        (npy_with("[1]"), "header"),
        (npy_with("__import__('os').getcwd()"), "header"),
        (npy_with("(" * 60_000), "header"),
        (npy_with("-" * 60_000 + "1"), "header"),
        (npy_with(f"{{'descr': '<f8', 'shape': ({10**30},), 'fortran_order': False}}"), "shorter"),
    ],
)
def test_an_npy_that_cannot_be_read_is_refused_in_words(body: bytes, words: str) -> None:
    outcome = split_response(side(body))
    assert outcome.reasons == {"broken_npy": 1}
    assert words in outcome.rejected[0]["message"]


def test_a_parquet_body_may_hold_any_type_of_label() -> None:
    table = {
        "label": pa.array(["a", "b"]).dictionary_encode(),
        "score": pa.array([0.25, 0.5], pa.float32()),
    }
    outcome = split_response(side(parquet(table)))
    assert outcome.column("prediction") == ["a", "b"]
    assert outcome.column("probability") == [0.25, 0.5]


@pytest.mark.parametrize(
    "body",
    [
        b"PAR1",
        b"PAR1" + bytes(50) + b"PAR1",
        parquet({"label": [1]})[:-9],
        parquet(pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["label", "label"])),
    ],
)
def test_a_parquet_body_that_cannot_be_read_is_set_aside(body: bytes) -> None:
    assert split_response(side(body)).reasons == {"broken_parquet": 1}


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3, 4), np.float32),
        np.zeros((2, 2), ">f8"),
        np.array([["a", "b"], ["c", "d"]]),
        np.array([b"a", b"bc"]),
        np.zeros(2, [("a", "f8")]),
    ],
)
def test_an_array_of_a_request_is_counted_whatever_is_in_it(array: NDArray[np.generic]) -> None:
    assert split_response([[0.25, 0.25, 0.5]] * 2, side(npy(array))).records == 2
    three = split_response([{"label": 1}] * 3, side(npy(array)))
    assert three.reasons == {"count_mismatch": 3}


def test_an_array_of_more_dimensions_has_no_features_and_no_predictions() -> None:
    body = side(npy(np.zeros((2, 3, 4))))
    assert split_response([1, 0], body, features="all").reasons == {"broken_npy": 2}
    assert split_response(body).reasons == {"broken_npy": 2}


@pytest.mark.parametrize("kind", ["U", "S"])
def test_labels_in_an_array_of_text_are_read(kind: str) -> None:
    outcome = split_response(side(npy(np.array(["cat", "b"], kind))))
    assert outcome.column("prediction") == ["cat", "b"]
