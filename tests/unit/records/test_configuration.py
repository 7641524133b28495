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
from inference_records.feature_settings import Features


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
    assert (found.request.record_id, found.classes) == ("customer", ("a", 1))
    assert found.kept_features == Features(keep=("age",))


@pytest.mark.parametrize(
    ("written", "kept", "not_kept"),
    [
        ("none", [], ["a", "b", "c"]),
        ("all", ["a", "b", "c"], []),
        (["a"], ["a"], ["b", "c"]),
        ({}, ["a", "b", "c"], []),
        ({"leave_out": ["a"]}, ["b", "c"], ["a"]),
        ({"hash": ["a"]}, ["a", "b", "c"], []),
        ({"keep": ["a"], "hash": ["b"], "leave_out": ["c"]}, ["a", "b"], ["c"]),
        ({"keep": []}, [], ["a", "b", "c"]),
    ],
)
def test_features_are_kept_left_out_or_hashed(
    written: object, kept: list[str], not_kept: list[str]
) -> None:
    features = parse_configuration(json.dumps({"features": written}).encode()).kept_features
    assert [features.keeps(name) for name in kept] == [True] * len(kept)
    assert [features.keeps(name) for name in not_kept] == [False] * len(not_kept)
    assert features.are_asked_for == bool(kept)


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"threshold": "high"}, "$.threshold"),
        ({"threshold": 40}, "$.threshold"),
        ({"threshold": -0.1}, "$.threshold"),
        ({"features": 5}, "$.features"),
        ({"features": ["a", 1]}, "$.features[1]"),
        ({"features": {"leave_out": "a"}}, "$.features.leave_out"),
        ({"features": {"hash": [1]}}, "$.features.hash[0]"),
        ({"features": {"keep": "none"}}, "$.features.keep"),
        ({"features": {"hsah": ["a"]}}, "hsah"),
        ({"features": {"leave_out": ["a", "b"], "hash": ["b"]}}, "`leave_out` and `hash` both"),
        ({"features": {"keep": ["a"], "leave_out": ["a"]}}, "$.features"),
        ({"features": {"keep": ["a"], "hash": ["a"]}}, "`hash` and `keep` both name a"),
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


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"treshold": 0.5}, "did you mean `threshold`? Known there: classes, correction_hours,"),
        ({"response": {"predicton": 0}}, "at `$.response`; did you mean `prediction`?"),
        (
            {"verdicts": {"drops": {"auc": {"smalest": 1}}}},
            "`smallest`? Known there: smallest, vis",
        ),
        ({"features": {"kep": ["a"]}}, "did you mean `keep`? Known there: hash, keep, leave_out"),
        ({"policy": "threshold"}, "`policy`; it belongs to `$.verdicts`. Known there:"),
        ({"problem_type": "binary"}, "`BinaryClassification`? Known there: BinaryClassification,"),
        ({"engine": "flink"}, "at `$.engine`. Known there: auto, duckdb, spark"),
        ({"zzz": 1}, "unknown field `zzz`. Known there: classes,"),
    ],
)
def test_an_unknown_name_is_told_with_the_nearest_and_all_known_ones(
    document: dict[str, Any], told: str
) -> None:
    with pytest.raises(BadConfiguration) as raised:
        parse_configuration(json.dumps(document).encode())
    assert told in str(raised.value)
