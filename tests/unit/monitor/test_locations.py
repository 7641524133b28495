"""Local files; the same on S3 is shown by the integration tests."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from monitor.locations import Location, MissingFile


def test_files_come_in_the_order_of_their_keys(tmp_path: Path) -> None:
    for name in ("b/2.txt", "a.txt", "b/1.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [file.key for file in Location.of(str(tmp_path)).files()] == [
        "a.txt",
        "b/1.txt",
        "b/2.txt",
    ]


def test_a_file_is_its_own_only_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("text")
    (found,) = Location.of(str(tmp_path / "a.txt")).files()
    assert (found.key, found.size) == ("a.txt", 4)


def test_a_place_that_does_not_exist_has_no_files(tmp_path: Path) -> None:
    location = Location.of(str(tmp_path / "gone"))
    assert not location.exists()
    assert list(location.files()) == []


@pytest.mark.parametrize("name", ["gone", "."])
def test_what_is_no_file_cannot_be_read(name: str, tmp_path: Path) -> None:
    location = Location.of(str(tmp_path / name))
    with pytest.raises(MissingFile, match="there is no file"):
        location.read()


def test_what_is_written_is_read_and_replaced(tmp_path: Path) -> None:
    location = Location.of(f"file://{tmp_path}") / "new/folder/report.json"
    location.write(b"first")
    location.write(b"second")
    assert location.read() == b"second"
    assert [path.name for path in (tmp_path / "new/folder").iterdir()] == ["report.json"]


def test_an_empty_folder_is_there(tmp_path: Path) -> None:
    assert Location.of(str(tmp_path)).exists()


def test_what_cannot_be_written_whole_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "report.json/is a folder").mkdir(parents=True)
    with pytest.raises(OSError, match=r"report\.json"):
        Location.of(str(tmp_path / "report.json")).write(b"{}")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_the_bytes_are_those_of_the_file_whatever_its_name(tmp_path: Path) -> None:
    packed = gzip.compress(b"text")
    (tmp_path / "a.gz").write_bytes(packed)
    assert Location.of(str(tmp_path / "a.gz")).read() == packed
