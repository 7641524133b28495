"""The monitor itself, as `monitor.run` does it, over prepared records."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.performance.contender import tell
from benchmarks.performance.prepared_data import ENDPOINT, HOUR
from monitor import aggregate
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.requested import RunRequest
from monitor.run import run

_HOUR = timedelta(hours=1)
WITHOUT_ERRORS = "without-errors"


def found(folder: Path) -> dict[str, object]:
    """The metrics of the only window, with everything else that the monitor computes of it."""
    request = RunRequest(
        Prepared(Location.of(str(folder))), ENDPOINT, _HOUR, datetime.now(UTC), HOUR, HOUR + _HOUR
    )
    (quality,) = run(request).qualities
    matrix = quality.inputs.get("confusion_matrix")
    return {
        "count": quality.judged,
        "confusion": None if matrix is None else matrix.counts.ravel().tolist(),  # type: ignore[attr-defined]
        "errors": len(quality.errors),
        **{name: of.value for name, of in quality.values.items()},
    }


if __name__ == "__main__":
    if sys.argv[2:] == [WITHOUT_ERRORS]:
        # No setting leaves them out: they cost what this difference says.
        vars(aggregate)["sources"] = lambda *_records: []
        vars(aggregate)["by_folds"] = lambda *_folds: {}
    tell(lambda: found(Path(sys.argv[1])))
