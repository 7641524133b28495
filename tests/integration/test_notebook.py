"""The notebook: it runs as it stands, shows what the file shows, and runs in an account, too."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import nbformat
import pytest

from demonstration.aws import BUCKET, create_bucket, embedded_aws
from demonstration.functions import Function, load_function
from run_notebook import NOTEBOOK, executed, written

_PAUSE = 0.2
# PNG encoders differ from machine to machine.
_PICTURES = frozenset({"image/png"})


@pytest.fixture(scope="module")
def book() -> Any:
    return executed()


def told(book: Any) -> dict[str, list[Any]]:
    """What each cell showed, without pictures."""
    return {
        cell.id: [_told(output) for output in cell.outputs]
        for cell in book.cells
        if cell.cell_type == "code"
    }


def _told(output: Mapping[str, Any]) -> Any:
    shown = output.get("data")
    if shown is None:
        return output["text"]
    return {kind: text for kind, text in shown.items() if kind not in _PICTURES}


def result(book: Any) -> list[str]:
    """The last words of the table's rows: the verdicts, hour by hour."""
    (table,) = [
        output["data"]["text/plain"]
        for cell in book.cells
        for output in cell.get("outputs", ())
        if "verdict" in output.get("data", {}).get("text/plain", "")
    ]
    return [line.split()[-1] for line in table.splitlines()[1:]]


def test_healthy_hours_are_ok_and_the_hour_of_shifted_features_is_a_violation(book: Any) -> None:
    assert result(book) == ["OK", "OK", "OK", "VIOLATION"]


def test_the_file_shows_what_the_notebook_shows_now(book: Any) -> None:
    kept = nbformat.read(NOTEBOOK, as_version=4)
    assert told(kept) == told(book), "run `make notebook`"


def test_the_result_has_a_picture(book: Any) -> None:
    kinds = [
        kind for cell in book.cells for o in cell.get("outputs", ()) for kind in o.get("data", ())
    ]
    assert kinds.count("image/png") == 1


def test_the_file_is_written_as_make_notebook_writes_it() -> None:
    kept = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(kept)
    assert NOTEBOOK.read_text() == written(kept), "run `make notebook`"


def test_the_file_names_no_place_of_the_machine_that_wrote_it() -> None:
    text = NOTEBOOK.read_text()
    assert "/home/" not in text
    assert "site-packages" not in text
    assert '"execution":' not in text


def test_one_cell_is_to_be_changed_for_an_account() -> None:
    with _account() as bucket:
        book = executed(f'BUCKET = "{bucket}"')
    assert result(book) == ["OK", "OK", "OK", "VIOLATION"]


@contextmanager
def _account() -> Iterator[str]:
    """A bucket of an AWS outside the notebook, whose splitters work whenever something arrives."""
    with embedded_aws():
        create_bucket()
        log = io.StringIO()
        splitters = [
            load_function("SplitCaptureFunction", "split-capture", log),
            load_function("SplitGroundTruthFunction", "split-ground-truth", log),
        ]
        ended = threading.Event()
        poller = threading.Thread(target=_poll, args=(splitters, ended))
        poller.start()
        try:
            yield BUCKET
        finally:
            ended.set()
            poller.join()


def _poll(splitters: list[Function], ended: threading.Event) -> None:
    while not ended.wait(_PAUSE):
        for splitter in splitters:
            splitter.poll()
