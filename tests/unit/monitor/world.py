"""A window of a healthy endpoint as raw files, faults put into it, and what the monitor sees."""

from __future__ import annotations

import json
import os
import random
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inference_records.configuration import Configuration
from inference_records.verdict_settings import JoinLimits
from monitor.capture_gaps import is_capture_gap
from monitor.engine import connect, labels_table, predictions_table, set_aside_table
from monitor.health import HEALTH_COUNTS, Arrivals
from monitor.join import join
from monitor.join_health import JoinCheck, check_join
from monitor.locations import Location
from monitor.quality import DEFAULT_VARIANT, NO_HEALTH, health_by_cell
from monitor.raw_files import prepare
from monitor.windows import Window, window_at
from tests.unit.records.splitting import capture_line, side

HOUR = timedelta(hours=1)
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)
"""The window that is judged begins here."""
SPAN = Window(NINE - 25 * HOUR, NINE + 2 * HOUR)
JUDGED = 25
REQUESTS = 300
OTHER_HOURS = (-25, -24, -23, -1, 1)


@dataclass(frozen=True)
class Sent:
    """A request as the endpoint saw it."""

    event: str
    time: datetime
    said: tuple[int, ...]
    asked: int
    inference_id: str | None = None
    damage: str | None = None

    @property
    def id(self) -> str:
        """By which labels know it."""
        return self.inference_id or self.event

    @property
    def judged(self) -> bool:
        return NINE <= self.time < NINE + HOUR

    def line(self) -> bytes:
        """As it is captured; cut off, or damaged in the response or its last record."""
        said: list[int | None] = list(self.said)
        if self.damage == "record" and len(said) > 1:
            said[-1] = None
        answer = side(said) if self.damage != "response" else side("Internal error")
        line = capture_line(
            answer,
            side([[0.5, 1]] * self.asked),
            event_id=self.event,
            inference_id=self.inference_id,
            time=self.time.isoformat(),
        )
        return line[:90] if self.damage == "line" else line


@dataclass(frozen=True)
class Told:
    """A label as it is uploaded."""

    request: str
    position: int | None
    label: int

    def line(self) -> bytes:
        row = {"inference_id": self.request, "record_index": self.position, "label": self.label}
        return json.dumps(row).encode()


@dataclass(frozen=True)
class World:
    """Requests of the judged hour and of some around it, and all their labels."""

    sent: tuple[Sent, ...]
    told: tuple[Told, ...]

    @property
    def judged(self) -> list[Sent]:
        return [request for request in self.sent if request.judged]

    def changed(self, *changed: Sent) -> World:
        """With other requests in the place of those of the same event."""
        by_event = {request.event: request for request in changed}
        return replace(self, sent=tuple(by_event.get(r.event, r) for r in self.sent))


def healthy() -> World:
    """Requests of one to four records, half of them with an id of the caller; 4 % of no label."""
    chance, sent = random.Random(11), []
    for hour in (0, *OTHER_HOURS):
        for number in range(REQUESTS if hour == 0 else 12):
            said = tuple(chance.choices((0, 1), k=1 + number % 4))
            time = NINE + hour * HOUR + timedelta(seconds=number * 11)
            name = f"{hour}-{number}"
            mine = f"mine-{name}" if number % 2 else None
            sent.append(Sent(f"event-{name}", time, said, len(said), mine))
    told = [
        Told(request.id, position, label)
        for request in sent
        for position, label in enumerate(request.said)
        if chance.random() > 0.04
    ]
    return World(tuple(sent), tuple(told))


def checked(world: World, folder: Path, *, final: bool = True) -> dict[str, JoinCheck]:
    """The checks of the judged hour, from raw files through splitters and join."""
    _write(world, folder)
    with ExitStack() as resources:
        prepared, intake = prepare(
            Location.of(str(folder / "data-capture")),
            Location.of(str(folder / "ground-truth")),
            Configuration(),
            resources,
        )
        assert not intake.unreadable
        backend, files = connect(), prepared.location.filesystem
        joined = join(
            backend,
            predictions_table(backend, prepared.predictions("churn", None, None), files),
            labels_table(backend, prepared.labels("churn", None), files),
            SPAN,
            HOUR,
            set_aside_table(backend, prepared.set_aside("churn", None, None), files),
            Arrivals(are_known=True),
        )
        found = health_by_cell(joined.health)
    every = {n: found.get((DEFAULT_VARIANT, n), NO_HEALTH).counts for n in range(JUDGED + 2)}
    assert set(every[JUDGED]) == set(HEALTH_COUNTS)
    seen = {
        window_at(SPAN, HOUR, number).start: counts["requests"] + counts["rejected"]
        for number, counts in every.items()
    }
    gap = is_capture_gap(NINE, seen, HOUR)
    return {
        item.name: item for item in check_join(every[JUDGED], JoinLimits(), final=final, gap=gap)
    }


def _write(world: World, folder: Path) -> None:
    hours: dict[datetime, list[bytes]] = {}
    for request in world.sent:
        hours.setdefault(request.time.replace(minute=0, second=0), []).append(request.line())
    for hour, lines in hours.items():
        name = f"churn/AllTraffic/{hour:%Y/%m/%d/%H}/00-00-000-part.jsonl"
        _file(folder / "data-capture" / name, lines, hour)
    for part in (0, 1):
        lines = [label.line() for label in world.told[part::2]]
        at = NINE + timedelta(minutes=50 + part)
        _file(folder / f"ground-truth/churn/{at:%Y/%m/%d/%H}/part-{part}.jsonl", lines, at)


def _file(path: Path, lines: list[bytes], changed_at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\n".join(lines))
    os.utime(path, (changed_at.timestamp(), changed_at.timestamp()))
