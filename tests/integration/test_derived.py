"""What is derived from files changes no number, whatever becomes of the files or of itself."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from inference_records.configuration import Configuration
from monitor.copies import Copies
from monitor.derived import Derived
from monitor.engine import connect
from monitor.ingest import Prepared
from monitor.known import Known, learn
from monitor.ledger_rows import Version, result_of
from monitor.lineage_of import lineages
from monitor.listing import frozen, listing
from monitor.locations import Location
from monitor.related import apart, related
from monitor.requested import RunRequest
from monitor.run import run
from monitor.sources import sources
from monitor.windows import Window

from .captured import HOUR, NINE
from .ledgers import ENDPOINT, prepared_objects, raw_world

seeds = st.integers(0, 2**32 - 1)
modest = settings(
    max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate)
)
HOURS = 6
SPAN = Window(NINE, NINE + HOURS * HOUR)
LATER = NINE + 300 * HOUR


@contextmanager
def world(chance: random.Random) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        raw_world(root, chance, HOURS)
        for key, body in prepared_objects(root).items():
            path = root / "prepared" / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        yield root


def request_of(root: Path) -> RunRequest:
    return RunRequest(
        prepared=Prepared(Location.of(str(root / "prepared"))),
        endpoint=ENDPOINT,
        period=HOUR,
        as_of=LATER,
        start=SPAN.start,
        end=SPAN.end,
        each_alone=True,
    )


def derived_of(root: Path) -> Derived:
    return Derived(Location.of(str(root / "derived")), ENDPOINT, fewest=2)


def known_of(root: Path) -> Known:
    files = listing(request_of(root).prepared, ENDPOINT, SPAN, Configuration())
    return learn(connect(), files, Copies(root / "copies"), derived_of(root), LATER)


def judged(
    request: RunRequest, known: Known, windows: list[Window], narrow: bool
) -> list[tuple[list[dict[str, object]], object]]:
    """What windows come to, and what of, where all is read or only what is related to them."""
    request = replace(
        request,
        prepared=frozen(request.prepared, known.listing),
        start=windows[0].start,
        end=windows[-1].end,
        only=frozenset(windows),
    )
    if narrow:
        found = related(known, windows, request.configuration, HOUR)
        request = replace(request, sources=sources(known, found))
    made_of = lineages(request, known.listing, windows)
    return [
        (result_of(Version(1, LATER, "", result.variants, made_of[result.window])),
         made_of[result.window])
        for result in run(request).windows
    ]  # fmt: skip


def agree(root: Path, chance: random.Random) -> None:
    known, request = known_of(root), request_of(root)
    every = [Window(NINE + n * HOUR, NINE + (n + 1) * HOUR) for n in range(HOURS)]
    windows = sorted(chance.sample(every, chance.randint(1, 3)))
    assert judged(request, known, windows, True) == judged(request, known, windows, False)


def a_file(root: Path, below: str, chance: random.Random) -> Path:
    return chance.choice(sorted(path for path in (root / below).rglob("*") if path.is_file()))


def a_file_goes(root: Path, chance: random.Random) -> None:
    a_file(root, "prepared", chance).unlink()


def a_file_is_split_again(root: Path, chance: random.Random) -> None:
    """Under other settings: with the rows of another one."""
    dataset = chance.choice(("predictions", "ground-truth"))
    one, other = (a_file(root, f"prepared/{dataset}", chance) for _ in range(2))
    one.write_bytes(other.read_bytes())


def a_file_is_late(root: Path, chance: random.Random) -> None:
    path = a_file(root, "prepared/ground-truth", chance)
    path.with_name(f"late-{path.name}").write_bytes(path.read_bytes())


def a_segment_goes(root: Path, chance: random.Random) -> None:
    a_file(root, "derived/rows", chance).unlink()


def an_index_is_damaged(root: Path, chance: random.Random) -> None:
    path = a_file(root, "derived/ids", chance)
    path.write_bytes(path.read_bytes()[: chance.choice((0, 4, 100))])


def another_run_wrote_an_older_index(root: Path, chance: random.Random) -> None:
    """It had listed the files before the last of them came."""
    path = a_file(root, "derived/ids", chance)
    older = path.read_bytes()
    a_file_is_late(root, chance)
    known_of(root)
    path.write_bytes(older)


def a_run_died(root: Path, chance: random.Random) -> None:
    """Its segments are there, and no index tells of them."""
    a_file(root, "derived/ids", chance).unlink()


EVENTS: tuple[Callable[[Path, random.Random], None], ...] = (
    a_file_goes, a_file_is_split_again, a_file_is_late, a_segment_goes, an_index_is_damaged,
    another_run_wrote_an_older_index, a_run_died,
)  # fmt: skip


@modest
@given(seeds)
def test_windows_come_to_the_same_of_what_is_related_as_of_everything(seed: int) -> None:
    chance = random.Random(seed)
    with world(chance) as root:
        agree(root, chance)
        for event in chance.sample(EVENTS, 4):
            event(root, chance)
            agree(root, chance)


def test_small_files_of_an_hour_are_read_as_one_and_stay_where_they_are() -> None:
    chance = random.Random(3)
    with world(chance) as root:
        before = {path: path.read_bytes() for path in (root / "prepared").rglob("*.parquet")}
        known = known_of(root)
        segments = {entry.segment for entry in known.entries if entry.segment}
        assert segments
        assert {
            path: path.read_bytes() for path in (root / "prepared").rglob("*.parquet")
        } == before
        written = {str(path.relative_to(root / "derived" / "rows"))
                   for path in (root / "derived" / "rows").rglob("*.parquet")}  # fmt: skip
        assert written == segments


def test_two_runs_that_put_the_same_files_together_write_the_same_bytes() -> None:
    chance = random.Random(4)
    with world(chance) as root:
        known_of(root)
        segments = {
            path: path.read_bytes() for path in (root / "derived" / "rows").rglob("*.parq*")
        }
        for path in (root / "derived").rglob("*.parquet"):
            path.unlink()
        known_of(root)
        assert {path: path.read_bytes() for path in segments} == segments


def test_nothing_is_written_where_nothing_is_new() -> None:
    chance = random.Random(5)
    with world(chance) as root:
        known_of(root)
        written = {path: path.stat().st_mtime_ns for path in (root / "derived").rglob("*.parquet")}
        known_of(root)
        assert {path: path.stat().st_mtime_ns for path in written} == written


def test_a_window_that_shares_ids_with_what_it_cannot_see_is_judged_alone() -> None:
    chance = random.Random(6)
    with world(chance) as root:
        known = known_of(root)
        every = [Window(NINE + n * HOUR, NINE + (n + 1) * HOUR) for n in range(HOURS)]
        assert apart(known, every, Configuration(), HOUR) == set()
        # Labels of all hours lie less than a day after them, and more than an hour.
        short = Configuration(label_horizon_hours=1, correction_hours=1, label_lookback_hours=0)
        assert timedelta(0) < SPAN.end - SPAN.start
        assert apart(known, every, short, HOUR)
