"""Whether an endpoint has anything new, and the name of an attempt at it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inference_records.configuration import Configuration
from monitor.novelty import Novelty, attempt, captured, documents_digest, novelty
from monitor.places import WindowRun
from monitor.windows import Window

from .kept import Kept, range_to
from .rows import HOUR, NINE, ONE_HOUR

NOW = NINE + 2 * HOUR
BEFORE = Window(NINE - HOUR, NINE)
RUN = range_to(ONE_HOUR)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    """An endpoint with a baseline and an hour of requests."""
    found = Kept(tmp_path)
    found.document("constraints.json")
    found.predictions(0)
    return found


def seen(kept: Kept, run: WindowRun = RUN) -> Novelty:
    return novelty(kept.places, run, run.newest, NOW, Configuration())


def test_an_endpoint_that_nobody_looked_at_is_new(kept: Kept) -> None:
    assert seen(kept).is_new
    assert seen(kept).needs_records


def test_after_a_run_nothing_is_new(kept: Kept) -> None:
    kept.caught_up(RUN)
    assert not seen(kept).is_new
    assert not seen(kept).needs_records


def test_the_next_window_is_judged_but_without_records_if_nothing_was_captured(kept: Kept) -> None:
    kept.caught_up(RUN)
    later = range_to(Window(ONE_HOUR.end, ONE_HOUR.end + HOUR))
    found = seen(kept, later)
    assert (found.is_new, found.needs_records) == (True, False)
    kept.predictions(1)
    assert seen(kept, later).needs_records


@pytest.mark.parametrize("what", ["labels", "predictions of its hour", "of an earlier hour"])
def test_a_file_that_came_is_new(kept: Kept, what: str) -> None:
    kept.caught_up(RUN)
    match what:
        case "labels":
            kept.labels(NOW)
        case "predictions of its hour":
            kept.predictions(0, name="late")
        case _:
            kept.predictions(-30)
    found = seen(kept)
    assert (found.is_new, found.needs_records) == (True, True)


def test_a_file_with_other_bytes_is_new_whenever_it_was_changed(kept: Kept) -> None:
    kept.caught_up(RUN)
    kept.predictions(0, body="b")
    assert seen(kept).needs_records


def test_a_file_that_was_written_again_with_the_same_bytes_is_not_new(kept: Kept) -> None:
    kept.caught_up(RUN)
    kept.predictions(0).touch()
    assert not seen(kept).is_new


def test_what_a_run_left_undone_is_still_to_be_done(kept: Kept) -> None:
    kept.caught_up(RUN, left=(BEFORE,))
    found = seen(kept)
    assert (found.is_new, found.needs_records) == (True, True)


def test_what_is_pending_of_a_later_time_is_not_due_yet(kept: Kept) -> None:
    """A tick that comes late asks for an earlier newest window."""
    later = Window(ONE_HOUR.end, ONE_HOUR.end + HOUR)
    kept.caught_up(RUN, left=(later,))
    assert not seen(kept).is_new


@pytest.mark.parametrize(("seconds", "due"), [(1, False), (0, True), (-1, True)])
def test_a_provisional_window_is_due_when_its_time_is_up(
    kept: Kept, seconds: int, due: bool
) -> None:
    until = NOW + seconds * (HOUR / 3600)
    kept.caught_up(RUN, {BEFORE: until}, touched=(BEFORE,))
    assert seen(kept).is_new is due
    assert seen(kept).needs_records is due


@pytest.mark.parametrize("name", ["constraints.json", "statistics.json", "monitor.json"])
def test_another_baseline_or_other_settings_are_new(kept: Kept, name: str) -> None:
    kept.caught_up(RUN, {BEFORE: NOW + HOUR}, touched=(BEFORE,))
    kept.document(name, "other")
    found = seen(kept)
    assert (found.is_new, found.needs_records) == (True, True)


def test_another_baseline_where_nothing_was_ever_captured_needs_no_records(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.document("constraints.json")
    kept.caught_up(RUN)
    kept.document("constraints.json", "other")
    assert not seen(kept).needs_records


def test_the_stamp_changes_with_documents_and_with_what_was_done_and_with_nothing_else(
    kept: Kept,
) -> None:
    stamps = [seen(kept).stamp]
    kept.labels(NOW)
    assert seen(kept).stamp == stamps[0], "labels that keep coming are no other attempt"
    kept.document("constraints.json", "other")
    stamps.append(seen(kept).stamp)
    kept.caught_up(RUN)
    stamps.append(seen(kept).stamp)
    kept.caught_up(RUN)
    stamps.append(seen(kept).stamp)
    assert len(set(stamps)) == 4


def test_a_damaged_progress_makes_everything_new(kept: Kept) -> None:
    kept.caught_up(RUN)
    (document,) = kept.root.rglob("_progress.json.gz")
    document.write_bytes(b"broken")
    assert seen(kept).needs_records


def test_a_digest_of_documents_is_of_names_and_bytes_alone(kept: Kept) -> None:
    folder = kept.places.monitor("churn")
    before = documents_digest(folder)
    kept.document("constraints.json").touch()
    assert documents_digest(folder) == before
    kept.document("monitor.json")
    assert documents_digest(folder) != before


def test_requests_of_just_a_window_are_looked_for(kept: Kept) -> None:
    assert captured(kept.places, WindowRun("churn", ONE_HOUR))
    assert not captured(kept.places, WindowRun("churn", BEFORE))
    assert not captured(kept.places, replace(RUN, endpoint="fraud"))


def test_an_attempt_has_a_short_name_of_its_own() -> None:
    names = {attempt("churn", "a"), attempt("churn", "b"), attempt("churn"), attempt("churna")}
    assert len(names) == 4
    assert attempt("churn", "a") == attempt("churn", "a")
    assert all(len(name) == 8 for name in names)
