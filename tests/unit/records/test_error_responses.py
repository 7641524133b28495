"""A response that is nothing but an error is set aside and decides nothing for its file."""

from __future__ import annotations

import pytest

from .splitting import split_response


@pytest.mark.parametrize("response", [{"error": "model timeout"}, [{"error": "x", "detail": "y"}]])
def test_an_error_is_no_prediction(response: object) -> None:
    outcome = split_response(response, [1])
    assert not outcome.rows
    assert [item["reason"] for item in outcome.rejected] == ["error_response"]
