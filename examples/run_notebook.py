"""`make notebook`: run the notebook as it stands, and keep what it shows in the file.

It is run without a network, and kept without times, so that every machine would keep the same.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parent / "batch_payload_monitor.ipynb"
_PARAMETERS = "parameters"
_TIMEOUT = 1_200


class CellFailed(Exception):
    """A cell raised; the message has its id and the error."""


def executed(parameters: str = "", **environment: str) -> Any:
    """The notebook with the outputs of now; parameters go over its own."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    settings = next(cell for cell in book.cells if _PARAMETERS in cell.metadata.get("tags", ()))
    own = settings.source
    settings.source = f"{own}\n{parameters}"
    client = NotebookClient(
        book,
        timeout=_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": str(NOTEBOOK.parent)}},
    )
    with tempfile.TemporaryDirectory() as empty:
        # Nothing listens there, and nothing was downloaded before.
        offline = {"https_proxy": "http://127.0.0.1:9", "SCIKIT_LEARN_DATA": empty}
        client.execute(env={**os.environ, **offline, **environment})
    settings.source = own
    _require_success(book)
    return _settled(book)


def _require_success(book: Any) -> None:
    """A picture that cannot be drawn is no error of its cell to the client."""
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                raise CellFailed(f"{cell.id}: {output.ename}: {output.evalue}")


def _settled(book: Any) -> Any:
    """Without what differs from machine to machine."""
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for cell in book.cells:
        for output in cell.get("outputs", ()):
            # A picture's text is the address of an object.
            if "image/png" in output.get("data", {}):
                output["data"].pop("text/plain", None)
    return book


def written(book: Any) -> str:
    """The text of the file."""
    return str(nbformat.writes(book)) + "\n"


if __name__ == "__main__":
    NOTEBOOK.write_text(written(executed()))
