"""SIGTERM, by which jobs are stopped: the process ends at once, and says so."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from monitor.job_message import failure_message, message_file

STOPPED = 128 + signal.SIGTERM


def end_on_sigterm(environment: Mapping[str, str] = os.environ) -> None:
    """From now on SIGTERM ends the process, also the first one of a container, which ignores it.

    A handler in Python runs only when the call into Arrow or DuckDB returns, which may be after
    SageMaker's two minutes of patience; so a thread waits for the signal.
    """
    received, told = os.pipe()
    os.set_blocking(told, False)
    signal.set_wakeup_fd(told)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    threading.Thread(target=_end, args=(received, environment), daemon=True).start()


def _end(received: int, environment: Mapping[str, str]) -> None:
    # Other signals with a handler in Python wake this, too.
    while os.read(received, 1) != bytes([signal.SIGTERM]):
        continue
    file = message_file(environment)
    if file is not None:
        window = f"{environment.get('start_time')}/{environment.get('end_time')}"
        with suppress(OSError):
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(failure_message(f"stopped before window {window} was done"))
    os.write(2, b"stopped by SIGTERM\n")
    os._exit(STOPPED)
