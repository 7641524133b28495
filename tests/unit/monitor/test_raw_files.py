"""Raw files prepared on the way: what of them is kept, and whose labels they are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from inference_records.configuration import Configuration
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.raw_files import prepare
from monitor.windows import parse_time
from tests.unit.records.splitting import capture_line, side

GOOD = capture_line(side([1, 0]))
NINE = parse_time("2026-11-20T09:00:00Z")


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def captured(folder: Path, endpoint: str, *lines: bytes) -> None:
    path = folder / endpoint / "AllTraffic/2026/11/20/09/12-31-482-6f1c.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"\n".join(lines))


def prepared(folder: Path, resources: ExitStack, only: str | None = None) -> Prepared:
    found, _ = prepare(Location.of(str(folder)), None, Configuration(), resources, only)
    return found


def test_what_could_not_be_read_is_found_beside_what_was(
    tmp_path: Path, resources: ExitStack
) -> None:
    captured(tmp_path, "churn", GOOD, b"{")
    found = prepared(tmp_path, resources)
    (path,) = found.set_aside("churn", NINE, None)
    (row,) = pq.ParquetFile(path).read().to_pylist()
    assert (row["reason"], row["records"]) == ("broken_json", 1)
    assert found.set_aside("churn", parse_time("2026-11-20T10:00:00Z"), None) == []
    assert found.set_aside("fraud", None, None) == []


def test_labels_of_nobody_by_name_are_the_only_endpoints(
    tmp_path: Path, resources: ExitStack
) -> None:
    captured(tmp_path, "churn", GOOD)
    assert not prepared(tmp_path, resources).shares_labels()


@pytest.mark.parametrize("only", [None, "churn"])
def test_labels_of_nobody_by_name_may_be_anothers_though_it_was_left_out(
    only: str | None, tmp_path: Path, resources: ExitStack
) -> None:
    captured(tmp_path, "churn", GOOD)
    captured(tmp_path, "fraud", GOOD)
    assert prepared(tmp_path, resources, only).shares_labels()
