"""One hour judged by one engine, `scaling_run ENGINE CORES FOLDER`.

The clock begins when the engine is there: what a cluster takes to start is not of the data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from benchmarks.performance.contender import tell
from benchmarks.performance.prepared_hour import END, ENDPOINT, START
from monitor.engine import engine_named
from monitor.engine_duckdb import available_memory
from monitor.engine_name import EngineName
from monitor.hosts import Hosts
from monitor.ingest import Prepared
from monitor.locations import Location
from monitor.requested import RunRequest
from monitor.run import run
from monitor.spark_cluster import Machine

_SHARE = 0.5
"""Of the machine's memory: others may measure at the same time."""


def judged(engine: EngineName, folder: str) -> Mapping[str, object]:
    """Every metric and error of the hour."""
    request = RunRequest(
        prepared=Prepared(Location.of(folder)),
        endpoint=ENDPOINT,
        period=timedelta(hours=1),
        as_of=datetime(2026, 12, 20, tzinfo=UTC),
        start=START,
        end=END,
        connect=engine_named(engine),
        each_alone=True,
    )
    ((found,),) = [window.variants for window in run(request).windows]
    values = {name: value.value for name, value in found.values.items()}
    errors = {f"error of {name}": error.standard_error for name, error in found.errors.items()}
    return {"records": found.judged, **values, **errors}


@contextmanager
def started(engine: EngineName, cores: int) -> Iterator[None]:
    """The engine on so many cores of this machine."""
    os.sched_setaffinity(0, set(sorted(os.sched_getaffinity(0))[:cores]))
    if engine is EngineName.DUCKDB:
        yield
        return
    from monitor.spark_processes import led

    with led(Hosts(), Machine(cores, int(available_memory() * _SHARE))):
        yield


if __name__ == "__main__":
    name, cores, folder = EngineName(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    with started(name, cores):
        tell(lambda: judged(name, folder))
