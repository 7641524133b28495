"""`monitor.json`: everything is optional, and what is wrong is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from inference_records.configuration import (
    BadConfiguration,
    Configuration,
    json_schema,
    parse_configuration,
)


def test_nothing_needs_to_be_set() -> None:
    assert parse_configuration(b"{}") == Configuration()
    assert parse_configuration(b"\xef\xbb\xbf{}") == Configuration()


def test_settings_are_read() -> None:
    document = {
        "problem_type": "BinaryClassification",
        "positive_label": True,
        "classes": ["a", 1],
        "response": {"prediction": 0, "records": "a[].b", "header": False},
        "request": {"record_id": "customer"},
        "features": ["age"],
    }
    found = parse_configuration(json.dumps(document).encode())
    assert (found.response.prediction, found.response.header) == (0, False)
    assert (found.request.record_id, found.features, found.classes) == (
        "customer", ("age",), ("a", 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"threshold": "high"}, "$.threshold"),
        ({"features": 5}, "$.features"),
        ({"features": ["a", 1]}, "$.features[1]"),
        ({"problem_type": "Clustering"}, "$.problem_type"),
        ({"response": {"predictoin": "x"}}, "predictoin"),
        ({"response": {"prediction": -1}}, "$.response.prediction"),
        ({"response": {"record_id": "x"}}, "record_id"),
        ({"response": {"records": "[["}}, "$.response.records"),
        ({"request": {"records": ""}}, "$.request.records"),
        ({"ground_truth": {"label": 7}}, "$.ground_truth.label"),
        ({"label_horizon_hours": 0}, "$.label_horizon_hours"),
        ({"quantile": 1}, "$.quantile"),
        ({"respones": {}}, "respones"),
        ([], "object"),
    ],
)
def test_what_is_wrong_is_named(document: Any, field: str) -> None:
    with pytest.raises(BadConfiguration) as caught:
        parse_configuration(json.dumps(document).encode(), "s3://b/monitors/churn/monitor.json")
    assert str(caught.value).startswith("s3://b/monitors/churn/monitor.json: ")
    assert field in str(caught.value)


@pytest.mark.parametrize(
    "document", [b"", b"{", b"\xff", b'{"response": {"records": "\xff"}}', b"\0", b"[" * 100_000]
)
def test_what_is_no_json_is_refused(document: bytes) -> None:
    with pytest.raises(BadConfiguration):
        parse_configuration(document)


def test_the_published_schema_describes_every_setting() -> None:
    schema = json_schema()
    (definition,) = (
        part for name, part in schema["$defs"].items() if name.split(".")[-1] == "Configuration"
    )
    assert set(definition["properties"]) == set(Configuration.__struct_fields__)
