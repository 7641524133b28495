"""A processing job that is stopped gets SIGTERM, and two minutes later SIGKILL."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .captured import traffic

# What a run may be at when it is stopped: DuckDB makes an error of its own of what interrupts it.
BUSY = {
    "in Python": "time.sleep(60)",
    "in a query": (
        "connect().backend.raw_sql('SELECT sum(a.i * b.i) FROM '"
        "'range(10000000) a(i), range(10000000) b(i)')"
    ),
}


def busy_metric(folder: Path, work: str) -> Path:
    """The folder of an endpoint whose own metric tells that it began, and does not end."""
    folder.mkdir()
    source = folder / "own.py"
    source.write_text(
        "import time\n"
        "from pathlib import Path\n"
        "from monitor.engine import connect\n"
        "from monitor.metrics import ConfusionMatrix, ProblemType, metric\n"
        "@metric(ProblemType.BINARY_CLASSIFICATION, higher_is_better=True)\n"
        "def endless(confusion_matrix: ConfusionMatrix) -> float:\n"
        "    'Does not end.'\n"
        f"    Path({str(folder / 'began')!r}).touch()\n"
        f"    {work}\n"
        "    return 1.0\n"
    )
    (folder / "monitor.json").write_text(json.dumps({"custom_metrics": [str(source)]}))
    return folder


@pytest.mark.parametrize("work", BUSY.values(), ids=BUSY)
def test_a_job_that_is_stopped_says_so_and_leaves_no_report(tmp_path: Path, work: str) -> None:
    hours = traffic(tmp_path / "traffic", hours=1)
    monitor, root = busy_metric(tmp_path / "monitor", work), tmp_path / "opt-ml"
    environment = {
        "monitor_root": str(root),
        "dataset_source": str(hours.capture),
        "ground_truth_s3_uri_path": str(hours.ground_truth),
        "monitor_s3_uri_path": str(monitor),
        "output_path": str(root / "processing/output"),
        "start_time": "2026-11-20T09:00:00Z",
        "end_time": "2026-11-20T10:00:00Z",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "monitor"],
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        until = time.monotonic() + 60
        while not (monitor / "began").exists() and process.poll() is None:
            assert time.monotonic() < until
            time.sleep(0.05)
        process.send_signal(signal.SIGTERM)
        _, logged = process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM, logged
    assert "Traceback" not in logged
    assert (root / "output/message").read_text() == (
        "Failed: stopped before window 2026-11-20T09:00:00Z/2026-11-20T10:00:00Z was done"
    )
    assert [path for path in root.rglob("*") if path.is_file()] == [root / "output/message"]
