"""Windows judged on demand, and their reports."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

import pytest

from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack
from tests.e2e.traffic import MINUTE, WINDOW, captured

UNDISTURBED = "undisturbed"
# What `traffic.requests` is judged by: nine of ten predictions are right.
CONSTRAINTS = {
    "version": 0.0,
    "binary_classification_constraints": {
        "accuracy": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"},
        "f1": {"threshold": 0.8, "comparison_operator": "LessThanThreshold"},
    },
}


def undisturbed(stack: Stack) -> None:
    """The endpoint that nothing is done to: all others come to its numbers."""
    stack.upload(captured(UNDISTURBED) | labelled(UNDISTURBED))


def judge(stack: Stack, endpoint: str, start: datetime = WINDOW) -> dict[str, bytes]:
    """The reports of one minute by name, after the monitor has been asked for them."""
    asked = {"start": start.isoformat(), "end": (start + MINUTE).isoformat(), "endpoint": endpoint}
    answer = stack.client("lambda").invoke(
        FunctionName=stack.name("MonitorFunction"), Payload=json.dumps(asked)
    )
    told = answer["Payload"].read().decode()
    if answer.get("FunctionError"):
        pytest.fail(f"{asked}: {told}\n{stack.explain()}", pytrace=False)
    return reports(stack, endpoint, start)


def reports(stack: Stack, endpoint: str, start: datetime) -> dict[str, bytes]:
    """The reports that lie in the folder of one minute, by name."""
    folder = f"reports/{endpoint}/{start:%Y/%m/%d/%H/%M}/"
    return {key.removeprefix(folder): stack.read(key) for key in stack.keys(folder)}


def comparable(statistics: bytes, but: Collection[str] = ()) -> Any:
    """Statistics without what no two runs for two endpoints share: name, time, files to read."""
    document = json.loads(statistics)
    del document["dataset"]["evaluation_time"], document["batch_payload_monitor"]["endpoint"]
    own = document["batch_payload_monitor"]
    del own["machine"]
    own["join"] = {name: count for name, count in own["join"].items() if name not in but}
    own["join_checks"] = [item for item in own["join_checks"] if item["name"] not in but]
    return document


def assert_undisturbed(stack: Stack, endpoint: str, but: Collection[str] = ()) -> None:
    """The endpoint's numbers, but for some counts, are those of one that nothing was done to."""
    stack.wait_until_split(UNDISTURBED, captured(UNDISTURBED), labelled(UNDISTURBED))
    expected = comparable(judge(stack, UNDISTURBED)["statistics.json"], but)
    found = comparable(judge(stack, endpoint)["statistics.json"], but)
    differing = {
        name: (found.get(name), expected.get(name))
        for name in sorted(found.keys() | expected.keys())
        if found.get(name) != expected.get(name)
    }
    assert not differing, f"{endpoint}, and undisturbed: {differing}"
