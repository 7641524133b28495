"""How far a ledger is: nothing that touches a window is lost, whoever runs when, or dies."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.progress import (
    Plan,
    Progress,
    begun,
    done,
    plan_of,
    planned,
    pruned,
)
from monitor.progress_document import BadProgress, from_document, to_document
from monitor.windows import Window

from .rows import HOUR, NINE

WINDOWS = tuple(Window(NINE + n * HOUR, NINE + (n + 1) * HOUR) for n in range(3))
FIRST, SECOND, THIRD = WINDOWS
END = THIRD.end

seconds = st.integers(0, 10**9).map(lambda number: NINE + timedelta(seconds=number))
some_windows = st.builds(
    lambda start, length: Window(start, start + timedelta(seconds=length)),
    seconds,
    st.integers(1, 10**6),
)
documents = st.builds(
    Progress,
    since=st.none() | seconds,
    documents=st.text(),
    seen=st.dictionaries(st.text(), st.text()),
    plans=st.integers(0, 2**53),
    pending=st.dictionaries(some_windows, st.integers(0, 2**53)),
    open=st.dictionaries(some_windows, seconds),
    untold=st.dictionaries(some_windows, st.integers(0, 2**31)),
)


@given(documents)
def test_a_document_says_what_was_written(progress: Progress) -> None:
    body = to_document(progress)
    assert from_document(body) == progress
    assert to_document(from_document(body)) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"{}", mtime=0),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b'{"version": 2}', mtime=0),
        to_document(Progress())[:-3],
        gzip.compress(
            orjson.dumps(
                orjson.loads(gzip.decompress(to_document(Progress()))) | {"pending": [["noon", 1]]}
            ),
            mtime=0,
        ),
    ],
)
def test_a_damaged_document_is_told_as_such(body: bytes) -> None:
    with pytest.raises(BadProgress):
        from_document(body)


@given(st.data())
def test_no_bit_that_fell_over_stops_the_monitor(data: st.DataObject) -> None:
    body = bytearray(to_document(Progress(seen={f"key {n}": f"{n}" for n in range(20)})))
    body[data.draw(st.integers(0, len(body) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(BadProgress):
        from_document(bytes(body))


def plan(
    progress: Progress, touched: set[Window], began: int, files: dict[str, str] | None = None
) -> Progress:
    return planned(progress, files or {}, touched, began, NINE, "d")


def test_a_file_is_new_until_it_was_looked_at_and_again_when_it_changes() -> None:
    progress = plan(Progress(), set(), 0, {"a": "1"})
    assert progress.new({"a": "1"}) == []
    assert progress.new({"a": "2", "b": "1"}) == ["a", "b"]


def test_the_first_run_says_since_when_people_are_told() -> None:
    progress = planned(Progress(), {}, (), 0, NINE, "d")
    assert planned(progress, {}, (), 0, NINE + HOUR, "e").since == NINE


def test_a_provisional_window_is_due_when_its_time_is_up() -> None:
    progress = plan(Progress(), {FIRST}, 0)
    progress = done(progress, [FIRST], {FIRST: END}, plan_of(progress, 0, END))
    assert progress.due(END - HOUR) == set()
    assert progress.due(END) == {FIRST}
    progress = plan(progress, {FIRST}, progress.plans)
    ours = plan_of(progress, progress.plans, END)
    assert done(progress, [FIRST], {}, ours).due(END) == set()


def test_what_lies_before_the_range_is_forgotten() -> None:
    def key(hour: datetime) -> str:
        return f"predictions/endpoint=churn/variant=blue/date={hour:%Y-%m-%d}/hour={hour:%H}/a"

    seen = {key(NINE): "1", key(NINE + HOUR): "2", "elsewhere": "3"}
    found = pruned(Progress(seen=seen), {}, NINE + HOUR, HOUR)
    assert found.seen == {key(NINE + HOUR): "2", "elsewhere": "3"}


def test_a_file_that_is_still_listed_is_remembered_however_old_it_is() -> None:
    key = f"ground-truth/endpoint=churn/date={NINE:%Y-%m-%d}/hour={NINE:%H}/a"
    progress = plan(Progress(), set(), 0, {key: "1"})
    found = pruned(progress, {key}, NINE + HOUR, HOUR)
    assert not found.new({key: "1"})


def test_a_window_is_untold_from_when_it_was_begun_until_it_is_done() -> None:
    progress = plan(Progress(), {FIRST}, 0)
    ours = plan_of(progress, 0, END)
    progress = begun(progress, [FIRST, SECOND], {FIRST: 3})
    assert progress.untold == {FIRST: 3}, "the second is another run's"
    progress = begun(progress, [FIRST], {FIRST: 4})
    assert progress.untold == {FIRST: 3}, "the run before died between writing and telling"
    assert done(progress, [FIRST], {}, ours).untold == {}


def test_windows_of_a_length_that_is_no_longer_asked_for_are_forgotten() -> None:
    day = Window(NINE, NINE + 24 * HOUR)
    progress = Progress(pending={FIRST: 1, day: 1}, open={SECOND: END, day: END})
    found = pruned(progress, {}, NINE, HOUR)
    assert (set(found.pending), set(found.open)) == ({FIRST}, {SECOND})


def test_a_window_that_could_not_be_told_stays_pending() -> None:
    progress = plan(Progress(), {FIRST, SECOND}, 0)
    after = done(progress, [FIRST], {}, plan_of(progress, 0, END))
    assert set(after.pending) == {SECOND}


def test_a_window_that_another_run_planned_meanwhile_stays_pending() -> None:
    progress = plan(Progress(), {FIRST}, 0)
    ours = plan_of(progress, 0, END)
    progress = plan(progress, {FIRST}, progress.plans)
    theirs = plan_of(progress, ours.number + 1, END)
    progress = done(progress, [FIRST], {}, ours)
    assert set(progress.pending) == {FIRST}
    assert not done(progress, [FIRST], {}, theirs).pending, "they began later, and listed all"


def test_of_two_runs_that_began_together_the_second_leaves_its_windows_to_the_next() -> None:
    first = plan(Progress(), {FIRST}, 0)
    assert plan_of(first, 0, END) == Plan(0, 1, frozenset({FIRST}))
    second = plan(first, {FIRST, SECOND}, 0)
    found = plan_of(second, 0, END)
    assert (found.windows, found.complete) == (frozenset(), False)
    after = done(second, [FIRST], {}, plan_of(first, 0, END))
    assert set(after.pending) == {FIRST, SECOND}
    third = plan(after, set(), after.plans)
    assert plan_of(third, after.plans, END).windows == {FIRST, SECOND}


def test_what_another_run_struck_out_before_is_judged_once_more() -> None:
    progress = plan(Progress(), {FIRST}, 0)
    ours = plan_of(progress, 0, END)
    theirs = Plan(progress.plans, progress.plans + 1)
    progress = done(progress, [FIRST], {}, theirs)
    assert not progress.pending
    assert set(done(progress, [FIRST], {}, ours).pending) == {FIRST}


# ---- Two runs at one time ------------------------------------------------------------------------


@dataclass
class World:
    """Files as they come, each of one window; the progress, and versions: files and their time."""

    files: list[int] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    versions: dict[Window, list[tuple[set[int], int]]] = field(
        default_factory=lambda: {window: [] for window in WINDOWS}
    )

    def newest(self, window: Window) -> set[int]:
        return self.versions[window][-1][0] if self.versions[window] else set()

    def of(self, window: Window, files: list[int]) -> set[int]:
        return {n for n in files if WINDOWS[n % len(WINDOWS)] == window}


def a_run(world: World, as_of: int) -> Iterator[None]:
    """One run, step by step; anything may happen between its steps."""
    began = world.progress
    yield
    # A listing takes its time: of what comes meanwhile it has the one and not the other.
    some = list(world.files)
    yield
    listed = some + [number for number in world.files if number not in some and number % 2]
    versions = {str(number): "" for number in listed}
    touched = {WINDOWS[int(key) % len(WINDOWS)] for key in began.new(versions)}
    yield
    world.progress = planned(world.progress, versions, touched, began.plans, NINE, "d")
    ours = plan_of(world.progress, began.plans, END)
    yield
    for window in sorted(ours.windows):
        remembered = len(world.versions[window])
        yield
        if window not in world.progress.pending:
            continue
        yield
        others = world.versions[window][remembered:]
        later = bool(others) and others[-1][1] >= as_of
        if not later:
            world.versions[window].append((world.of(window, listed), as_of))
            # Who dies just here has written what he may not have struck out again.
            world.progress = done(world.progress, [window], {}, ours)
        yield


steps = st.lists(st.sampled_from(["one", "other", "file"]), max_size=60)


@settings(deadline=None, max_examples=500)
@given(steps, st.permutations([1, 2]), st.sets(st.sampled_from(["one", "other"])))
def test_no_interleaving_of_two_runs_loses_a_file(
    interleaving: list[str], as_of: list[int], dying: set[str]
) -> None:
    """However late a run is, and whatever its clock says; the run after them has it right."""
    world = World()
    runs = {"one": a_run(world, as_of[0]), "other": a_run(world, as_of[1])}
    for step in interleaving:
        if step == "file":
            world.files.append(len(world.files))
        else:
            next(runs[step], None)
    for name, run in runs.items():
        if name not in dying:
            for _ in run:
                pass
    for _ in a_run(world, 3):
        pass
    for window in WINDOWS:
        assert world.newest(window) == world.of(window, world.files)


@settings(deadline=None)
@given(st.lists(st.integers(0, 3), max_size=6))
def test_a_run_with_nothing_new_judges_nothing(files: list[int]) -> None:
    world = World()
    for many in files:
        world.files += range(len(world.files), len(world.files) + many)
        for _ in a_run(world, 1):
            pass
    before = {window: len(found) for window, found in world.versions.items()}
    for _ in a_run(world, 2):
        pass
    assert {window: len(found) for window, found in world.versions.items()} == before
