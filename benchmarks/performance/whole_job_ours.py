"""The monitor's whole job, as the command line does it: every document and page of the window.

python -m benchmarks.performance.whole_job_ours FOLDER
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from benchmarks.performance.contender import tell
from benchmarks.performance.whole_job_data import CAPTURES, LABELS
from monitor.cli import app


def found(folder: Path) -> dict[str, object]:
    """The same of the reports that were written."""
    with tempfile.TemporaryDirectory() as output:
        files = ["--capture", str(folder / CAPTURES), "--ground-truth", str(folder / LABELS)]
        app(["run", *files, "--output", output], standalone_mode=False)
        (path,) = Path(output).rglob("statistics.json")
        statistics = json.loads(path.read_text())
    accuracy = statistics["multiclass_classification_metrics"]["accuracy"]["value"]
    return {"count": statistics["dataset"]["item_count"], "accuracy": accuracy}


if __name__ == "__main__":
    tell(lambda: found(Path(sys.argv[1])))
