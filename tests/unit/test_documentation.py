"""What docs/ says is what the code does."""

from pathlib import Path

import pytest

from monitor.documentation import documents

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PACKAGES = (
    ROOT / "layers/inference_records/inference_records",
    ROOT / "monitor_container/monitor",
)


@pytest.mark.parametrize("name", documents())
def test_documents_made_from_the_code_are_up_to_date(name: str) -> None:
    assert (DOCS / name).read_bytes() == documents()[name], "run `make docs`"


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_walk_through_the_architecture_passes_every_room(package: Path) -> None:
    walk = (DOCS / "architecture.md").read_text()
    modules = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    assert not {module for module in modules if f"`{module}`" not in walk}
