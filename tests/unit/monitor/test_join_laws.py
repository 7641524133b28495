"""The join against the same join in plain Python, on whatever can happen to captures and labels."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TypeVar

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from inference_records.partitions import SHARED_ENDPOINT
from monitor.health import Arrivals
from monitor.windows import Window

from .rows import HOUR, NINE, Cell, Label, Lost, Outcome, Predicted, at, joined, reference, request

SPAN = Window(NINE, NINE + 2 * HOUR)
# A join costs more to compile than to run, so an example is one large world, made from a seed.
seeds = st.integers(0, 2**32 - 1)
modest = settings(
    max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)

REQUESTS = 150
MINUTES = (-61.0, -0.00001, 0.0, 12.5, 59.99999, 60.0, 60.00001, 119.99, 120.0)
ARRIVALS = (-90.0, -1.0, 0.0, 30.0, 59.999, 60.0, 119.9, 120.0, 600.0)
Row = TypeVar("Row", Predicted, Label, Lost)
CLASSES = ("0", "1", 1.0, True, "cat", 2.5, "dog")
INFERENCE_IDS = tuple(f"id-{number}" for number in range(40))
RECORD_IDS = tuple(f"record-{number}" for number in range(60))


def captures(chance: random.Random) -> list[Predicted]:
    """Captured requests: with and without inference ids, used twice, captured twice, shadowed."""
    rows: list[Predicted] = []
    for number in range(chance.randrange(REQUESTS)):
        records = [
            replace(row, record_id=chance.choice((None, *RECORD_IDS)))
            for row in request(
                f"event-{number}",
                [chance.choice(CLASSES) for _ in range(chance.choice((1, 1, 2, 3)))],
                time=at(chance.choice(MINUTES)),
                inference_id=chance.choice((None, chance.choice(INFERENCE_IDS))),
                variant=chance.choice(("AllTraffic", "AllTraffic", "shadow")),
                line=number + 1,
            )
        ]
        rows += records
        if chance.random() < 0.2:
            key = chance.choice(("capture/a.jsonl", "capture/0.jsonl", "capture/z.jsonl"))
            rows += [replace(row, key=key, line=row.line + REQUESTS) for row in records]
    return rows


def ground_truth(chance: random.Random) -> list[Label]:
    """Labels by each kind of id: with and without position, late, early, twice, in conflict."""
    events = tuple(f"event-{number}" for number in range(REQUESTS))
    labels = []
    for line in range(chance.randrange(3 * REQUESTS)):
        ids = chance.choice((INFERENCE_IDS, events, events, ("nobody",), (None,)))
        id_ = chance.choice(ids)
        labels.append(
            Label(
                id_,
                None if id_ is None else chance.choice((None, 0, 0, 0, 1, 2, 7)),
                chance.choice(CLASSES),
                at(chance.choice(ARRIVALS)),
                chance.choice((*RECORD_IDS, "nobody's")) if id_ is None else None,
                chance.choice(("labels/a", "labels/b")),
                line,
                chance.choice(("churn", SHARED_ENDPOINT)),
            )
        )
    return labels


def set_aside(chance: random.Random) -> list[Lost]:
    """What could not be read: whole lines and single records, of requests known and unknown."""
    return [
        Lost(
            chance.choice((None, f"event-{chance.randrange(2 * REQUESTS)}")),
            chance.choice((None, *INFERENCE_IDS)),
            at(chance.choice(MINUTES)),
            chance.choice(("broken_json", "count_mismatch", "no_prediction")),
            chance.choice((0, 1, 2, 20)),
            chance.choice(("AllTraffic", "shadow")),
            line=chance.randrange(REQUESTS),
        )
        for _ in range(chance.randrange(40))
    ]


@modest
@given(seeds)
def test_the_join_does_what_the_plain_one_does_whatever_becomes_of_the_files(seed: int) -> None:
    chance = random.Random(seed)
    rows, labels, lost = captures(chance), ground_truth(chance), set_aside(chance)
    arrivals = Arrivals(chance.random() < 0.5, chance.random() < 0.5)
    other = reference(rows, labels, SPAN, set_aside=lost, arrivals=arrivals)
    assert joined(rows, labels, SPAN, set_aside=lost, arrivals=arrivals) == other
    expected = reference(rows, labels, SPAN, set_aside=lost)
    shuffled = (_shuffled(rows, chance), _shuffled(labels, chance))
    assert joined(*shuffled, SPAN, set_aside=_shuffled(lost, chance)) == expected
    again = rows + [replace(row, key=f"again/{row.key}") for row in rows]
    lost += [replace(row, key=f"again/{row.key}") for row in lost if row.event is not None]
    twice = joined(again, labels + _copies(labels), SPAN, set_aside=lost)
    assert twice.labels == expected.labels
    assert _without_repetition(twice) == _without_repetition(expected)
    files = chance.randrange(1, 6)
    parts = [replace(row, key=f"part-{row.line % files}", line=row.line + 1_000) for row in rows]
    assert joined(parts, labels, SPAN).labels == expected.labels


@modest
@given(seeds)
def test_each_window_alone_gives_what_all_together_give(seed: int) -> None:
    chance = random.Random(seed)
    rows, labels = captures(chance), ground_truth(chance)
    together = reference(rows, labels, SPAN)
    known = Arrivals(are_known=True)
    counted = joined(rows, labels, SPAN, arrivals=known).counts
    for number in range(2):
        hour = Window(NINE + number * HOUR, NINE + (number + 1) * HOUR)
        alone = joined(rows, labels, hour, arrivals=known)
        assert alone.labels == {
            key: (0, label) for key, (window, label) in together.labels.items() if window == number
        }
        assert alone.counts == {
            (variant, 0): found for (variant, window), found in counted.items() if window == number
        }


def _shuffled(values: list[Row], chance: random.Random) -> list[Row]:
    return chance.sample(values, len(values))


def _copies(labels: list[Label]) -> list[Label]:
    """Labels again, behind all originals and in their order: the latest stays the latest."""
    ordered = sorted(labels, key=lambda label: label.order)
    return [replace(label, line=1_000 + place) for place, label in enumerate(ordered)]


def _without_repetition(outcome: Outcome) -> dict[Cell, dict[str, int]]:
    repetition = ("captured_twice", "duplicate_labels")
    return {
        cell: {name: n for name, n in found.items() if name not in repetition}
        for cell, found in outcome.counts.items()
    }
