"""One side of a captured request (`endpointInput` or `endpointOutput`) -> its readings."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

import jmespath
import jmespath.exceptions

from inference_records.binary_forms import (
    NPY_MAGIC,
    PARQUET_MAGIC,
    npy_readings,
    parquet_readings,
)
from inference_records.configuration import Body
from inference_records.csv_forms import csv_readings, numeric_row
from inference_records.json_forms import json_readings
from inference_records.json_lines import json_lines_readings
from inference_records.json_text import parse_json_or_lines
from inference_records.readings import Reading
from inference_records.rejections import BadRecord

_ENCODINGS = ("CSV", "JSON", "BASE64")


def body_readings(side: dict[str, Any], body: Body) -> list[Reading]:
    """Readings of one side, the most natural first; raises `BadRecord` if there is none."""
    data = side.get("data")
    if isinstance(data, list | dict):  # some producers leave the JSON unquoted
        return _document_readings(data, body)
    if not isinstance(data, str):
        raise BadRecord("no_data", f"data is {type(data).__name__}, not text")
    encoding = side.get("encoding")
    match encoding.upper() if isinstance(encoding, str) else encoding:
        case "CSV":
            return csv_readings(data, body.header)
        case "JSON":
            return _json_text_readings(data.encode("utf-8", "surrogatepass"), body)
        case "BASE64":
            return _sniff(decode_base64(data), media_type(side, body), body)
        case None:
            return _sniff(data.encode("utf-8", "surrogatepass"), media_type(side, body), body)
        case _:
            known = ", ".join(_ENCODINGS)
            raise BadRecord("unknown_encoding", f"encoding {encoding!r} is none of {known}")


def media_type(side: dict[str, Any], body: Body) -> str:
    """The content type in lower case and without parameters; empty if there is none."""
    content_type = body.content_type or side.get("observedContentType")
    return content_type.partition(";")[0].strip().lower() if isinstance(content_type, str) else ""


def decode_base64(data: str) -> bytes:
    """The bytes of a BASE64 text; raises `BadRecord`."""
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRecord("invalid_base64", f"not BASE64: {error}") from error


def _sniff(data: bytes, media: str, body: Body) -> list[Reading]:
    """Go by the first bytes rather than by the content type: Flask calls its JSON text/html."""
    if data.startswith(NPY_MAGIC):
        return npy_readings(data)
    if data.startswith(PARQUET_MAGIC):
        return parquet_readings(data)
    if b"\0" in data:
        raise BadRecord("opaque_body", f"a binary body of type {media or 'unknown'} has no records")
    if media == "text/csv":
        return csv_readings(decode_text(data), body.header)
    if "json" in media or data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return _json_text_readings(data, body)
    text = decode_text(data)
    if not numeric_row(text.lstrip().partition("\n")[0]):  # prose is no table
        raise BadRecord("opaque_body", f"a text of type {media or 'unknown'} has no records")
    return csv_readings(text, body.header)


def decode_text(data: bytes) -> str:
    """Text without byte order mark; raises `BadRecord`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRecord("not_utf8", f"not UTF-8 at byte {error.start} of the body") from error


def _json_text_readings(data: bytes, body: Body) -> list[Reading]:
    if not data.strip():
        raise BadRecord("no_data", "the body is empty")
    document, is_lines = parse_json_or_lines(data)
    if is_lines and body.records is None:
        return _readings_or_refusal(json_lines_readings, document)
    return _document_readings(document, body)


def _document_readings(document: Any, body: Body) -> list[Reading]:
    found = document if body.records is None else _found(document, body.records)
    return _readings_or_refusal(json_readings, found)


def _readings_or_refusal(read: Callable[[Any], list[Reading]], document: Any) -> list[Reading]:
    try:
        return read(document)
    except RecursionError as error:
        raise BadRecord("unknown_form", "the body is nested too deeply") from error


def _found(document: Any, records: str) -> Any:
    try:
        found = jmespath.search(records, document)
    except jmespath.exceptions.JMESPathError as error:
        raise BadRecord("unknown_form", f"records {records!r}: {error}") from error
    if found is None:
        raise BadRecord("unknown_form", f"records {records!r} finds nothing in the body")
    return found
