"""JSON lists of objects whose names are known from an earlier payload: parsed into records.

What is accepted is what orjson accepts, with the same values; all else is refused, not judged.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

LARGEST = 2**53 - 1
"""What is larger may have been another integer before it was a float (msgspec asks the float)."""
_Integer = Annotated[int, Meta(ge=-LARGEST, le=LARGEST)]
_Value = _Integer | float | str | bool | None
_Number = Annotated[float, Meta(ge=-LARGEST, le=LARGEST)] | None
_VALUE = r'(?:"(?:[^"\\]|\\.)*+"\s*|[^",{}\[\]]*+)'


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """Reads lists of objects that all have these names, and no others, and plain values."""

    opening: re.Pattern[str]
    """The first record: the order of its names is that of the columns."""
    decoder: msgspec.json.Decoder[list[Struct]]


@lru_cache(maxsize=64)
def known_objects(
    names: tuple[str, ...], numeric: frozenset[str] = frozenset()
) -> KnownObjects | None:
    """Made once for all payloads with these names, in whichever file; None for odd names.

    What is `numeric` has no other values, and is floats, whichever way it is written.
    """
    places = [f"_{place}" for place in range(len(names))]
    try:
        record = msgspec.defstruct(
            "Record",
            [
                (place, _Number if name in numeric else _Value)
                for place, name in zip(places, names, strict=True)
            ],
            rename=dict(zip(places, names, strict=True)),
            gc=False,
            forbid_unknown_fields=True,
        )
    except ValueError:  # a name that JSON has to escape
        return None
    first = r",\s*".join(rf"(?:{_written(name)})\s*:\s*{_VALUE}" for name in names)
    opening = re.compile(rf"\s*\[\s*\{{\s*{first}\}}")
    return KnownObjects(opening, msgspec.json.Decoder(list[record]))  # type: ignore[valid-type]


def _written(name: str) -> str:
    """A name in both ways in which it is written."""
    ways = {json.dumps(name, ensure_ascii=way): None for way in (True, False)}
    return "|".join(map(re.escape, ways))
