"""Requests whose records are counted unread: the outcome is that of reading every byte."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records.configuration import Configuration
from inference_records.lines import Span
from inference_records.split import Source, split_capture
from inference_records.unread_requests import layout_of
from tests.unit.records.splitting import (
    ARRIVED,
    CAPTURE_KEY,
    as_set,
    capture_line,
    side,
    split_captures,
)

MODEST = settings(max_examples=300, deadline=None)

# What could pass for a record, for the end of a body or for another part of the line.
HOSTILE = (
    "a", "record_id", "Record-ID", "endpointOutput", "captureData", "eventMetadata", "data", "é\n",
    "}, {", "},{", '}, {"a":', '}, {\\"a\\":', "{", "}]", '}]"', '"endpointOutput":', "[{", "\\",
    '}]","encoding":"JSON"},"endpointOutput":', "\ud7ff", "instances", "",
)  # fmt: skip
texts = st.sampled_from(HOSTILE)
scalars = st.one_of(st.integers(-3, 3), st.floats(0, 1, width=16), st.none(), texts)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
    max_leaves=4,
)
records = st.dictionaries(texts, values, max_size=3)
same_key = st.lists(st.builds(lambda value: {"a": value}, values), max_size=4)
rows = st.one_of(same_key, st.lists(records, max_size=4), st.lists(values, max_size=3))
bodies = st.one_of(
    rows,
    rows.map(lambda found: {"instances": found}),
    rows.map(lambda found: {"inputs": found, "b": 1}),
    values,
)
ways = st.sampled_from([{}, {"separators": (",", ":")}, {"ensure_ascii": False}, {"indent": 1}])


@st.composite
def ordered(draw: Any, parts: dict[str, Any], *, extra: bool) -> dict[str, Any]:
    """The same object, sometimes in another order and with other names beside its own."""
    if extra and draw(st.booleans()):
        parts |= draw(st.dictionaries(texts.filter(lambda name: name not in parts), values))
    names = list(parts)
    return {name: parts[name] for name in (draw(st.permutations(names)) if extra else names)}


@st.composite
def captures(draw: Any) -> bytes:
    """A line that is valid JSON, usually SageMaker's own."""
    extra = draw(st.sampled_from([False, False, True]))
    body = json.dumps(draw(bodies), **draw(ways))
    request = side(body, draw(st.sampled_from(["JSON", "JSON", "json", None])))
    request["observedContentType"] = draw(
        st.sampled_from(["application/json", "image/png", "text/libsvm", None, 'a"b'])
    )
    count = draw(st.integers(0, 4))
    response = side(json.dumps([{"label": i} for i in range(count)]))
    capture = {
        "endpointInput": draw(ordered(request, extra=extra)),
        "endpointOutput": draw(ordered(response, extra=extra)),
    }
    metadata = {"eventId": "event", "inferenceTime": "2026-11-20T09:12:31Z"}
    document = {
        "captureData": draw(ordered(capture, extra=extra)),
        "eventMetadata": draw(ordered(metadata, extra=extra)),
        "eventVersion": "0",
    }
    text = json.dumps(draw(ordered(document, extra=extra)), **draw(ways)).replace("\n", "\r")
    for name in ("endpointOutput", "record", "data"):
        if draw(st.integers(0, 9)) == 0:
            text = text.replace(name, f"\\u{ord(name[0]):04x}{name[1:]}")
    return text.encode()


def outcome(line: bytes, reading: str) -> tuple[Any, ...]:
    found = split_captures(line, settings={"reading": reading})
    return as_set(found.rows), as_set(found.rejected), as_set(found.set_aside), found.stale


@MODEST
@given(captures())
def test_a_line_read_fast_gives_what_it_gives_read_strictly(line: bytes) -> None:
    assert outcome(line, "fast") == outcome(line, "strict")


@MODEST
@given(captures(), st.integers(0, 400), st.sampled_from([b'"', b"{", b"}", b"\\", b"", b"\0"]))
def test_a_damaged_line_gives_no_row_that_its_response_does_not_hold(
    line: bytes, place: int, damage: bytes
) -> None:
    damaged = line[:place] + damage + line[place + 1 :]
    fast = split_captures(damaged, settings={"reading": "fast"})
    strict = split_captures(damaged, settings={"reading": "strict"})
    assert as_set(fast.rejected) <= as_set(strict.rejected)
    assert as_set(strict.rows) <= as_set(fast.rows)


def request_and_response(request: Any, count: int, **dumps: Any) -> bytes:
    line = capture_line(side([{"label": i} for i in range(count)]), side(request))
    return json.dumps(json.loads(line), **dumps).encode()


def is_counted(line: bytes) -> bool:
    layout = layout_of(Span(1, bytearray(line), 0, len(line)))
    return layout is not None and layout.cut(Span(1, bytearray(line), 0, len(line))) is not None


@pytest.mark.parametrize("dumps", [{}, {"separators": (",", ":")}])
@pytest.mark.parametrize(
    "request_body",
    [
        [{"a": 1}],
        [{"a": 1, "b": "x"}, {"a": 2, "b": "}"}],
        {"instances": [{"a": 1}, {"a": 2}]},
        {"dataframe_records": [{"a": [1, 2]}, {"a": [3]}]},
    ],
)
def test_objects_as_sagemaker_captures_them_are_counted_unread(
    request_body: Any, dumps: dict[str, Any]
) -> None:
    found = request_body if isinstance(request_body, list) else [*request_body.values()].pop()
    count = len(found)
    assert is_counted(request_and_response(request_body, count, **dumps))


@pytest.mark.parametrize(
    "request_body",
    [
        [],
        [{}],
        [[1, 2]],
        [{"a": 1}, 5],
        [{"a": {"a": 1}}],
        [{"a": 1}, {"b": 2}],
        [{"a": "{"}, {"a": "b"}],
        [{"record_id": 7, "a": 1}],
        [{"Record-ID": 7}],
        {"inputs": [{"a": 1}]},
        {"instances": [{"a": 1}], "b": [1]},
    ],
)
def test_whatever_is_not_certain_is_read(request_body: Any) -> None:
    assert not is_counted(request_and_response(request_body, 1))


def test_a_request_of_another_length_is_a_mismatch_though_it_is_not_read() -> None:
    requests = [{"a": 1}, {"a": 2}, {"a": 3}]
    assert split_captures(request_and_response(requests, 2)).reasons == {"count_mismatch": 3}


def test_only_strict_reading_notices_damage_in_a_request_that_nobody_reads() -> None:
    line = request_and_response([{"a": 1}, {"a": 2}], 2).replace(b"2}]", b"\x00}]")
    strict = split_captures(line, settings={"reading": "strict"})
    assert strict.reasons == {"broken_json": 1}
    fast = split_captures(line, settings={"reading": "fast"})
    assert (fast.records, fast.reasons) == (2, {})


def test_requests_that_went_unread_are_counted() -> None:
    lines = [request_and_response([{"a": 1}], 1), request_and_response([[1]], 1)]
    source = Source(CAPTURE_KEY, ARRIVED, io.BytesIO(b"\n".join(lines)))
    with split_capture(source, Configuration()) as split:
        assert (split.records, split.understanding.requests_unread) == (2, 1)
