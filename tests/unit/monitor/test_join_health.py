"""Whether a join is broken: shares, their limits, chance, and which fault explains another."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert
from scipy.stats import binom

from inference_records.verdict_settings import JoinLimits
from monitor.constraints import Status
from monitor.health import HEALTH_COUNTS
from monitor.join_health import CHANCE, JoinCheck, broken, check_join
from monitor.join_shares import CAPTURE_GAP, SHARES, shares

LIMITS = JoinLimits()
NAMES = [share.name for share in SHARES]
HEALTHY = {
    "requests": 1_000,
    "records": 1_000,
    "evaluated": 950,
    "unlabelled": 50,
    "labels": 950,
    "arrived_labels": 950,
}


def checks(
    otherwise: Mapping[str, int] = MappingProxyType({}),
    *,
    limits: JoinLimits = LIMITS,
    final: bool = True,
    gap: bool = False,
) -> dict[str, JoinCheck]:
    """The checks of a healthy window in which something is otherwise."""
    whole = {**dict.fromkeys(HEALTH_COUNTS, 0), **HEALTHY, **otherwise}
    return {item.name: item for item in check_join(whole, limits, final=final, gap=gap)}


def violated(found: dict[str, JoinCheck]) -> list[str]:
    return [name for name, item in found.items() if item.status is Status.VIOLATION]


def test_a_healthy_window_passes_every_check() -> None:
    found = checks()
    assert {item.status for item in found.values()} == {Status.OK}
    assert list(found) == [CAPTURE_GAP, *NAMES]
    assert broken(found.values()) is None


def test_every_limit_has_its_share_which_is_made_of_counts() -> None:
    assert {share.limit for share in SHARES} | {CAPTURE_GAP} == set(LIMITS.__struct_fields__)
    assert {name for s in SHARES for name in (s.part, *s.whole)} <= set(HEALTH_COUNTS)
    earlier: set[str] = {CAPTURE_GAP}
    for share in SHARES:
        assert set(share.explained_by) <= earlier, "causes are checked first"
        earlier.add(share.name)


def test_the_reason_tells_a_person_the_share_the_numbers_and_the_limit() -> None:
    found = checks({"orphan_labels": 800, "arrived_labels": 1_600, "rejected": 200})
    assert broken(found.values()) == (
        "the join is broken: 16.67 % of the captured records could not be read "
        "(200 of 1,200; max_rejected is 5 %); 50 % of the labels that arrived fit no captured "
        "request (800 of 1,600; max_orphan_labels is 5 %)"
    )


def test_a_share_of_nothing_is_not_evaluated() -> None:
    counts = dict.fromkeys(HEALTH_COUNTS, 0)
    found = check_join(counts, LIMITS, final=True, gap=False)
    assert {(item.value, item.status) for item in found[1:]} == {(None, Status.NOT_EVALUATED)}
    assert all(item.reason and item.reason.startswith("there are no") for item in found[1:])
    assert shares(counts) == {}


def test_what_time_may_mend_is_judged_once_the_window_is_final() -> None:
    late = {
        "evaluated": 0,
        "unlabelled": 1_000,
        "labels": 0,
        "arrived_labels": 100,
        "orphan_labels": 100,
    }
    early = checks(late, final=False)
    assert violated(early) == []
    for name in ("orphan_labels", "coverage"):
        assert early[name].status is Status.NOT_EVALUATED
        assert early[name].reason == "judged once the window is final"
        assert early[name].value is not None
    assert violated(checks(late)) == ["orphan_labels", "coverage"]


def test_other_faults_are_told_before_the_window_is_final() -> None:
    assert violated(checks({"positions_out_of_range": 900}, final=False)) == [
        "positions_out_of_range"
    ]


def test_one_orphan_of_three_labels_may_be_chance() -> None:
    counts = {"requests": 3, "records": 3, "evaluated": 2, "unlabelled": 1, "arrived_labels": 3}
    found = checks({"orphan_labels": 1, **counts})["orphan_labels"]
    assert found.status is Status.NOT_ENOUGH_EVIDENCE
    assert found.value == pytest.approx(1 / 3)
    assert found.reason is not None
    assert found.reason.endswith("so few requests may do that by chance")


def test_the_records_of_one_request_are_one_case() -> None:
    counts = {"records": 200, "evaluated": 150, "unlabelled": 50, "arrived_labels": 200}
    alone = checks({"requests": 200, "orphan_labels": 50, **counts})
    together = checks({"requests": 4, "orphan_labels": 50, **counts})
    assert alone["orphan_labels"].status is Status.VIOLATION
    assert together["orphan_labels"].status is Status.NOT_ENOUGH_EVIDENCE


def test_a_limit_of_nothing_at_all_tolerates_not_a_single_case() -> None:
    limits = JoinLimits(max_rejected=0, min_coverage=1)
    counts = {"requests": 1, "records": 50, "labels": 49, "evaluated": 49, "unlabelled": 1}
    found = checks({"rejected": 1, **counts}, limits=limits)
    assert violated(found) == ["rejected", "coverage"]
    none = counts | {"evaluated": 50, "unlabelled": 0}
    assert violated(checks(none, limits=limits)) == []


def test_limits_of_everything_are_never_passed() -> None:
    most = dict.fromkeys((share.limit for share in SHARES if not share.is_floor), 1.0)
    limits = convert({**most, "min_coverage": 0, "capture_gap": False}, JoinLimits)
    worst = dict.fromkeys(HEALTH_COUNTS, 1_000) | {"evaluated": 0}
    assert violated(checks(worst, limits=limits, gap=True)) == []


def test_a_gap_is_a_violation_unless_it_is_switched_off() -> None:
    nothing = dict.fromkeys(HEALTHY, 0)
    assert violated(checks(nothing, gap=True)) == [CAPTURE_GAP]
    found = checks(nothing, gap=True, limits=JoinLimits(capture_gap=False))
    assert found[CAPTURE_GAP].status is Status.NOT_EVALUATED


def test_labels_that_lost_their_requests_in_a_gap_are_no_second_fault() -> None:
    nothing = dict.fromkeys(HEALTHY, 0)
    found = checks(nothing | {"arrived_labels": 500, "orphan_labels": 500}, gap=True)
    assert violated(found) == [CAPTURE_GAP]
    assert found["orphan_labels"].reason is not None
    assert found["orphan_labels"].reason.endswith("; capture_gap may explain it")


def test_what_a_fault_does_not_explain_is_told_beside_it() -> None:
    lost = {"evaluated": 50, "unlabelled": 950, "arrived_labels": 1_000}
    misplaced = checks({"orphan_labels": 950, **lost})
    assert violated(misplaced) == ["orphan_labels"]
    both = checks({**lost, "orphan_labels": 100, "arrived_labels": 150})
    assert violated(both) == ["orphan_labels", "coverage"]


@pytest.mark.parametrize("records", [1_000, 100_000, 10_000_000])
def test_a_share_at_its_limit_is_no_violation_however_many_there_are(records: int) -> None:
    counts = {"requests": records, "records": records, "arrived_labels": records}
    found = checks({"orphan_labels": records // 20, **counts})
    assert found["orphan_labels"].status is Status.OK
    clear = checks({"orphan_labels": records // 10, **counts})
    assert clear["orphan_labels"].status is Status.VIOLATION


@given(st.integers(1, 500))
def test_a_violation_is_rarer_than_its_chance_where_the_true_share_is_the_limit(
    cases: int,
) -> None:
    limit = LIMITS.max_orphan_labels
    counts = {"requests": cases, "records": cases, "evaluated": cases, "arrived_labels": cases}
    first = next(
        (k for k in range(cases + 1) if violated(checks({"orphan_labels": k, **counts}))), cases + 1
    )
    tail = float(binom.sf(first - 1, cases, limit))
    assert tail <= CHANCE * (1 + 1e-9)


counts_ = st.integers(0, 3_000)


@given(st.fixed_dictionaries(dict.fromkeys(HEALTH_COUNTS, counts_)), st.booleans(), st.booleans())
def test_whatever_the_counts_every_check_comes_to_something(
    counts: dict[str, int], final: bool, gap: bool
) -> None:
    counts["evaluated"] = min(counts["evaluated"], counts["records"])
    for name in ("positions_out_of_range", "labels_without_position"):
        counts[name] = min(counts[name], counts["labels"])
    counts["orphan_labels"] = min(counts["orphan_labels"], counts["arrived_labels"])
    counts["conflicting_labels"] = min(counts["conflicting_labels"], counts["evaluated"])
    found = check_join(counts, LIMITS, final=final, gap=gap)
    assert [item.name for item in found] == [CAPTURE_GAP, *NAMES]
    for item in found:
        assert item.value is None or 0 <= item.value <= 1
        assert (item.reason is None) == (item.status is Status.OK)
    anything = any(item.status is Status.VIOLATION for item in found)
    assert (broken(found) is not None) == anything


def test_shares_have_names_of_their_own_beside_the_counts() -> None:
    found = shares(dict.fromkeys(HEALTH_COUNTS, 0) | HEALTHY)
    assert found["coverage"] == 0.95
    assert found["orphan_labels_share"] == 0
    assert not set(found) & set(HEALTH_COUNTS)
    assert len(found) == len(SHARES)
