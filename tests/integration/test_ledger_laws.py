"""Any order, duplication or delay of the same files ends in the same ledger as one run over all."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from .captured import HOUR, NINE
from .ledgers import Bucket, deliveries, prepared_objects, raw_world

seeds = st.integers(0, 2**32 - 1)
# A run costs more to compile than to do, so an example is one large world, made from a seed.
modest = settings(
    max_examples=4, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
LAST = NINE + 300 * HOUR
"""After the label horizon of every window, and before they can be corrected no more."""


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@modest
@given(seeds)
def test_any_way_of_arriving_ends_in_the_ledger_of_one_run_over_everything(seed: int) -> None:
    chance = random.Random(seed)
    with folder() as root:
        raw_world(root, chance)
        objects = prepared_objects(root)
        at_once = Bucket(root / "at-once")
        for key, body in objects.items():
            at_once.put(key, body)
        at_once.tick(LAST)
        bit_by_bit = Bucket(root / "bit-by-bit")
        now = NINE + timedelta(hours=chance.randint(1, 6))
        for keys in deliveries(objects, chance, ticks=5):
            for key in keys:
                bit_by_bit.put(key, objects[key])
            bit_by_bit.tick(now)
            now += timedelta(hours=chance.randint(0, 30))
        bit_by_bit.tick(LAST)
        assert bit_by_bit.final() == at_once.final()
