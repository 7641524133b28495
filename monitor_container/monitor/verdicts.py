"""Which verdicts changed, and the document by which they are remembered.

A window that could not be judged changes nothing: a broken join is neither a bad model nor a good
one. It knows neither channels nor files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson

from monitor.constraints import Status
from monitor.quality import Quality
from monitor.reports import to_json
from monitor.windows import BadTime, Window, iso, parse_time

VERDICTS_FILE = "verdicts.json"
_VERSION = 1


class BadVerdicts(ValueError):
    """The document is no verdicts.json; the message names the field."""


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict, and the start of the first window of which it was true."""

    verdict: Status
    since: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What is remembered of a variant: its verdict, the newest window judged, what held before."""

    held: Held
    window: Window
    before: Held | None = None


Remembered = Mapping[str, Standing]


@dataclass(frozen=True, slots=True)
class Change:
    """A variant whose verdict is no longer what it was; `before` is None where nothing is known."""

    quality: Quality
    before: Held | None = None
    corrected: bool = False
    """The same window had the other verdict when it was judged before."""

    @property
    def for_people(self) -> bool:
        """Whether the model got worse or recovered; that a new one is fine wakes nobody."""
        known_bad = self.before is not None and self.before.verdict is Status.VIOLATION
        return self.quality.status is Status.VIOLATION or known_bad


def changes(known: Remembered, qualities: Iterable[Quality]) -> list[Change]:
    """What one window changed, variant by variant."""
    found = []
    for quality in sorted(qualities, key=lambda item: item.variant):
        old = known.get(quality.variant)
        new = _after(old, quality)
        if new is None or (old is not None and new.held.verdict is old.held.verdict):
            continue
        if old is None:
            found.append(Change(quality))
        else:
            found.append(Change(quality, old.held, corrected=old.window == quality.window))
    return found


def remember(known: Remembered, qualities: Iterable[Quality]) -> dict[str, Standing]:
    """What is known after a window; variants that are not in it stay as they were."""
    after = {quality.variant: _after(known.get(quality.variant), quality) for quality in qualities}
    return {**known, **{variant: new for variant, new in after.items() if new is not None}}


def _after(known: Standing | None, quality: Quality) -> Standing | None:
    window, verdict = quality.window, quality.status
    if verdict not in (Status.OK, Status.VIOLATION):
        return known
    if known is None:
        return Standing(Held(verdict, window.start), window)
    if _order(window) < _order(known.window):
        return known
    if known.held.verdict is verdict:
        return replace(known, window=window)
    began_here = known.window == window and known.held.since == window.start
    if began_here and known.before is not None and known.before.verdict is verdict:
        # The correction takes back the change: what held before it never ended.
        return Standing(known.before, window, known.held)
    return Standing(Held(verdict, window.start), window, known.held)


def _order(window: Window) -> tuple[datetime, datetime]:
    # By the end first: after a change of their length, windows of both lengths overlap.
    return (window.end, window.start)


def to_document(known: Remembered) -> bytes:
    """`verdicts.json`, a function of what is known and of nothing else."""
    variants = {
        variant: {
            **_held_document(standing.held),
            "window": {"start": iso(standing.window.start), "end": iso(standing.window.end)},
            "before": _held_document(standing.before) if standing.before is not None else None,
        }
        for variant, standing in sorted(known.items())
    }
    return to_json({"version": _VERSION, "variants": variants})


def _held_document(held: Held) -> dict[str, str]:
    return {"verdict": str(held.verdict), "since": iso(held.since)}


def from_document(body: bytes) -> dict[str, Standing]:
    """What a `verdicts.json` says; raises `BadVerdicts`."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadVerdicts(f"not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("version") != _VERSION:
        raise BadVerdicts(f"not a JSON object of version {_VERSION}")
    variants = _object(document.get("variants"), "variants")
    return {name: _standing(found, f"variants.{name}") for name, found in variants.items()}


def _standing(found: object, where: str) -> Standing:
    fields = _object(found, where)
    window = _object(fields.get("window"), f"{where}.window")
    start, end = (_time(window.get(name), f"{where}.window.{name}") for name in ("start", "end"))
    before = fields.get("before")
    return Standing(
        held=_held(fields, where),
        window=Window(start, end),
        before=_held(_object(before, f"{where}.before"), f"{where}.before") if before else None,
    )


def _held(fields: Mapping[str, Any], where: str) -> Held:
    verdict = fields.get("verdict")
    if verdict not in (Status.OK, Status.VIOLATION):
        raise BadVerdicts(f"{where}.verdict is neither {Status.OK} nor {Status.VIOLATION}")
    return Held(Status(verdict), _time(fields.get("since"), f"{where}.since"))


def _object(found: object, where: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise BadVerdicts(f"{where} is no JSON object")
    return found


def _time(found: object, where: str) -> datetime:
    try:
        return parse_time(found if isinstance(found, str) else "")
    except BadTime as error:
        raise BadVerdicts(f"{where}: {error}") from error
