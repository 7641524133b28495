"""Spark's own processes on the hosts of a job: started, watched, ended.

The first host leads as long as its master answers. The others need no other word from it: when the
master is gone the job is over, and how it ended is told by the first host alone.
"""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pyspark
from pyspark.sql import SparkSession

from monitor.hosts import Hosts
from monitor.spark_cluster import (
    MASTER_PORT,
    ClusterFailed,
    Machine,
    master_command,
    session_settings,
    worker_command,
)

log = logging.getLogger(__name__)

_PATIENCE = 900.0
"""Seconds until all hosts of a job have started."""
_PAUSE, _ANSWERS_WITHIN = 2.0, 5.0
_MISSES = 3
_ENDS_WITHIN = 10.0
_LOGGING = Path(__file__).with_name("log4j2.properties")
_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"


@contextmanager
def led(hosts: Hosts, machine: Machine) -> Iterator[None]:
    """On the first host: a session that everybody else gets, on the cluster if there are others."""
    with _master(hosts) if hosts.others else _nothing():
        builder = SparkSession.builder.appName("batch-payload-monitor")
        for name, value in session_settings(hosts, machine).items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        try:
            if hosts.others:
                _await_workers(session)
            yield
        finally:
            session.stop()


def serve(hosts: Hosts, machine: Machine, patience: float = _PATIENCE) -> None:
    """On another host: work for the first until it is done; raises `ClusterFailed`."""
    _await_master(hosts, patience)
    command = worker_command(hosts, machine)
    worker, misses = _start(command), 0
    try:
        while misses < _MISSES:
            time.sleep(_PAUSE)
            misses = 0 if _answers(hosts.first) else misses + 1
            if worker.poll() is not None and not misses:
                log.warning("the worker ended with %d, and is started again", worker.returncode)
                worker = _start(command)
    finally:
        _end(worker)
    log.info("host %s is done, and so is this", hosts.first)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _master(hosts: Hosts) -> Iterator[None]:
    master = _start(master_command(hosts))
    try:
        _await_master(hosts, _PATIENCE, master)
        yield
    finally:
        _end(master)


def _await_master(
    hosts: Hosts, patience: float, process: subprocess.Popen[bytes] | None = None
) -> None:
    until = time.monotonic() + patience
    while not _answers(hosts.first):
        if time.monotonic() > until or (process is not None and process.poll() is not None):
            raise ClusterFailed(f"no Spark master answers on {hosts.first}:{MASTER_PORT}")
        time.sleep(_PAUSE)


def _await_workers(session: SparkSession) -> None:
    """At least one: without any, work would be waited for until the job's time is over."""
    until = time.monotonic() + _PATIENCE
    executors = session.sparkContext._jsc.sc()
    # The driver is counted, too.
    while executors.getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > until:
            raise ClusterFailed("no other host of the job came to work: see their logs")
        time.sleep(_PAUSE)


def _answers(host: str) -> bool:
    """Whether a master is there; a host's name may not be known yet, or no more."""
    with suppress(OSError), socket.create_connection((host, MASTER_PORT), _ANSWERS_WITHIN):
        return True
    return False


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # A worker keeps what it computes, and its executors' logs, where it is started.
    folder = tempfile.mkdtemp(prefix="spark-")
    environment = {
        **os.environ,
        "SPARK_DAEMON_JAVA_OPTS": f"-Dlog4j2.configurationFile={_LOGGING.as_uri()}",
        "SPARK_WORKER_DIR": folder,
    }
    return subprocess.Popen([_CLASS, *command], cwd=folder, env=environment)  # noqa: S603


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_ENDS_WITHIN)
    except subprocess.TimeoutExpired:
        process.kill()
