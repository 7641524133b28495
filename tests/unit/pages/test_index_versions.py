"""The page of an endpoint costs one file, not one a window, and is the same to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.ledger import Ledger
from monitor.ledger_newest import newest_versions
from monitor.locations import Location
from monitor.page_files import recent
from monitor.pages.trend_page import trend_page

from .windows import HOUR, judged, version, window

HOURS = 30


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(Location.of(str(tmp_path)), judged().endpoint)
    for number in range(HOURS):
        found.append(version(judged(number=number)))
    return found


def _page(ledger: Ledger, written: bool = False) -> bytes:
    newest = version(judged(number=HOURS - 1))
    versions = recent(ledger, HOUR, [newest] if written else ())
    return trend_page(ledger.endpoint, versions, lambda _row: None)


def _of_the_ledger(ledger: Ledger) -> bytes:
    numbers = ledger.newest(HOURS, HOUR)
    versions = [ledger.read(*item) for item in numbers.items()]
    return trend_page(ledger.endpoint, versions, lambda _row: None)


def test_the_page_is_the_same_from_one_file_as_from_each(ledger: Ledger) -> None:
    expected = _of_the_ledger(ledger)
    assert _page(ledger) == expected
    assert _page(ledger) == expected
    assert _page(ledger, written=True) == expected


def test_what_is_in_the_file_is_not_read_again(ledger: Ledger) -> None:
    numbers = ledger.newest(HOURS, HOUR)
    first = newest_versions(ledger, numbers)
    for file in list(Path(ledger.folder.path).rglob("*.parquet")):
        file.unlink()
    assert newest_versions(ledger, numbers) == first


def test_a_newer_version_takes_the_place_of_the_one_in_the_file(ledger: Ledger) -> None:
    _page(ledger)
    ledger.append(version(judged(number=3), number=2, because="labels came"))
    found = recent(ledger, HOUR)
    assert {v.window: v.number for v in found if v.number > 1} == {window(3): 2}
    assert _page(ledger) == _of_the_ledger(ledger)


@pytest.mark.parametrize("body", [b"", b"no rows", None])
def test_a_file_that_is_damaged_or_gone_is_made_anew(ledger: Ledger, body: bytes | None) -> None:
    expected = _page(ledger)
    file = Path(ledger.folder.path) / "_newest"
    file.unlink() if body is None else file.write_bytes(body)
    assert _page(ledger) == expected
    assert file.stat().st_size > 100
