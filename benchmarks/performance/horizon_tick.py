"""One tick over a week of windows, as the clock asks for it; the side that is measured."""

from __future__ import annotations

import sys
from datetime import timedelta

from benchmarks.performance.contender import tell
from benchmarks.performance.horizon_world import ENDPOINT, FIRST, HOUR
from monitor.container import run_container
from monitor.settings import container_settings
from monitor.windows import iso


def tick(root: str, hour: int, keeps: bool = True) -> dict[str, object]:
    """Bring up to date what there is after an hour; `keeps`: whether anything derived is kept."""
    end = FIRST + (hour + 1) * HOUR
    environment = {
        "sagemaker_endpoint_name": ENDPOINT,
        "start_time": iso(end - 336 * HOUR),
        "end_time": iso(end),
        "window_seconds": "3600",
        "prepared_s3_uri_path": f"{root}/prepared",
        "monitor_s3_uri_path": f"{root}/monitors/{ENDPOINT}",
        "output_path": f"{root}/newest",
        "reports_s3_uri": f"{root}/reports",
        "ledger_s3_uri": f"{root}/ledger",
        "derived_s3_uri": f"{root}/derived" if keeps else "",
    }
    found = run_container(container_settings(environment), end + timedelta(minutes=5))
    return {"windows": len(found.result.windows)}


if __name__ == "__main__":
    address, number, *others = sys.argv[1:]
    tell(lambda: tick(address, int(number), "nothing-kept" not in others))
