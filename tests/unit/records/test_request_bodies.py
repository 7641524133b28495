"""Requests that only count, and bodies whose lines are payloads of their own."""

from __future__ import annotations

import json

import pytest

from tests.unit.records.splitting import capture_line, said, side, split_captures, split_response


@pytest.mark.parametrize("media", ["image/png", "image/jpeg", "audio/wav"])
def test_a_picture_or_a_sound_is_one_record(media: str) -> None:
    request = side(b"\x89PNG\0\0", content_type=media)
    (row,) = split_response([0.05, 0.9, 0.05], request).rows
    assert (row["prediction"], row["probabilities"]) == ("1", [0.05, 0.9, 0.05])
    assert split_response([1], request, features="all").reasons == {"opaque_body": 1}
    assert split_response([1], request, request={"record_id": "x"}).records == 1


@pytest.mark.parametrize("media", ["text/libsvm", "text/x-libsvm"])
def test_libsvm_has_a_record_a_line(media: str) -> None:
    text = "0 1:0.5 3:1\n\n1 2:7\n"
    for request in (side(text.encode(), content_type=media), side(text, "CSV", media)):
        assert split_response([0.5, 0.25], request).records == 2
        assert split_response([0.5], request).reasons == {"count_mismatch": 2}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (
            [{"predictions": [{"score": 0.25, "predicted_label": i}]} for i in (0, 1)],
            [(0, "0", 0.25), (1, "1", 0.25)],
        ),
        (
            [{"predictions": [1, 2]}, {"predictions": [3]}],
            [(0, "1", None), (1, "2", None), (2, "3", None)],
        ),
        (
            [{"predictions": [{"label": 1}]}, {"predictions": [{"label": 0}, {"label": 2}]}],
            [(0, "1", None), (1, "0", None), (2, "2", None)],
        ),
    ],
)
def test_payloads_on_lines_are_put_together(
    lines: list[object], found: list[tuple[object, ...]]
) -> None:
    assert said(split_response(side("\n".join(map(json.dumps, lines))))) == found


def test_the_number_of_requests_decides_how_payloads_on_lines_are_read() -> None:
    response = side('{"predictions": [0.25, 0.75]}\n{"predictions": [0.5, 0.5]}')
    assert split_response(response).records == 4
    assert split_response(response, [[1], [2]]).column("probability") == [0.75, 0.5]


@pytest.mark.parametrize(
    "text",
    [
        '{"predictions": [1]}\n{"predictions": [{"label": 1}]}',
        '{"predictions": [1]}\n{"label": 1}',
    ],
)
def test_payloads_on_lines_that_differ_are_refused(text: str) -> None:
    assert split_response(side(text)).reasons == {"unknown_form": 2}


def test_records_on_lines_that_hold_a_list_beside_other_things_stay_records() -> None:
    request = side('{"record_id": "a", "data": [1, 2]}\n{"record_id": "b", "data": [3, 4]}')
    assert split_response([1, 0], request).column("record_id") == ["a", "b"]


def test_an_id_that_nobody_asked_for_costs_no_response() -> None:
    lines = [
        capture_line(side([1]), side("record_id,a\n5,1,1", "CSV"), event_id="broken"),
        capture_line(side([1]), side("record_id,a\n6,1", "CSV"), event_id="good"),
    ]
    assert sorted(split_captures(*lines).column("record_id"), key=str) == ["6", None]
