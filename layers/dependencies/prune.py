"""Takes from the built layer what the functions never import: most of pyarrow's size.

Run by the Makefile with the folder of the packages. `*.libs` folders are left alone: their
libraries do not load once they are stripped.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("include", "includes", "src", "tests", "vendored/tests")
"""Headers, sources and tests of pyarrow."""

SOURCES = ("*.pyx", "*.pxd", "*.pxi", "*.h", "*.hpp", "*.lib")

# Protocols and file systems: the functions read bytes that boto3 has fetched.
EXTENSIONS = (
    "_flight", "_s3fs", "_gcsfs", "_azurefs", "_hdfs", "_orc", "_dataset_orc", "_substrait",
    "_pyarrow_cpp_tests",
)  # fmt: skip
LIBRARIES = ("libarrow_flight.so*", "libarrow_s3.so*", "libarrow_python_flight.so*")


def unneeded(pyarrow: Path) -> Iterator[Path]:
    """What of pyarrow goes. Every extension links the libraries that stay, Substrait's too."""
    yield from (pyarrow / folder for folder in FOLDERS)
    for pattern in SOURCES:
        yield from pyarrow.rglob(pattern)
    for name in EXTENSIONS:
        yield from pyarrow.glob(f"{name}.*.so")
    for pattern in LIBRARIES:
        yield from pyarrow.glob(pattern)


def one_name_each(pyarrow: Path) -> None:
    """A wheel has no links: it holds a library once for each of its names. One is loaded."""
    for library in pyarrow.glob("lib*.so"):
        if any(pyarrow.glob(f"{library.name}.*")):
            library.unlink()
    for library in pyarrow.glob("lib*.so.*.*.*"):
        library.unlink()


def prune(packages: Path, strip: str | None) -> None:
    """Take away what is not needed, and symbols that only a linker reads, if there is a `strip`."""
    pyarrow = packages / "pyarrow"
    for path in list(unneeded(pyarrow)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    one_name_each(pyarrow)
    if strip is None:
        print("no `strip` here: the layer stays some 20 MiB larger", file=sys.stderr)
        return
    for library in sorted(pyarrow.glob("*.so*")):
        subprocess.run([strip, "--strip-unneeded", str(library)], check=True)  # noqa: S603


if __name__ == "__main__":
    prune(Path(sys.argv[1]), shutil.which("strip"))
