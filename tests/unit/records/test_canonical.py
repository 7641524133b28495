"""Labels that mean the same become the same text, and no others do."""

from __future__ import annotations

import math
from decimal import Decimal

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records.canonical import canonical_labels, identifiers, numbers, positions

ONE = [1, 1.0, True, "1", "1.0", "1.00", " 1 ", "true", "True", "TRUE", "+1", "1e0", Decimal("1.0")]
ZERO = [0, 0.0, -0.0, False, "0", "0.0", "-0", "-0.0", "false", "FALSE ", "0e5", ".0"]
TEXT = ["a", "007", "00", "-01", "v1.0", "1.0.0", "1,5", "0x10", "1e", "e1", "yes", "-", "1 2", "é"]
NO_LABEL = [None, math.nan, math.inf, -math.inf, "", "  ", "nan", "NaN", "inf", "-Infinity"]

MODEST = settings(max_examples=40, deadline=None)

labels = st.one_of(
    st.text(max_size=8),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.from_regex(r"[+-]?[0-9]{0,3}\.?[0-9]{0,3}(e[+-]?[0-9]{1,3})?", fullmatch=True),
)


def canonical(value: object) -> str | None:
    label: str | None = canonical_labels([value])[0].as_py()
    return label


@pytest.mark.parametrize(("values", "label"), [(ONE, "1"), (ZERO, "0")])
def test_what_means_the_same_class_meets(values: list[object], label: str) -> None:
    assert [canonical(value) for value in values] == [label] * len(values)


@pytest.mark.parametrize(("values", "label"), [(ONE, "1"), (ZERO, "0")])
def test_it_meets_in_one_column_of_mixed_types_too(values: list[object], label: str) -> None:
    mixed = [*(v for v in values if not isinstance(v, Decimal)), "cat"]
    assert canonical_labels(mixed).to_pylist() == [label] * (len(mixed) - 1) + ["cat"]


@pytest.mark.parametrize("text", TEXT)
def test_text_that_is_no_number_stays(text: str) -> None:
    assert canonical(text) == text


@pytest.mark.parametrize("value", NO_LABEL)
def test_what_is_no_label_is_null(value: object) -> None:
    assert canonical(value) is None


def test_nested_values_are_no_labels() -> None:
    for nested in ([[1]], [{"a": 1}], ["a", [1], {"b": 2}]):
        assert canonical_labels(nested).to_pylist() == ["a"] * (len(nested) > 1) + [None] * (
            len(nested) - (len(nested) > 1)
        )


@pytest.mark.parametrize(
    "kind",
    [
        pa.int8(), pa.uint64(), pa.float16(), pa.float32(), pa.float64(), pa.string(),
        pa.large_string(), pa.decimal128(10, 2), pa.dictionary(pa.int8(), pa.string()),
    ],
)  # fmt: skip
def test_every_type_that_parquet_brings_gives_the_same_label(kind: pa.DataType) -> None:
    column = (
        pa.array(["2", None]).cast(kind) if kind != pa.float16() else pa.array([2.0, None], kind)
    )
    assert canonical_labels(column).to_pylist() == ["2", None]
    assert numbers(column).to_pylist() == [2.0, None]


def test_long_integers_stay_exact() -> None:
    long = [2**53 + 1, 2**63 + 1, 10**30]
    assert [canonical(value) for value in long] == [str(value) for value in long]
    assert [canonical(str(value)) for value in long] == [str(value) for value in long]


@MODEST
@given(labels)
def test_the_canonical_form_of_a_canonical_form_is_itself(value: object) -> None:
    label = canonical(value)
    assert label is None or canonical(label) == label


@MODEST
@given(st.integers(-(2**53) + 1, 2**53 - 1))
def test_integers_meet_as_number_and_text_in_both_directions(value: int) -> None:
    assert canonical(value) == canonical(str(value)) == canonical(float(value)) == str(value)
    assert canonical(f"{value}.0") == str(value)


@MODEST
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_meets_the_text_that_json_writes_of_it(value: float) -> None:
    assert canonical(value) == canonical(repr(value))


@MODEST
@given(st.lists(labels, max_size=6))
def test_a_label_does_not_depend_on_its_neighbours(values: list[object]) -> None:
    assert canonical_labels(values).to_pylist() == [canonical(value) for value in values]


@MODEST
@given(st.lists(labels, max_size=6))
def test_a_number_does_not_depend_on_its_neighbours(values: list[object]) -> None:
    assert numbers(values).to_pylist() == [numbers([value])[0].as_py() for value in values]


def test_numbers_are_finite_or_null() -> None:
    given_values = [1, True, 2.5, math.nan, math.inf, None]
    assert numbers([str(value) for value in given_values]).to_pylist() == [
        1,
        None,
        2.5,
        None,
        None,
        None,
    ]
    assert numbers(["+.5e1", "1e999", "1_0", "0x1", "٣"]).to_pylist() == [
        5.0,
        None,
        None,
        None,
        None,
    ]


def test_positions_are_whole_numbers_from_zero() -> None:
    assert positions([0, 1.0, 0.5, -1, 2**31 - 1, 2**31, 1e300]).to_pylist() == [
        0, 1, None, None, 2**31 - 1, None, None,
    ]  # fmt: skip
    assert positions(["0", " 1 ", "x", ""]).to_pylist() == [0, 1, None, None]


def test_ids_of_text_stay_as_they_are_and_numbers_get_one_form() -> None:
    assert identifiers(["1.0", "true", " a ", "", "007"]).to_pylist() == [
        "1.0",
        "true",
        "a",
        None,
        "007",
    ]
    assert identifiers([1.0, 2]).to_pylist() == ["1", "2"]
    encoded = pa.array(["1.0", "true"]).dictionary_encode()
    assert identifiers(encoded).to_pylist() == ["1.0", "true"]
