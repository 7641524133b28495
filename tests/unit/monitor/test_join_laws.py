"""The join against the same join in plain Python, on whatever can happen to captures and labels."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.windows import Window

from .rows import HOUR, NINE, Cell, Label, Outcome, Predicted, at, joined, reference, request

SPAN = Window(NINE, NINE + 2 * HOUR)
modest = settings(max_examples=40, deadline=None)

minutes = st.sampled_from([-61.0, -0.00001, 0.0, 12.5, 59.99999, 60.0, 60.00001, 119.99, 120.0])
arrivals = st.sampled_from([-90.0, -1.0, 0.0, 30.0, 59.999, 60.0, 119.9, 120.0, 600.0])
classes = st.sampled_from(["0", "1", 1.0, True, "cat", 2.5, "dog"])


@st.composite
def captures(draw: st.DrawFn) -> list[Predicted]:
    """Some captured requests: with and without inference ids, used twice, captured twice, shadowed."""
    rows: list[Predicted] = []
    for number in range(draw(st.integers(0, 6))):
        event, time = f"event-{number}", at(draw(minutes))
        inference_id = draw(st.sampled_from([None, None, "id-a", "id-b"]))
        records = [
            replace(row, record_id=draw(st.sampled_from([None, "r-1", "r-2"])))
            for row in request(
                event,
                [draw(classes) for _ in range(draw(st.integers(1, 3)))],
                time=time,
                inference_id=inference_id,
                variant=draw(st.sampled_from(["AllTraffic", "shadow"])),
                line=number + 1,
            )
        ]
        rows += records
        if draw(st.booleans()):
            key = draw(st.sampled_from(["capture/a.jsonl", "capture/0.jsonl", "capture/z.jsonl"]))
            rows += [replace(row, key=key, line=row.line + 100) for row in records]
    return rows


@st.composite
def ground_truth(draw: st.DrawFn) -> list[Label]:
    """Some labels: by each kind of id, with and without position, late, early, twice, in conflict."""
    ids = [None, "id-a", "id-b", "nobody", *(f"event-{number}" for number in range(6))]
    labels = []
    for line in range(draw(st.integers(0, 12))):
        id_ = draw(st.sampled_from(ids))
        labels.append(
            Label(
                id_,
                None if id_ is None else draw(st.sampled_from([None, 0, 0, 1, 2, 7])),
                draw(classes),
                at(draw(arrivals)),
                draw(st.sampled_from(["r-1", "r-2", "r-9"])) if id_ is None else None,
                draw(st.sampled_from(["labels/a", "labels/b"])),
                line,
            )
        )
    return labels


@modest
@given(captures(), ground_truth())
def test_the_join_does_what_the_plain_one_does(rows: list[Predicted], labels: list[Label]) -> None:
    assert joined(rows, labels, SPAN) == reference(rows, labels, SPAN)


@modest
@given(captures(), ground_truth(), st.randoms(use_true_random=False))
def test_order_does_not_matter(
    rows: list[Predicted], labels: list[Label], chance: random.Random
) -> None:
    expected = joined(rows, labels, SPAN)
    chance.shuffle(rows)
    chance.shuffle(labels)
    assert joined(rows, labels, SPAN) == expected


@modest
@given(captures(), ground_truth())
def test_files_delivered_again_change_nothing_but_the_counts_of_repetition(
    rows: list[Predicted], labels: list[Label]
) -> None:
    again = rows + [replace(row, key=f"again/{row.key}") for row in rows]
    # Copies of the labels sort behind all originals, in the same order: the latest stays the latest.
    ordered = sorted(labels, key=lambda label: label.order)
    copies = [replace(label, line=1_000 + place) for place, label in enumerate(ordered)]
    once, twice = joined(rows, labels, SPAN), joined(again, labels + copies, SPAN)
    assert twice.labels == once.labels
    assert _without_repetition(twice) == _without_repetition(once)


def _without_repetition(outcome: Outcome) -> dict[Cell, dict[str, int]]:
    repetition = ("captured_twice", "duplicate_labels")
    return {
        cell: {name: n for name, n in found.items() if name not in repetition}
        for cell, found in outcome.counts.items()
    }


@modest
@given(captures(), ground_truth(), st.integers(1, 5))
def test_how_captures_are_split_into_files_does_not_matter(
    rows: list[Predicted], labels: list[Label], files: int
) -> None:
    parts = [
        replace(row, key=f"capture/part-{row.line % files}", line=row.line + 1_000) for row in rows
    ]
    whole = [replace(row, key="capture/whole", line=row.line + len(row.key)) for row in rows]
    assert joined(parts, labels, SPAN).labels == joined(whole, labels, SPAN).labels


@modest
@given(captures(), ground_truth())
def test_each_window_alone_gives_what_all_together_give(
    rows: list[Predicted], labels: list[Label]
) -> None:
    together = joined(rows, labels, SPAN)
    for number in range(2):
        alone = joined(rows, labels, Window(NINE + number * HOUR, NINE + (number + 1) * HOUR))
        assert alone.labels == {
            key: (0, label) for key, (window, label) in together.labels.items() if window == number
        }
