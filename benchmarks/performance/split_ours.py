"""Our splitting as a program, in the environment of the function: without NumPy and pandas.

python -m benchmarks.performance.split_ours FOLDER OUTPUT SETTINGS
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.performance.contender import tell
from inference_records.configuration import Configuration, parse_configuration
from inference_records.split import Source, split_capture

_HOUR = "data-capture/covertype/AllTraffic/2026/11/20/09/"
_ARRIVED = datetime(2026, 11, 20, 10, tzinfo=UTC)


def split_all(folder: Path, output: Path, configuration: Configuration) -> dict[str, int]:
    """Every capture file of a folder; the rows of one are one file of the output."""
    records = written = 0
    for path in sorted(folder.rglob("*.jsonl")):
        source_key = _HOUR + path.name
        with (
            path.open("rb") as stream,
            split_capture(Source(source_key, _ARRIVED, stream), configuration) as split,
        ):
            for number, body in enumerate(split.prepared.values()):
                target = output / f"{path.stem}-{number}.parquet"
                with target.open("wb") as file:
                    shutil.copyfileobj(body, file)
                written += target.stat().st_size
            records += split.records
    return {"records": records, "bytes": written}


if __name__ == "__main__":
    settings = parse_configuration(sys.argv[3].encode())
    tell(lambda: split_all(Path(sys.argv[1]), Path(sys.argv[2]), settings))
