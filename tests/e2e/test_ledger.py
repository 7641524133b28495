"""The ledger of the deployed stack: files that come in any order, and twice, end in the same."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monitor.windows import iso
from tests.e2e.judging import CONSTRAINTS
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import MINUTE, WINDOW, Uploads, captured, requests

AT_ONCE, BIT_BY_BIT = "at-once", "bit-by-bit"
# What two endpoints do not share: their files, and when and how often they were judged.
OWN = {
    "version", "as_of", "restated_because", "state_reason", "inputs", "context", "cost",
    "label_delay",
}  # fmt: skip
MINUTES = (WINDOW, WINDOW + MINUTE)
SAID = {WINDOW: requests(count=150), WINDOW + MINUTE: requests(count=150, first=150)}


def captures(endpoint: str) -> Uploads:
    first, second = (captured(endpoint, start, said, files=3) for start, said in SAID.items())
    return first | second


def labels(endpoint: str) -> Uploads:
    first, second = (labelled(endpoint, start, said) for start, said in SAID.items())
    return first | second


def expect(stack: Stack) -> None:
    for endpoint in (AT_ONCE, BIT_BY_BIT):
        stack.put(f"monitors/{endpoint}/constraints.json", json.dumps(CONSTRAINTS))
    stack.upload(captures(AT_ONCE) | labels(AT_ONCE))


pytestmark = [pytest.mark.e2e, begins(expect)]


def tick(stack: Stack, endpoint: str) -> None:
    """The clock, as it would have struck after the two minutes; the real one strikes meanwhile."""
    asked = {"time": iso(WINDOW + 3 * MINUTE), "endpoint": endpoint}
    answer = stack.client("lambda").invoke(
        FunctionName=stack.name("MonitorFunction"), Payload=json.dumps(asked)
    )
    told = answer["Payload"].read().decode()
    assert not answer.get("FunctionError"), f"{told}\n{stack.explain()}"


def kept(stack: Stack, endpoint: str) -> dict[str, list[dict[str, Any]]]:
    """What the newest version of each of the two minutes came to."""
    found = {}
    for start in MINUTES:
        prefix = f"ledger/endpoint={endpoint}/date={start:%Y-%m-%d}/{start:%Y%m%dT%H%M%SZ}-"
        if versions := sorted(stack.keys(prefix)):
            rows = pq.read_table(pa.BufferReader(stack.read(versions[-1]))).to_pylist()
            found[iso(start)] = [
                {name: value for name, value in row.items() if name not in OWN} for row in rows
            ]
    return found


def test_any_way_of_arriving_ends_in_one_ledger(stack: Stack) -> None:
    stack.wait_until_split(AT_ONCE, captures(AT_ONCE), labels(AT_ONCE))
    tick(stack, AT_ONCE)

    shuffled = [
        *labels(BIT_BY_BIT).objects.items(),
        *reversed(captures(BIT_BY_BIT).objects.items()),
    ]
    for first in range(0, len(shuffled), 6):
        for key, body in [*shuffled[first : first + 6], *shuffled[max(first - 2, 0) : first]]:
            stack.put(key, body)
        tick(stack, BIT_BY_BIT)
    stack.wait_until_split(BIT_BY_BIT, captures(BIT_BY_BIT), labels(BIT_BY_BIT))

    def the_same() -> bool:
        tick(stack, BIT_BY_BIT)
        return kept(stack, BIT_BY_BIT) == kept(stack, AT_ONCE)

    stack.eventually(the_same, "the same ledger of both endpoints", 60)
    assert set(kept(stack, AT_ONCE)) == {iso(start) for start in MINUTES}
    for (row,) in kept(stack, AT_ONCE).values():
        assert row["judged"] == dict(row["join_counts"])["evaluated"] > 0
        assert row["state"] == "final"
    progress = [key for key in stack.keys(f"ledger/endpoint={BIT_BY_BIT}/") if "_progress" in key]
    assert len(progress) == 1
