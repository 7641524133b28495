"""Events of the monitor function, and what they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from monitor.asked import Asked, BackFill, BadRequest, Tick, of_endpoint, parse

from .rows import NINE, at

NOON = "2026-11-20T12:00:00Z"
FORMS: dict[str, tuple[dict[str, Any], Asked]] = {
    "the clock": ({"time": "2026-11-20T09:00:00Z"}, Tick(NINE)),
    "one endpoint": ({"time": "2026-11-20T09:00:00Z", "endpoint": "churn"}, Tick(NINE, "churn")),
    "a range": ({"start": "2026-11-20T09:00:00Z", "end": NOON}, BackFill(NINE, at(180))),
    "a range of one endpoint": (
        {"start": "2026-11-20T09:00", "end": "2026-11-20T13:00+01:00", "endpoint": "churn"},
        BackFill(NINE, at(180), "churn"),
    ),
    "no endpoint": ({"time": NOON, "endpoint": None}, Tick(at(180))),
    "a rule of EventBridge": (
        {
            "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "111122223333", "time": NOON, "region": "eu-central-1", "resources": [],
            "detail": {},
        },
        Tick(at(180)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("event", "asked"), FORMS.values(), ids=FORMS)
def test_every_form_is_understood(event: dict[str, Any], asked: Asked) -> None:
    assert parse(event) == asked


@pytest.mark.parametrize("asked", [asked for _, asked in FORMS.values()], ids=FORMS)
def test_what_is_asked_can_be_handed_on(asked: Asked) -> None:
    assert parse(asked.event()) == asked
    assert parse(of_endpoint(asked, "other").event()) == of_endpoint(asked, "other")


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({}, "no time"),
        ({"time": None}, "no time"),
        ({"time": 1764580000}, "no time"),
        ({"time": "noon"}, "the event's time: 'noon' is no ISO 8601 time"),
        ({"time": "2026-11-20T09:00:00.5Z"}, "the event's time: .* is no whole second"),
        ({"start": NOON}, "no end"),
        ({"end": NOON}, "no start"),
        ({"start": "noon", "end": NOON}, "the event's start: "),
        ({"start": NOON, "end": "noon"}, "the event's end: "),
        ({"start": NOON, "end": NOON, "time": NOON}, "time beside start and end"),
        ({"time": NOON, "endpoint": ""}, "the event's endpoint is no name"),
        ({"time": NOON, "endpoint": 7}, "the event's endpoint is no name"),
        ({"time": NOON, "endpoint": "a/b"}, "the event's endpoint is no name"),
        ({"time": NOON, "endpiont": "a", "b": 1}, "the event has b, endpiont; it should be"),
        ({"detail-type": "Scheduled Event"}, "no time"),
    ],
)
def test_an_error_names_the_field(event: dict[str, Any], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        parse(event)
