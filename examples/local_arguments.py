"""What `make local FUNCTION=… EVENT=…` may name, checked before anything is built."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[1]
Steps = tuple[tuple[str, str], ...]
STEPS: Steps = (
    ("SplitCaptureFunction", "events/capture_created_eventbridge.json"),
    ("SplitGroundTruthFunction", "events/ground_truth_created_sqs.json"),
    ("MonitorFunction", "events/monitor_endpoint.json"),
)


def steps_asked(arguments: list[str]) -> Steps:
    """What to invoke with what; raises `ValueError` that says what is wrong with the arguments."""
    if not arguments:
        return STEPS
    if len(arguments) != 2:
        raise ValueError("give both FUNCTION and EVENT, or neither of them")
    function, event = arguments
    known = [name for name, _event in STEPS]
    if function not in known:
        raise ValueError(f"there is no function {function}, but {', '.join(known)}")
    if not (ROOT / event).is_file():
        raise ValueError(f"there is no file {event}")
    try:
        content = json.loads((ROOT / event).read_bytes())
    except ValueError as error:
        raise ValueError(f"{event} is not JSON: {error}") from error
    if function == "MonitorFunction" and not (isinstance(content, dict) and "endpoint" in content):
        # The stand-in has no Lambda that the function could call.
        raise ValueError(
            f"{event} names no endpoint and starts other invocations, which need a deployed "
            "function; use events/monitor_endpoint.json"
        )
    return ((function, event),)
