"""Which verdicts are told: laws over whole histories, and the document that remembers."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.constraints import Status
from monitor.quality import Quality
from monitor.verdicts import (
    BadVerdicts,
    Change,
    Held,
    Standing,
    changes,
    from_document,
    remember,
    to_document,
)
from monitor.windows import Window

from .rows import HOUR, NINE
from .told import hour, verdict

OK, VIOLATION, NOT_EVALUATED = Status.OK, Status.VIOLATION, Status.NOT_EVALUATED
NOT_ENOUGH_EVIDENCE = Status.NOT_ENOUGH_EVIDENCE
Known = dict[str, Standing]

statuses = st.sampled_from(Status)
judged_statuses = st.sampled_from((OK, VIOLATION))
histories = st.lists(statuses, max_size=12)
variants = st.sampled_from(("blue", "green", "shadow"))
windows = st.builds(
    hour, st.integers(-3, 20), st.sampled_from((HOUR, timedelta(minutes=15), 3 * HOUR))
)
anything = st.lists(st.builds(verdict, statuses, windows, variants), max_size=15)


def follow(qualities: list[Quality], known: Known | None = None) -> tuple[Known, list[Change]]:
    """One window after the other, each of one variant."""
    known, told = dict(known or {}), []
    for quality in qualities:
        told += changes(known, [quality])
        known = remember(known, [quality])
    return known, told


def hours(history: list[Status]) -> list[Quality]:
    return [verdict(status, hour(number)) for number, status in enumerate(history)]


@given(histories)
def test_successive_windows_are_told_alternately(history: list[Status]) -> None:
    _known, told = follow(hours(history))
    judged = [status for status in history if status in (OK, VIOLATION)]
    assert [change.quality.status for change in told] == [
        status for number, status in enumerate(judged) if status not in judged[:number][-1:]
    ]
    for earlier, later in pairwise(told):
        assert later.before == Held(earlier.quality.status, earlier.quality.window.start)
        assert not later.corrected


@given(anything)
def test_the_same_windows_again_tell_nothing_twice(qualities: list[Quality]) -> None:
    # Each window once: the same one with another verdict is a correction.
    once = list({(item.variant, item.window): item for item in qualities}.values())
    known, _told = follow(once)
    assert follow(once, known) == (known, [])


@given(histories, st.lists(st.builds(verdict, statuses, st.builds(hour, st.integers(-50, -1)))))
def test_filling_in_old_windows_tells_nothing(history: list[Status], old: list[Quality]) -> None:
    known, _told = follow([verdict(OK), *hours(history)])
    assert follow(old, known) == (known, [])


@given(anything, st.lists(st.tuples(statuses, variants), unique_by=lambda item: item[1]), st.data())
def test_the_order_of_the_variants_is_no_matter(
    past: list[Quality], found: list[tuple[Status, str]], data: st.DataObject
) -> None:
    known, _told = follow(past)
    qualities = [verdict(status, hour(9), variant) for status, variant in found]
    shuffled = data.draw(st.permutations(qualities))
    assert changes(known, shuffled) == changes(known, qualities)
    assert remember(known, shuffled) == remember(known, qualities)


@given(anything, st.sampled_from((NOT_EVALUATED, NOT_ENOUGH_EVIDENCE)))
def test_what_could_not_be_judged_changes_nothing(past: list[Quality], status: Status) -> None:
    known, _told = follow(past)
    nothing = [verdict(status, hour(99), variant) for variant in ("blue", "new")]
    assert changes(known, nothing) == []
    assert remember(known, nothing) == known


@given(anything, judged_statuses, judged_statuses, variants)
def test_a_correction_that_is_taken_back_leaves_no_trace(
    past: list[Quality], first: Status, second: Status, variant: str
) -> None:
    known, _told = follow([*past, verdict(first, hour(50), variant)])
    once, twice = (verdict(status, hour(50), variant) for status in (second, first))
    corrected, told = follow([once], known)
    assert all(change.corrected for change in told)
    back, _told = follow([twice], corrected)
    assert back[variant].held == known[variant].held
    assert back[variant].window == known[variant].window


@given(anything)
def test_what_is_remembered_survives_its_document(past: list[Quality]) -> None:
    known, _told = follow(past)
    assert from_document(to_document(known)) == known
    assert to_document(dict(reversed(known.items()))) == to_document(known)


def test_the_first_verdict_is_a_change_but_wakes_people_only_if_it_is_bad() -> None:
    (fine,) = changes({}, [verdict(OK)])
    (bad,) = changes({}, [verdict(VIOLATION)])
    assert fine == Change(verdict(OK))
    assert not fine.for_people
    assert bad.for_people


def test_a_recovery_tells_since_when_the_model_was_bad() -> None:
    _known, told = follow(hours([OK, VIOLATION, NOT_EVALUATED, VIOLATION, OK]))
    assert [change.for_people for change in told] == [False, True, True]
    assert told[-1].before == Held(VIOLATION, NINE + HOUR)


def test_a_correction_restores_what_held_before() -> None:
    known, _told = follow(hours([OK, OK, VIOLATION]))
    (change,) = changes(known, [verdict(OK, hour(2))])
    assert change.corrected
    assert change.for_people
    assert remember(known, [verdict(OK, hour(2))])["AllTraffic"].held == Held(OK, NINE)


def test_a_shorter_window_within_the_remembered_one_is_an_older_one() -> None:
    known, _told = follow([verdict(OK, hour(0))])
    quarter = Window(NINE, NINE + HOUR / 4)
    assert changes(known, [verdict(VIOLATION, quarter)]) == []
    assert changes(known, [verdict(VIOLATION, Window(NINE + HOUR, NINE + HOUR * 1.25))])


def test_the_document_is_short_and_plain() -> None:
    known, _told = follow(hours([OK, VIOLATION]))
    assert to_document(known).decode() == (
        "{\n"
        '  "version": 1,\n'
        '  "variants": {\n'
        '    "AllTraffic": {\n'
        '      "verdict": "VIOLATION",\n'
        '      "since": "2026-11-20T10:00:00Z",\n'
        '      "window": {\n'
        '        "start": "2026-11-20T10:00:00Z",\n'
        '        "end": "2026-11-20T11:00:00Z"\n'
        "      },\n"
        '      "before": {\n'
        '        "verdict": "OK",\n'
        '        "since": "2026-11-20T09:00:00Z"\n'
        "      }\n"
        "    }\n"
        "  }\n"
        "}\n"
    )


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "not JSON"),
        ("[]", "not a JSON object of version 1"),
        ('{"version": 2, "variants": {}}', "not a JSON object of version 1"),
        ('{"version": 1}', "variants is no JSON object"),
        ('{"version": 1, "variants": {"a": 1}}', "variants.a is no JSON object"),
        ('{"version": 1, "variants": {"a": {}}}', "variants.a.window is no JSON object"),
        (
            (
                '{"version": 1, "variants": {"a": {"verdict": "BAD", "window":'
                '{"start": "2026-11-20T09:00:00Z", "end": "2026-11-20T10:00:00Z"}}}}'
            ),
            "variants.a.verdict is neither OK nor VIOLATION",
        ),
        (
            '{"version": 1, "variants": {"a": {"window": {"start": 9}}}}',
            "variants.a.window.start: '' is no ISO 8601 time",
        ),
    ],
)
def test_a_damaged_document_is_told_by_its_field(body: str, message: str) -> None:
    with pytest.raises(BadVerdicts, match=message):
        from_document(body.encode())
