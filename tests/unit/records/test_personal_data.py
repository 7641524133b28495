"""Features of personal data: left out or hashed, and nowhere else to be seen."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records.configuration import BadConfiguration
from inference_records.feature_hashing import hash_key
from tests.unit.records.splitting import (
    Outcome,
    Row,
    capture_line,
    parquet,
    side,
    split_captures,
    split_response,
)

KEY = b"a key of sixteen bytes or more"
MARKER = "4111-1111"


def digest(text: str) -> str:
    """What anyone with the key can compute."""
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()[:32]


def split_requests(*requests: Row, features: object, key: bytes = KEY) -> Outcome:
    lines = [
        capture_line(side([1]), request, event_id=str(i)) for i, request in enumerate(requests)
    ]
    return split_captures(*lines, settings={"features": features}, hash_key=key)


def test_columns_are_left_out_hashed_and_kept() -> None:
    request = side([{"age": 41, "card": MARKER, "name": "Ada"}])
    (row,) = split_requests(request, features={"leave_out": ["name"], "hash": ["card"]}).rows
    kept = {name: value for name, value in row.items() if name.startswith("feature_")}
    assert kept == {"feature_age": 41, "feature_text_card": digest(MARKER)}
    (row,) = split_requests(request, features={"keep": ["age"], "hash": ["card"]}).rows
    assert {name: value for name, value in row.items() if name.startswith("feature_")} == kept


def test_one_value_has_one_digest_in_every_form_and_type() -> None:
    ones = [
        side([{"a": 1}]), side([{"a": 1.0}]), side([{"a": "1"}]), side([{"a": " 1.00 "}]),
        side([{"a": True}]), side("a\n1\n", "CSV"), side({"a": [1]}), side([{"a": 1, "b": [2]}]),
        side(parquet({"a": pa.array([1], pa.int8())})),
    ]  # fmt: skip
    together = split_requests(*ones, features={"hash": ["a"]}).column("feature_text_a")
    alone = [
        split_requests(request, features={"hash": ["a"]}).rows[0]["feature_text_a"]
        for request in ones
    ]
    assert together == alone == [digest("1")] * len(ones)


def test_what_is_no_value_stays_null_and_what_is_nested_is_hashed_as_json() -> None:
    values = [None, math.nan, "", [1, {"k": None}], "x"]
    requests = [side([{"a": value}]) for value in values]
    found = split_requests(*requests, features={"hash": ["a"]}).column("feature_text_a")
    assert found == [None, None, None, digest('[1,{"k":null}]'), digest("x")]


def test_another_key_gives_other_digests() -> None:
    request = side([{"a": "x"}])
    (one,) = split_requests(request, features={"hash": ["a"]}).rows
    (other,) = split_requests(request, features={"hash": ["a"]}, key=KEY[::-1]).rows
    assert one["feature_text_a"] != other["feature_text_a"]


def test_the_record_id_stays_as_it_is_since_labels_are_keyed_by_it() -> None:
    request, configured = [{"customer": "c7", "age": 1}], {"record_id": "customer"}
    for hidden in ({"hash": ["customer"]}, {"leave_out": ["customer"]}):
        (row,) = split_captures(
            capture_line(side([1]), side(request)),
            settings={"request": configured, "features": hidden},
            hash_key=KEY,
        ).rows
        assert (row["record_id"], row["feature_age"]) == ("c7", 1)
        assert row.get("feature_text_customer") in (None, digest("c7"))


def test_without_a_key_the_object_fails_and_says_what_to_do() -> None:
    with pytest.raises(BadConfiguration, match=r"features\.hash.*FeatureHashing=Enabled"):
        split_response([1], [{"a": 1}], features={"hash": ["a"]})
    assert split_response([1], [{"a": 1}], features={"leave_out": ["a"]}).records == 1


def test_a_key_that_can_be_guessed_is_refused() -> None:
    assert hash_key(KEY.decode(), "X") == KEY
    assert hash_key("", "X") is None
    assert hash_key(None, "X") is None
    with pytest.raises(BadConfiguration, match=r"the secret: .* 5 bytes"):
        hash_key("short", "the secret")


@pytest.mark.parametrize(
    ("hidden", "seen"),
    [({"leave_out": ["card"]}, False), ({"hash": ["card"]}, False), ({"keep": ["age"]}, True)],
)
def test_what_is_rejected_is_not_quoted_where_columns_are_hidden(
    hidden: dict[str, Any], seen: bool
) -> None:
    broken = f'{{"card": "{MARKER}"'.encode()
    mismatch = capture_line(side([1, 0, 1]), side([{"card": MARKER}, {"card": MARKER}]))
    csv = capture_line(side([1, 0]), side(f"a,b\n1,2\n3,{MARKER},4\n", "CSV"))
    found = split_captures(
        broken, mismatch, csv, settings={"features": hidden}, hash_key=KEY
    ).rejected
    assert [row["line"] for row in found] == [1, 2, 3]
    assert all(row["reason"] and row["records"] for row in found)
    assert (MARKER in json.dumps(found)) is seen
    assert all((row["text"] is not None) is seen for row in found)


# Neither a number nor a word that stands in a file anyway: found in its bytes, it was written.
secrets = st.text("ABCDEFGHJKMNPQRSTUVWXYZ", min_size=8, max_size=12)
ages = st.none() | st.integers(0, 99)


@given(st.lists(st.lists(st.tuples(ages, st.none() | secrets), min_size=1, max_size=5), max_size=5))
@settings(max_examples=60, deadline=None)
def test_hiding_changes_no_record_repeats_itself_and_shows_no_value(
    requests: list[list[tuple[int | None, str | None]]],
) -> None:
    lines = [
        capture_line(
            side([1] * len(rows)),
            side([{"age": age, "who": who, "also": who} for age, who in rows]),
            event_id=str(number),
        )
        for number, rows in enumerate(requests)
    ]
    hiding = {"features": {"hash": ["who"], "leave_out": ["also"]}}
    plain = split_captures(*lines, settings={"features": "all"})
    hidden = split_captures(*lines, settings=hiding, hash_key=KEY)
    again = split_captures(*lines, settings=hiding, hash_key=KEY)
    assert hidden.files == again.files
    assert (hidden.records, hidden.reasons) == (plain.records, plain.reasons)
    for seen, row in zip(plain.rows, hidden.rows, strict=True):
        who = seen.get("feature_text_who")
        assert row.get("feature_text_who") == (None if who is None else digest(who))
        assert row["feature_age"] == seen["feature_age"]
    everything = b"".join(hidden.files.values())
    columns = [value for row in hidden.rows for value in row.values()]
    for _, who in (pair for rows in requests for pair in rows):
        assert who is None or (who.encode() not in everything and who not in columns)
