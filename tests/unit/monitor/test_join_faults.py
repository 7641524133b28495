"""Faults between an endpoint and its labels: each is told under its own name, and no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from monitor.constraints import Status
from monitor.join_health import broken
from tests.unit.monitor.world import Sent, Told, World, checked, healthy

Fault = Callable[[World, float], World]
HEALTHY = healthy()


def some(world: World, share: float) -> list[Sent]:
    """Every so-many-th request of the judged hour."""
    requests = world.judged
    return [r for number, r in enumerate(requests) if number * share % 1 + share >= 1]


def retold(world: World, share: float, change: Callable[[Told, Sent], list[Told]]) -> World:
    """With other labels for some requests."""
    chosen = {request.id: request for request in some(world, share)}
    told = [
        new
        for label in world.told
        for new in (change(label, chosen[label.request]) if label.request in chosen else [label])
    ]
    return replace(world, told=tuple(told))


def labels_are_lost(world: World, share: float) -> World:
    return retold(world, share, lambda _label, _request: [])


def labels_speak_of_other_requests(world: World, share: float) -> World:
    return retold(world, share, lambda label, _: [replace(label, request=f"x-{label.request}")])


def labels_are_said_twice(world: World, share: float) -> World:
    return retold(world, share, lambda label, _request: [label, label])


def labels_contradict_each_other(world: World, share: float) -> World:
    return retold(world, share, lambda label, _: [label, replace(label, label=1 - label.label)])


def positions_are_counted_from_one(world: World, share: float) -> World:
    def shifted(label: Told, _request: Sent) -> list[Told]:
        assert label.position is not None
        return [replace(label, position=label.position + 1)]

    return retold(world, share, shifted)


def labels_name_no_position(world: World, share: float) -> World:
    return retold(world, share, lambda label, _request: [replace(label, position=None)])


def an_inference_id_is_used_again(world: World, share: float) -> World:
    """By the next request, so that the labels of both are for one id."""
    before = dict(zip(world.judged[1:], world.judged, strict=False))
    pairs = [(before[later], later) for later in some(world, share / 2)]
    ids = {request.id: f"used-{first.id}" for first, later in pairs for request in (first, later)}
    told = tuple(replace(t, request=ids.get(t.request, t.request)) for t in world.told)
    same = (replace(r, inference_id=ids[r.id]) for pair in pairs for r in pair)
    return replace(world.changed(*same), told=told)


def request_and_response_differ_in_length(world: World, share: float) -> World:
    return world.changed(*(replace(r, asked=r.asked + 1) for r in some(world, share)))


def responses_cannot_be_read(world: World, share: float) -> World:
    return world.changed(*(replace(r, damage="response") for r in some(world, share)))


def single_records_cannot_be_read(world: World, share: float) -> World:
    """The last one of each request that has several."""
    return world.changed(*(replace(r, damage="record") for r in some(world, share)))


def lines_are_cut_off(world: World, share: float) -> World:
    return world.changed(*(replace(r, damage="line") for r in some(world, share)))


def an_hour_is_not_captured(world: World, _share: float) -> World:
    return replace(world, sent=tuple(r for r in world.sent if not r.judged))


FAULTS: list[tuple[Fault, float, str]] = [
    (labels_are_lost, 0.7, "coverage"),
    (labels_are_lost, 1, "coverage"),
    (labels_speak_of_other_requests, 0.2, "orphan_labels"),
    (labels_speak_of_other_requests, 1, "orphan_labels"),
    (labels_are_said_twice, 1, "duplicate_labels"),
    (labels_contradict_each_other, 0.2, "conflicting_labels"),
    (labels_contradict_each_other, 1, "conflicting_labels"),
    (an_inference_id_is_used_again, 0.1, "duplicate_inference_ids"),
    (an_inference_id_is_used_again, 1, "duplicate_inference_ids"),
    (positions_are_counted_from_one, 0.2, "positions_out_of_range"),
    (positions_are_counted_from_one, 1, "positions_out_of_range"),
    (labels_name_no_position, 0.2, "labels_without_position"),
    (labels_name_no_position, 1, "labels_without_position"),
    (request_and_response_differ_in_length, 0.1, "length_mismatches"),
    (request_and_response_differ_in_length, 1, "length_mismatches"),
    (responses_cannot_be_read, 0.15, "unreadable_requests"),
    (responses_cannot_be_read, 1, "unreadable_requests"),
    (lines_are_cut_off, 0.15, "unreadable_requests"),
    (lines_are_cut_off, 1, "unreadable_requests"),
    (single_records_cannot_be_read, 0.4, "rejected"),
    (single_records_cannot_be_read, 1, "rejected"),
    (an_hour_is_not_captured, 1, "capture_gap"),
]
each_fault = pytest.mark.parametrize(
    ("fault", "share", "violation"),
    FAULTS,
    ids=[f"{fault.__name__}-{share:.0%}" for fault, share, _ in FAULTS],
)


@each_fault
def test_a_fault_is_told_under_its_own_name_and_no_other(
    fault: Fault, share: float, violation: str, tmp_path: Path
) -> None:
    found = checked(fault(HEALTHY, share), tmp_path)
    assert [n for n, item in found.items() if item.status is Status.VIOLATION] == [violation]
    reason = found[violation].reason
    assert reason
    assert broken(found.values()) == f"the join is broken: {reason}"


def nothing(world: World, _share: float) -> World:
    return world


HARMLESS: list[tuple[Fault, float]] = [
    (nothing, 0),
    (labels_are_lost, 0.3),
    (labels_speak_of_other_requests, 0.02),
    (labels_are_said_twice, 0.3),
    (labels_contradict_each_other, 0.02),
    (an_inference_id_is_used_again, 0.01),
    (positions_are_counted_from_one, 0.01),
    (labels_name_no_position, 0.01),
    (request_and_response_differ_in_length, 0.01),
    (responses_cannot_be_read, 0.03),
    (single_records_cannot_be_read, 0.1),
]


@pytest.mark.parametrize(
    ("fault", "share"), HARMLESS, ids=[f"{fault.__name__}-{share:.0%}" for fault, share in HARMLESS]
)
def test_a_healthy_window_and_one_with_few_mishaps_raise_nothing(
    fault: Fault, share: float, tmp_path: Path
) -> None:
    assert broken(checked(fault(HEALTHY, share), tmp_path).values()) is None


@pytest.mark.parametrize("fault", [labels_are_lost, labels_speak_of_other_requests])
def test_what_time_may_mend_is_not_told_before_the_window_is_final(
    fault: Fault, tmp_path: Path
) -> None:
    assert broken(checked(fault(HEALTHY, 1), tmp_path, final=False).values()) is None


def test_two_faults_of_different_kinds_are_both_told(tmp_path: Path) -> None:
    world = request_and_response_differ_in_length(HEALTHY, 0.1)
    found = checked(labels_speak_of_other_requests(world, 0.3), tmp_path)
    violated = [name for name, item in found.items() if item.status is Status.VIOLATION]
    assert violated == ["length_mismatches", "orphan_labels"]
