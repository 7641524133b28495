"""JSON Lines as readings: a record a line, or a whole payload a line, whose records go together."""

from __future__ import annotations

from itertools import chain
from typing import Any

from inference_records.json_forms import is_payload, json_readings
from inference_records.readings import Layout, Reading
from inference_records.rejections import BadRecord


def json_lines_readings(documents: list[Any]) -> list[Reading]:
    """Readings of the documents on the lines of a body; raises `BadRecord`."""
    payloads = sum(map(is_payload, documents))
    if not payloads:
        return json_readings(documents)
    if payloads < len(documents):
        raise BadRecord(
            "unknown_form", "some lines are payloads and others are records", len(documents)
        )
    ways = zip(*map(json_readings, documents), strict=False)
    found = [reading for way in ways if (reading := _together(way)) is not None]
    if not found:
        raise BadRecord("unknown_form", "the payloads on the lines differ", len(documents))
    return found


def _together(readings: tuple[Reading, ...]) -> Reading | None:
    """Readings of one shape as one; None if they differ."""
    some = [reading for reading in readings if reading.count] or list(readings[:1])
    first = some[0]
    form = f"JSON Lines, each a payload: {first.form}"
    if any(reading.layout is not first.layout for reading in some):
        return None
    if first.layout is Layout.OBJECTS:  # an object may lack a name
        names = tuple(dict.fromkeys(chain.from_iterable(reading.names for reading in some)))
    elif any(set(reading.names) != set(first.names) for reading in some):
        return None
    else:
        names = first.names
    payloads = [reading.payload for reading in some]
    payload: Any
    if first.layout is Layout.COLUMNS:
        payload = {name: list(chain.from_iterable(p[name] for p in payloads)) for name in names}
    else:
        payload = list(chain.from_iterable(payloads))
    return Reading(form, first.layout, names, payload, sum(reading.count for reading in some))
