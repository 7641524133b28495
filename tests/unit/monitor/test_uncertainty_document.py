"""Errors and correlations as they are written, and what of them is understood again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.metrics import Uncertainty
from monitor.uncertainty_document import parse_uncertainty, uncertainty_document

positive = st.floats(0, 1e300, allow_subnormal=False)
counts = st.integers(1, 10**12)
uncertainties = st.builds(Uncertainty, positive, st.none() | positive, counts, counts)
pairs = st.tuples(st.text(), st.text()).map(lambda pair: tuple(sorted(pair)))


@given(st.dictionaries(st.text(), uncertainties), st.dictionaries(pairs, st.floats(-1, 1)))
def test_what_is_written_is_read_again(
    errors: dict[str, Uncertainty], correlations: dict[tuple[str, str], float]
) -> None:
    document = uncertainty_document(errors, correlations, requests_known=True)
    read = json.loads(json.dumps(document, allow_nan=False))
    assert parse_uncertainty(read) == (errors, correlations)


def test_what_is_not_known_is_null() -> None:
    document = uncertainty_document({"f1": Uncertainty(0.1, None, 5, 900)}, {}, False)
    assert document == {
        "requests_known": False,
        "errors": {
            "f1": {
                "standard_error": 0.1,
                "independent_error": None,
                "requests": 5,
                "records": 900,
                "design_effect": None,
                "effective_records": None,
            }
        },
        "correlations": [],
    }


def test_the_design_effect_says_what_the_grouping_costs() -> None:
    error = Uncertainty(0.02, 0.01, 50, 1000)
    assert error.design_effect == 4.0
    assert error.effective_records == 250.0
    assert error.degrees_of_freedom == 49
    assert Uncertainty(0.0, 0.0, 1, 1).effective_records is None
    assert Uncertainty(0.0, 0.1, 3, 9).effective_records is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"errors": [], "correlations": {}},
        {"errors": {"a": None, "b": [], "c": {}}, "correlations": [None, [], ["a", "b"]]},
        {"errors": {"a": {"standard_error": "NaN", "requests": 1, "records": 1}}},
        {"errors": {"a": {"standard_error": 0.1, "requests": 0, "records": 1}}},
        {"errors": {"a": {"standard_error": 0.1, "requests": True, "records": 1}}},
        {"correlations": [["a", "b", "1"], ["a", "b", None], ["a", "b", True]]},
    ],
)
def test_what_cannot_be_understood_is_left_out(told: dict[str, Any]) -> None:
    assert parse_uncertainty(told) == ({}, {})


def test_correlations_are_named_in_order_and_within_bounds() -> None:
    _, found = parse_uncertainty({"correlations": [["b", "a", 1.0000001]]})
    assert found == {("a", "b"): 1.0}
