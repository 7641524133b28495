"""What may go wrong with one object, told in words that may be logged: they quote nothing of it.

Of AWS this knows the errors, and nothing else.
"""

from __future__ import annotations

import traceback

import pyarrow as pa
from botocore.exceptions import BotoCoreError, ClientError

from inference_records.configuration import BadConfiguration
from inference_records.rejections import UnreadableObject

# Arrow may yet refuse data that nobody thought of, and a great object may fill the disk.
_FORESEEN = (
    UnreadableObject, BadConfiguration, ClientError, BotoCoreError, pa.ArrowException, OSError,
)  # fmt: skip


class ObjectFailed(RuntimeError):
    """One object could not be split; the message names it and says why."""


class Defect(RuntimeError):
    """A defect of ours, which fails the whole event; the message says where it is."""


def told(name: str, error: Exception) -> ObjectFailed | Defect:
    """What to raise in the place of an error, whose own text may hold values of a payload."""
    kind = ObjectFailed if isinstance(error, _FORESEEN) else Defect
    return kind(f"{name}: {_reason(error)}")


def _reason(error: Exception) -> str:
    match error:
        case UnreadableObject():
            return error.reason
        case BadConfiguration() | ClientError() | BotoCoreError():
            return str(error)
        case OSError(strerror=str(reason)):
            return reason
    return f"{type(error).__name__} {code_place(error)}"


def code_place(error: Exception) -> str:
    """Where in the code it arose, innermost first."""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    return "in " + " < ".join(
        f"{'/'.join(frame.filename.split('/')[-2:])}:{frame.lineno}" for frame in frames
    )
