"""Versions of windows in a folder: written once, read as they were, found by their window."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.ledger import Ledger, endpoints
from monitor.ledger_reading import from_rows
from monitor.ledger_rows import LEDGER, result_of, to_rows, to_table
from monitor.lineage import Input, Lineage
from monitor.locations import Location
from monitor.maturity import Maturity, State
from monitor.metrics import ConfusionMatrix
from monitor.progress import Progress
from monitor.quality import ALL_VARIANTS, NO_HEALTH, Health
from monitor.windows import Window

from .kept import version
from .rows import HOUR, NINE, ONE_HOUR
from .told import measured

LINEAGE = Lineage(
    (Input("predictions/a", "1"), Input("ground-truth/b", "2")), "c", "settings", "baseline", "code"
)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(Location.of(str(tmp_path / "ledger")), "churn")


MATRIX = ConfusionMatrix(("0", "1"), np.array([[3, 1], [0, 2]]), "1")


def hour(number: int) -> Window:
    return Window(NINE + number * HOUR, NINE + (number + 1) * HOUR)


def test_a_version_is_written_once(ledger: Ledger) -> None:
    first = version(ONE_HOUR)
    assert ledger.append(first)
    assert not ledger.append(replace(first, because="of somebody else"))
    assert ledger.read(ONE_HOUR, 1).because == first.because
    assert ledger.append(version(ONE_HOUR, 2))


def test_versions_are_found_by_the_start_of_their_window_in_order(ledger: Ledger) -> None:
    for number in (3, 0, 25, -10):
        ledger.append(version(hour(number)))
    ledger.append(version(hour(0), 2))
    found = ledger.versions(NINE, hour(25).start)
    assert [(v.window, v.number) for v in found] == [(hour(0), 1), (hour(0), 2), (hour(3), 1)]


def test_the_newest_version_of_each_window_is_read(ledger: Ledger) -> None:
    for number in range(1, 12):
        ledger.append(version(hour(0), number))
    ledger.append(version(hour(1)))
    wanted = [hour(0), hour(2)]
    assert ledger.numbers(wanted) == {hour(0): 11}
    assert {window: v.number for window, v in ledger.latest(wanted).items()} == {hour(0): 11}
    assert ledger.numbers([]) == {}
    assert ledger.latest([]) == {}


def test_windows_of_one_start_and_another_length_are_other_windows(ledger: Ledger) -> None:
    day = Window(NINE, NINE + 24 * HOUR)
    ledger.append(version(hour(0)))
    assert ledger.append(version(day))
    assert ledger.numbers([day]) == {day: 1}


def test_each_endpoint_has_a_ledger_of_its_own(tmp_path: Path) -> None:
    location = Location.of(str(tmp_path))
    assert endpoints(location) == []
    for name in ("churn", "fraud"):
        Ledger(location, name).append(version(ONE_HOUR))
    assert endpoints(location) == ["churn", "fraud"]


def test_files_lie_by_day_and_are_named_by_window_and_number(ledger: Ledger) -> None:
    ledger.append(version(Window(NINE, NINE + timedelta(minutes=5)), 12))
    ((path),) = Path(ledger.folder.path).rglob("*.parquet")
    assert path.relative_to(ledger.location.path).parts == (
        "endpoint=churn",
        "date=2026-11-20",
        "20261120T090000Z-300s-v000012.parquet",
    )
    assert pq.read_schema(path).equals(LEDGER)


@settings(deadline=None, max_examples=25)
@given(
    st.dictionaries(
        st.sampled_from(["accuracy", "auc", "recall"]), st.none() | st.floats(0, 1), min_size=1
    ),
    st.integers(1, 10**6),
    st.sampled_from(State),
    st.sampled_from(["AllTraffic", ALL_VARIANTS]),
)
def test_what_is_read_is_what_was_written(
    values: Mapping[str, float | None], number: int, state: State, variant: str
) -> None:
    quality = replace(
        measured(values, dict.fromkeys(values, 0.1)),
        variant=variant,
        maturity=Maturity(state, "because"),
        inputs={"confusion_matrix": MATRIX},
    )
    written = replace(
        version(ONE_HOUR, number, datetime(2026, 11, 21, 3, 4, 5, 678, UTC)),
        qualities=(quality,),
        lineage=LINEAGE,
    )
    body = io.BytesIO()
    pq.write_table(to_table(written), body)
    found = from_rows(pq.read_table(io.BytesIO(body.getvalue())).to_pylist(), quality.endpoint)
    assert (found.number, found.as_of, found.because) == (
        written.number,
        written.as_of,
        written.because,
    )
    assert found.lineage == LINEAGE
    assert found.window == ONE_HOUR
    assert to_rows(found) == to_rows(written)
    assert result_of(found) == result_of(written)
    assert found.is_final is (state is State.FINAL)


def test_two_versions_have_one_result_if_only_the_run_differs() -> None:
    first = version(ONE_HOUR)
    other = replace(first, number=2, as_of=NINE + HOUR, because="", lineage=LINEAGE)
    same = replace(other, lineage=replace(other.lineage, baseline="", configuration=""))
    assert result_of(first) == result_of(same)
    assert result_of(first) != result_of(other), "the baseline is another"
    (quality,) = first.qualities
    healthier = replace(quality, health=Health({**NO_HEALTH.counts, "records": 7}))
    assert result_of(first) != result_of(replace(first, qualities=(healthier,)))


def test_progress_begins_with_nothing_and_is_changed_on_top_of_what_others_changed(
    ledger: Ledger,
) -> None:
    assert ledger.progress() == Progress()
    for name in ("a", "b"):
        ledger.update(lambda known, name=name: replace(known, seen={**known.seen, name: "1"}))  # type: ignore[misc]
    assert ledger.progress().seen == {"a": "1", "b": "1"}


def test_a_damaged_progress_is_none_and_is_written_anew(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    ledger.update(lambda known: replace(known, documents="d"))
    (path,) = Path(ledger.folder.path).glob("_progress*")
    path.write_bytes(path.read_bytes()[:-5])
    with caplog.at_level(logging.WARNING):
        assert ledger.progress() == Progress()
    assert "is damaged" in caplog.text
    assert "all files are looked at anew" in caplog.text
    ledger.update(lambda known: replace(known, documents="e"))
    assert ledger.progress().documents == "e"


def test_progress_is_no_version(ledger: Ledger) -> None:
    ledger.update(lambda known: known)
    ledger.append(version(ONE_HOUR))
    assert len(list(ledger.versions(NINE - 24 * HOUR, NINE + 24 * HOUR))) == 1
