"""Our metrics have the values that Evidently and NannyML compute from the same records."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.oracles.cases import Case, cases
from tests.oracles.conftest import ByCase, Greatest
from tests.oracles.definitions import COMPARED, DIFFERENCES, OURS, TOLERANCE, TOLERANCES

pytestmark = pytest.mark.oracle

each_case = pytest.mark.parametrize("case", cases())


def apart(one: float | None, other: float) -> float:
    """The difference of two values, relative to the greater one."""
    if one is None:
        return float("inf")
    return abs(one - other) / max(abs(one), abs(other)) if one != other else 0.0


@each_case
def test_every_metric_that_both_have_is_compared(
    case: str, peer: str, known: Mapping[str, Case], ours: ByCase, theirs: ByCase
) -> None:
    names = COMPARED[peer, known[case].settings["problem_type"]]
    assert names <= theirs[case].keys()
    assert {OURS.get(name, name) for name in theirs[case]} <= ours[case].keys()


@each_case
def test_the_values_are_equal(
    case: str,
    peer: str,
    known: Mapping[str, Case],
    ours: ByCase,
    theirs: ByCase,
    greatest: Greatest,
) -> None:
    unequal = {}
    for name, other in theirs[case].items():
        assert other is not None
        one = ours[case][OURS.get(name, name)]
        if difference := DIFFERENCES.get((peer, case, name)):
            one = difference.theirs(one, known[case].frame)
        key = name.partition(".")[0], peer
        greatest[key] = max(greatest.get(key, 0.0), apart(one, other))
        if apart(one, other) > TOLERANCES.get(name, TOLERANCE):
            unequal[name] = one, other
    assert unequal == {}


def test_definitions_that_are_called_different_are_so(
    peer: str, ours: ByCase, theirs: ByCase
) -> None:
    for said_by, case, name in DIFFERENCES:
        if said_by == peer:
            other = theirs[case][name]
            assert other is not None
            assert apart(ours[case][OURS.get(name, name)], other) > TOLERANCE
