"""An event of the monitor function -> what is asked of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from monitor.windows import BadTime, iso, parse_time

_EXAMPLE = '{"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T12:00:00Z", "endpoint": "churn"}'


class BadRequest(ValueError):
    """The event asks for nothing that the function knows; the message names the field."""


@dataclass(frozen=True, slots=True)
class Tick:
    """The clock struck: judge what is due, of one endpoint or of all."""

    time: datetime
    endpoint: str | None = None

    def event(self) -> dict[str, str]:
        """The event that asks for this."""
        return _event({"time": iso(self.time)}, self.endpoint)


@dataclass(frozen=True, slots=True)
class BackFill:
    """Somebody asks for every window of a range, whether anything is new or not."""

    start: datetime
    end: datetime
    endpoint: str | None = None

    def event(self) -> dict[str, str]:
        """The event that asks for this."""
        return _event({"start": iso(self.start), "end": iso(self.end)}, self.endpoint)


Asked = Tick | BackFill


def of_endpoint(asked: Asked, endpoint: str) -> Asked:
    """The same, of one endpoint."""
    return replace(asked, endpoint=endpoint)


def parse(event: Mapping[str, Any]) -> Asked:
    """What an event asks for; raises `BadRequest`."""
    unknown = event.keys() - {"time", "start", "end", "endpoint", "correlation_id"}
    if "detail-type" in event:
        # An event of EventBridge, from a rule of the user's own: only its time matters.
        return Tick(_time(event, "time"))
    if unknown:
        raise BadRequest(f"the event has {', '.join(sorted(unknown))}; it should be {_EXAMPLE}")
    endpoint = event.get("endpoint")
    if endpoint is not None and (not isinstance(endpoint, str) or not endpoint or "/" in endpoint):
        raise BadRequest("the event's endpoint is no name of an endpoint")
    if "start" in event or "end" in event:
        if "time" in event:
            raise BadRequest(f"the event has a time beside start and end; it should be {_EXAMPLE}")
        return BackFill(_time(event, "start"), _time(event, "end"), endpoint)
    return Tick(_time(event, "time"), endpoint)


def _time(event: Mapping[str, Any], name: str) -> datetime:
    text = event.get(name)
    if not isinstance(text, str):
        raise BadRequest(f"the event has no {name}; to judge windows again it should be {_EXAMPLE}")
    try:
        return parse_time(text)
    except BadTime as error:
        raise BadRequest(f"the event's {name}: {error}") from error


def _event(times: dict[str, str], endpoint: str | None) -> dict[str, str]:
    return times if endpoint is None else {**times, "endpoint": endpoint}
