"""Every benchmark of speed and memory, one after the other: `python -m benchmarks.performance`."""

from __future__ import annotations

import argparse
import subprocess
import sys

PARTS = ("splitting", "monitoring", "whole_job", "horizon", "scaling")


def main() -> int:
    """Run the parts; the exit code is that of the worst."""
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.performance", description=__doc__
    )
    arguments.add_argument("--quick", action="store_true", help="small data, in minutes")
    quick = ["--quick"] if arguments.parse_args().quick else []
    codes = []
    for part in PARTS:
        print(f"\n{part}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.performance.{part}", *quick]
        codes.append(subprocess.run(command, check=False).returncode)  # noqa: S603 (our own)
    return max(codes)


if __name__ == "__main__":
    sys.exit(main())
