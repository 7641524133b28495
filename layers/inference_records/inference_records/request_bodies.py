"""The request side of a captured line -> its readings; none where its records cannot be counted."""

from __future__ import annotations

from typing import Any

from inference_records.bodies import body_readings, decode_base64, decode_text, media_type
from inference_records.configuration import Configuration
from inference_records.readings import Reading, counted
from inference_records.rejections import BadRecord

# A request body that is a picture or prose has no records to count, which is no fault of the line.
_OPAQUE = frozenset({"opaque_body", "unknown_form", "no_data"})
_ONE_RECORD = ("image/", "audio/")
_LIBSVM = frozenset({"text/libsvm", "text/x-libsvm"})


def request_readings(side: object, configuration: Configuration) -> list[Reading]:
    """Readings of the request; raises `BadRecord` only where a column of it is asked for."""
    if not isinstance(side, dict) or side.get("data") is None:
        return []
    try:
        return _readings(side, configuration)
    except BadRecord as error:
        spared = not configuration.kept_features.are_asked_for
        if spared and (configuration.request.record_id is None or error.code in _OPAQUE):
            return []
        raise BadRecord(error.code, f"endpointInput: {error.message}", error.records) from error


def is_counted_otherwise(media: str) -> bool:
    """Whether bodies of a content type have as many records as that says, whatever they hold."""
    return media.startswith(_ONE_RECORD) or media in _LIBSVM


def _readings(side: dict[str, Any], configuration: Configuration) -> list[Reading]:
    media = media_type(side, configuration.request)
    why = BadRecord("opaque_body", f"endpointInput: a body of type {media} has no columns")
    if media.startswith(_ONE_RECORD):
        return [counted("one image or sound", 1, why)]
    if media in _LIBSVM and isinstance(side["data"], str):
        is_encoded = str(side.get("encoding")).upper() == "BASE64"
        text = decode_text(decode_base64(side["data"])) if is_encoded else side["data"]
        count = sum(bool(line.strip()) for line in text.splitlines())
        return [counted("LIBSVM lines", count, why)]
    return body_readings(side, configuration.request)
