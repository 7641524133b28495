"""Lines like those before them are read by what is known of these: with the same outcome."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference_records import data_capture
from inference_records.capture_reader import CaptureReader
from inference_records.configuration import parse_configuration
from inference_records.lines import Span
from inference_records.rejections import BadRecord
from tests.unit.records.splitting import as_set, capture_line, side, split_captures

MODEST = settings(max_examples=200, deadline=None)

# Written as they stand: NaN, integers beyond 64 bits, escapes, and what could pass for structure.
TOKENS = (
    "1", "0", "-3", "0.25", "0.5", "1.0", "1e-3", "true", "null", '"cat"', '"1"', '""',
    "NaN", "-Infinity", "9007199254740993", "-9007199254740995", "123456789012345678901",
    '"a}, {\\"label\\": 1"', '"\\u00e9\\ud83d\\ude00"', '"]"', "[1, 2]", '{"b": 1}',
    "0.1234567890123456789", "1E5", "1e400",
)  # fmt: skip
usual = st.sampled_from(("1", "0", "0.25", "0.5"))
tokens = st.one_of(usual, usual, usual, st.sampled_from(TOKENS))
orders = st.sampled_from(
    [
        ("label", "score"),
        ("label", "score"),
        ("score", "label"),
        ("cat", "dog"),
        ("payload_index", "label", "score"),
        ("label",),
        ("label", "label", "score"),
        ("a", "b", "record_id"),
        ("a", "b"),
        ("a", "b", "é"),
        (),
    ]
)
spaces = st.sampled_from([" ", " ", " ", "", "\n"])


@st.composite
def objects(draw: Any, names: tuple[str, ...], count: int) -> str:
    """A list of objects as text, sometimes with one that differs."""
    space = draw(spaces)
    rows = []
    for place in range(count):
        order = draw(orders) if draw(st.integers(0, 15)) == 0 else names
        values = [str(place) if name == "payload_index" else draw(tokens) for name in order]
        pairs = (f'"{name}":{space}{value}' for name, value in zip(order, values, strict=True))
        rows.append("{" + f",{space}".join(pairs) + "}")
    return f"[{f',{space}'.join(rows)}]"


cells = st.one_of(
    st.sampled_from(("1", "0", "0.5")),
    st.sampled_from(("1", "cat", "", "nan", '"a,b"', " 0.5 ", "007", "1e400", "true")),
)


@st.composite
def table(draw: Any, width: int, count: int) -> str:
    """Lines of CSV, sometimes with a blank one, a longer one or another line break."""
    rows = [",".join(draw(cells) for _ in range(width)) for _ in range(count)]
    if draw(st.integers(0, 9)) == 0:
        rows.insert(draw(st.integers(0, count)), draw(st.sampled_from(["", "a,b", "1,2,3", "x"])))
    line_break: str = draw(st.sampled_from(["\n", "\n", "\n", "\r\n"]))
    ending: str = draw(st.sampled_from(["", "\n", "\n\n"]))
    return line_break.join(rows) + ending


@st.composite
def captures(draw: Any) -> list[bytes]:
    """A file whose lines mostly have the same forms on both sides."""
    asked_names, said_names = draw(orders), draw(orders)
    is_csv = draw(st.sampled_from([(False, False), (False, False), (True, True), (True, False)]))
    lines = []
    for number in range(draw(st.integers(2, 7))):
        if draw(st.integers(0, 5)) == 0:
            asked_names, said_names = draw(orders), draw(orders)
        count = draw(st.integers(1, 3))
        answered = count if draw(st.integers(0, 9)) else count + 1
        asked = draw(table(2, count)) if is_csv[0] else draw(objects(asked_names, count))
        said = draw(table(2, answered)) if is_csv[1] else draw(objects(said_names, answered))
        request = side(asked, "CSV" if is_csv[0] else "JSON")
        request["observedContentType"] = draw(st.sampled_from([None, None, None, "image/png"]))
        line = capture_line(
            side(said, draw(st.sampled_from(["CSV"] if is_csv[1] else ["JSON", "JSON", "json"]))),
            request if draw(st.integers(0, 9)) else None,
            event_id=draw(st.sampled_from([f"event {number}"] * 5 + [""])),
            inference_id=draw(st.sampled_from([None, f"id {number}"])),
            time=draw(st.sampled_from(["2026-11-20T09:12:31Z"] * 4 + ["2026-11-20", "soon", 1])),
        )
        damage = draw(st.integers(0, 19))
        lines.append(line if damage else line.replace(b'"eventMetadata"', b'"eventMetadat"'))
    return lines


choices = st.sampled_from(
    [
        {},
        {"features": "all"},
        {"features": ["a", "0"]},
        {"features": "all", "request": {"record_id": "record_id"}},
        {"features": {"hash": ["a", "record_id"], "leave_out": ["b"]}},
        {"request": {"record_id": "a"}},
        {"response": {"header": False}, "request": {"header": False}},
    ]
)


def outcome(lines: list[bytes], chosen: dict[str, Any], reading: str) -> tuple[Any, ...]:
    found = split_captures(*lines, settings={**chosen, "reading": reading}, hash_key=b"k" * 16)
    return as_set(found.rows), as_set(found.rejected), as_set(found.set_aside), found.stale


@MODEST
@given(captures(), choices)
def test_a_file_read_by_what_is_known_gives_what_reading_every_line_anew_gives(
    lines: list[bytes], chosen: dict[str, Any]
) -> None:
    assert outcome(lines, chosen, "fast") == outcome(lines, chosen, "strict")


@MODEST
@given(captures(), choices, st.integers(1, 4))
def test_so_it_does_in_chunks(lines: list[bytes], chosen: dict[str, Any], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(data_capture, "CHUNK_RECORDS", chunk)
        assert outcome(lines, chosen, "fast") == outcome(lines, chosen, "strict")


def known(lines: list[bytes], **chosen: Any) -> list[bool]:
    """Of each line behind the first, whether it was read by what is known.

    The first is read twice before: once is no pattern.
    """
    reader = CaptureReader(parse_configuration(json.dumps(chosen).encode()))
    spans = [Span(n, bytearray(line), 0, len(line)) for n, line in enumerate(lines, 1)]
    for _time in range(2):
        with suppress(BadRecord):
            reader.read(spans[0])
    found = []
    for span in spans[1:]:
        plan = reader._known
        found.append(plan is not None and plan.entry(span) is not None)
        with suppress(BadRecord):
            reader.read(span)
    return found


OBJECT = side([{"label": 1, "score": 0.5}])
ASKED = side([{"a": 1, "b": "x"}])
CSV = side("1,0.5\n", "CSV")


@pytest.mark.parametrize("request_side", [ASKED, CSV])
@pytest.mark.parametrize("response", [OBJECT, CSV])
@pytest.mark.parametrize("features", ["none", "all"])
def test_lines_that_are_alike_are_known(request_side: Any, response: Any, features: str) -> None:
    assert known([capture_line(response, request_side)] * 3, features=features) == [True, True]


@pytest.mark.parametrize(
    "other",
    [
        side([{"score": 0.5, "label": 1}]),
        side([{"label": 1}]),
        side([{"label": 1, "score": 0.5, "more": 1}]),
        side([{"label": 1, "score": [0.5]}]),
        side('[{"label": 1, "score": NaN}]'),
        side([{"label": 10**30, "score": 0.5}]),
        side([{"label": 1, "score": 0.5}, {"label": 1, "score": 0.5}]),
        side({"predictions": [{"label": 1, "score": 0.5}]}),
        CSV,
    ],
)
def test_a_line_that_differs_is_read_anew_and_the_next_ones_are_known_again(other: Any) -> None:
    good = capture_line(OBJECT, ASKED)
    assert known([good, capture_line(other, ASKED), good, good])[::2] == [False, True]


@pytest.mark.parametrize("body", [None, "text", 3, [], True])
def test_a_request_that_is_no_body_is_told_and_loses_no_other(body: Any) -> None:
    lines = [capture_line(OBJECT, ASKED, event_id=str(place)) for place in range(4)]
    broken = json.loads(lines[2])
    broken["captureData"]["endpointInput"] = body
    lines[2] = json.dumps(broken).encode()
    chosen = {"features": "all"}
    assert outcome(lines, chosen, "fast") == outcome(lines, chosen, "strict")


def test_integers_that_are_no_floats_keep_their_text() -> None:
    lines = [
        capture_line(OBJECT, side([{"a": value}]), event_id=str(place))
        for place, value in enumerate([1, 2, 2**53, 2**53 + 1, "x"])
    ]
    chosen = {"features": "all"}
    assert outcome(lines, chosen, "fast") == outcome(lines, chosen, "strict")


def test_strict_reading_knows_nothing() -> None:
    assert known([capture_line(OBJECT, ASKED)] * 2, reading="strict") == [False]


def test_a_number_in_a_column_of_text_and_text_in_a_column_of_numbers_stay_what_they_are() -> None:
    lines = [
        capture_line(OBJECT, side([{"a": value, "b": value}]), event_id=str(place))
        for place, value in enumerate([1, 2, "x", 3, 2.5, None])
    ]
    found = split_captures(*lines, settings={"features": "all"})
    by_event = {row["event_id"]: row["feature_text_a"] for row in found.rows}
    assert [by_event[str(place)] for place in range(6)] == ["1", "2", "x", "3", "2.5", None]
