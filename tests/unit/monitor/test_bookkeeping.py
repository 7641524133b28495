"""A window's quality is told once: when it is final, or as soon as it can be told after that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from monitor.bookkeeping import Bookkeeper
from monitor.constraints import Status
from monitor.ledger import Ledger
from monitor.ledger_rows import Version
from monitor.lineage import Lineage
from monitor.locations import Location
from monitor.results import WindowResult
from monitor.windows import Window

from .rows import HOUR, NINE
from .told import hour, verdict

NOON = NINE + 3 * HOUR


@dataclass
class Runs:
    """Runs that judge one window, one after the other; each answers whether it told quality."""

    ledger: Ledger
    told: list[bool] = field(default_factory=list)

    def run(
        self,
        judged: int,
        untold_since: Mapping[Window, int] | None = None,
        *,
        arrives: bool = True,
        number: int = 0,
    ) -> Bookkeeper:
        def publish(found: WindowResult, _version: Version, _before: Version | None) -> bool:
            self.told += [found.whole.matured] * arrives
            return arrives

        keeper = Bookkeeper(self.ledger, NOON + number * HOUR, publish, untold_since or {})
        was_final = keeper.remember([hour(0)])
        quality = replace(verdict(Status.OK, hour(0)), judged=judged)
        quality = replace(quality, matured=(quality.variant, hour(0)) not in was_final)
        keeper.keep(WindowResult(hour(0), (quality,)), Lineage())
        return keeper


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(Ledger(Location.of(str(tmp_path)), "e"))


def test_quality_is_told_when_a_window_is_final_and_not_when_it_is_corrected(runs: Runs) -> None:
    for number, judged in enumerate((10, 11, 11)):
        runs.run(judged, number=number)
    assert runs.told == [True, False]


@pytest.mark.parametrize("judged", [10, 11])
def test_what_could_not_be_told_is_told_by_the_next_run_whatever_came_meanwhile(
    runs: Runs, judged: int
) -> None:
    assert runs.run(10, arrives=False).unfinished == {hour(0)}
    runs.run(judged, {hour(0): 0}, number=1)
    assert runs.told == [True]


@pytest.mark.parametrize("judged", [10, 11])
def test_a_window_that_was_told_and_is_judged_by_the_run_after_a_dead_one_is_told_no_quality(
    runs: Runs, judged: int
) -> None:
    runs.run(10)
    runs.run(judged, {hour(0): 1}, number=1)
    assert not any(runs.told[1:])
