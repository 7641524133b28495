"""What the functions' layer weighs: pruned by its Makefile, and held to a limit."""

from __future__ import annotations

from pathlib import Path

import pytest

from layers.dependencies.prune import prune

LIMIT_BYTES = 100 << 20
PROJECT = Path(__file__).parents[3]
BUILT = PROJECT / ".aws-sam/build/DependenciesLayer/python"

WHEEL = (
    "pyarrow/__init__.py", "pyarrow/lib.cpython-313-x86_64-linux-gnu.so", "pyarrow/lib.pyx",
    "pyarrow/_flight.cpython-313-x86_64-linux-gnu.so", "pyarrow/include/arrow/api.h",
    "pyarrow/tests/test_array.py", "pyarrow/libarrow.so.2600", "pyarrow/libarrow_flight.so.2600",
    "pyarrow/libarrow_python.so", "pyarrow/libarrow_python.so.2600",
    "pyarrow/libarrow_python.so.2600.1.0", "pyarrow.libs/libz.so.1", "orjson/orjson.so",
)  # fmt: skip


def test_only_what_the_functions_load_stays_in_the_layer(tmp_path: Path) -> None:
    for name in WHEEL:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    prune(tmp_path, strip=None)
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == {
        "pyarrow/__init__.py", "pyarrow/lib.cpython-313-x86_64-linux-gnu.so",
        "pyarrow/libarrow.so.2600", "pyarrow/libarrow_python.so.2600",
        "pyarrow.libs/libz.so.1", "orjson/orjson.so",
    }  # fmt: skip


@pytest.mark.skipif(not BUILT.exists(), reason="the layer is not built here (make build)")
def test_the_built_layer_is_within_its_limit() -> None:
    sizes = [path.stat().st_size for path in BUILT.rglob("*") if path.is_file()]
    assert sum(sizes) <= LIMIT_BYTES
    assert not [name for name in ("numpy", "pandas") if (BUILT / name).exists()]
