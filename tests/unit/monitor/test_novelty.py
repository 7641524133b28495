"""Whether a window has anything new, and the name of what it is judged on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from monitor.locations import File
from monitor.novelty import Inputs, is_new

from .rows import NINE, at

SECOND = timedelta(seconds=1)


def changed(minutes: float, path: str = "a") -> File:
    return File(path, path, at(minutes), 7)


INPUTS = Inputs(
    (changed(1, "predictions"),), (changed(5, "labels"),), (changed(-9, "constraints"),)
)


@pytest.mark.parametrize(
    ("judged", "new"),
    [
        (None, True),
        (at(4), True),
        (at(5), True),
        (at(5) + SECOND, False),
        (at(60), False),
    ],
    ids=["never judged", "label later", "same second", "a second later", "nothing since"],
)
def test_a_window_is_judged_again_when_something_changed_since(judged: object, new: bool) -> None:
    assert is_new(INPUTS, judged) is new  # type: ignore[arg-type]


def test_within_the_second_of_the_report_it_is_in_doubt_and_judged() -> None:
    late = Inputs((), (replace(changed(5), changed_at=at(5) + timedelta(milliseconds=999)),))
    assert is_new(late, at(5))
    assert not is_new(late, at(5) + SECOND)


def test_a_window_on_nothing_is_judged_once() -> None:
    assert is_new(Inputs((), ()), None)
    assert not is_new(Inputs((), ()), NINE)


def test_the_newest_of_all_inputs_counts() -> None:
    assert INPUTS.newest == at(5)
    assert Inputs((), ()).newest is None


def test_a_digest_is_of_just_these_documents_in_just_this_state() -> None:
    (document,) = INPUTS.documents
    other = [
        Inputs((), ()),
        Inputs((), (), (replace(document, size=8),)),
        Inputs((), (), (replace(document, path="b"),)),
        Inputs((), (), (replace(document, changed_at=at(2)),)),
    ]
    digests = {found.digest("churn") for found in (INPUTS, *other)}
    digests |= {INPUTS.digest("fraud"), INPUTS.digest("churn", "request"), INPUTS.digest()}
    assert len(digests) == len(other) + 4
    assert all(len(digest) == 8 for digest in digests)


def test_labels_that_keep_coming_are_no_other_attempt() -> None:
    assert Inputs((), (changed(9),), INPUTS.documents).digest("churn") == INPUTS.digest("churn")


def test_the_order_of_a_listing_does_not_matter() -> None:
    two = (changed(1, "a"), changed(2, "b"))
    assert Inputs((), (), two).digest() == Inputs((), (), two[::-1]).digest()
