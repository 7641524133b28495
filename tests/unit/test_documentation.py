"""What docs/ says is what the code does."""

from pathlib import Path

import pytest

from monitor.documentation import documents

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", documents())
def test_documents_made_from_the_code_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_bytes() == documents()[name], "run `make docs`"
