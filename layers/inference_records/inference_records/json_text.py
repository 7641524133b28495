"""JSON text as it is met: strict JSON, JSON Lines, and the NaN that Python servers write."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from inference_records.rejections import BadRecord

_BOM = b"\xef\xbb\xbf"
_STRING_OR_NAN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[+-]?\b(?:NaN|Infinity)\b', re.DOTALL)


def load_json(data: bytes) -> Any:
    """One document, also with NaN and Infinity; raises `orjson.JSONDecodeError`."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        if b"NaN" not in data and b"Infinity" not in data:
            raise
    nulled = orjson.loads(_STRING_OR_NAN.sub(_null_for_nan, data))  # json takes what orjson refuses
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return nulled


def parse_json(data: bytes) -> Any:
    """A document, or the list of the documents on its lines; raises `BadRecord`."""
    return parse_json_or_lines(data)[0]


def parse_json_or_lines(data: bytes) -> tuple[Any, bool]:
    """The same, and whether it is documents on lines."""
    data = data.removeprefix(_BOM)
    try:
        return load_json(data), False
    except orjson.JSONDecodeError as error:
        documents = load_json_lines([line for line in data.splitlines() if line.strip()])
        if documents is not None and len(documents) > 1:
            return documents, True
        raise BadRecord("broken_json", f"not JSON: {error}") from error


def load_json_lines(lines: list[bytes]) -> list[Any] | None:
    """All lines at once, which is several times faster; None if any of them is at fault."""
    closed = all(
        line[:1] + line.rstrip()[-1:] in (b"{}", b"[]") for line in map(bytes.lstrip, lines)
    )
    try:
        if not closed:  # joined, a cut object and its rest would be whole again
            return [load_json(line) for line in lines]
        documents = load_json(b"[" + b",".join(lines) + b"]")
    except orjson.JSONDecodeError:
        return None
    return documents if len(documents) == len(lines) else None


def _null_for_nan(match: re.Match[bytes]) -> bytes:
    return match[0] if match[0].startswith(b'"') else b"null"
