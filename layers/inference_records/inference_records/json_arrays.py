"""A JSON array of any length -> its elements, a chunk at a time.

A cut behind an element is found by trial: the text up to a `}` and a `]` added parse together only
if that `}` ends an element, since inside a string or a nested object something would stay open.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

import orjson

from inference_records.json_text import load_json
from inference_records.lines import CHUNK_BYTES, MAX_LINE_BYTES
from inference_records.rejections import UnreadableObject

_ATTEMPTS = 64


def json_array_chunks(stream: IO[bytes]) -> Iterator[tuple[int, list[Any]]]:
    """Elements and the 1-based number of the first; raises `UnreadableObject` for no array."""
    held, number = b"", 1
    while chunk := stream.read(CHUNK_BYTES):
        held += chunk
        found = _complete_elements(held)
        if found is not None:
            elements, held = found
            yield number, elements
            number += len(elements)
        elif len(held) > MAX_LINE_BYTES:
            raise UnreadableObject(f"no JSON object ends within {MAX_LINE_BYTES} bytes")
    try:
        rest = load_json(held)
    except orjson.JSONDecodeError as error:
        raise UnreadableObject(f"not a JSON array behind element {number - 1}: {error}") from error
    yield number, rest


def _complete_elements(held: bytes) -> tuple[list[Any], bytes] | None:
    end = len(held)
    for _ in range(_ATTEMPTS):
        end = held.rfind(b"},", 0, end)
        if end < 0:
            return None
        try:
            return load_json(held[: end + 1] + b"]"), b"[" + held[end + 2 :]
        except orjson.JSONDecodeError:
            continue
    return None
