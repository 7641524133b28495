"""Where a job leaves its one line for SageMaker; light, for it is loaded before the rest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath

ROOT, MESSAGE = PurePosixPath("/opt/ml"), "output/message"
REQUIRED = ("dataset_source", "output_path", "start_time", "end_time")
MESSAGE_BYTES = 1_000


def message_file(environment: Mapping[str, str]) -> str | None:
    """Where a failure is told, even one of the settings; None if no job started this."""
    if not any(environment.get(name) for name in ("monitor_root", *REQUIRED)):
        return None
    return str(PurePosixPath(environment.get("monitor_root") or ROOT) / MESSAGE)


def failure_message(reason: str) -> str:
    """The line of a run that could not be done; the reason holds no value of the payload."""
    return one_line(f"Failed: {reason}")


def one_line(text: str) -> str:
    """As much of a text as SageMaker keeps."""
    # A reason may be the text of an error in a metric of the user's own, of several lines.
    return " ".join(text.split()).encode()[:MESSAGE_BYTES].decode(errors="ignore")
