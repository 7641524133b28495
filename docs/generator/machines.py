"""The table of docs/sizing.md: up to which size each machine is chosen, and what it costs."""

from __future__ import annotations

from docs.generator.cost import Prices
from docs.generator.markdown import code, table
from monitor.machines import GIB, HOST, MACHINES
from monitor.sizing import (
    FIXED_BYTES,
    JUDGED_BYTES,
    MOST_HOSTS,
    SPARK_USABLE,
    USABLE,
)

_FUNCTIONS_MB = (1024, 3008, 10240)


def parts() -> dict[str, str]:
    """Name of the part to its text."""
    heads = ("Judged by", "Memory", "Records of a window, up to", "Dollars an hour")
    prices = Prices()
    gigabyte = prices.lambda_gb_second * 3600
    rows = [
        (
            f"function, `MonitorMemoryMB` {size}",
            f"{size / 1024:.1f} GiB",
            _millions(USABLE * size * 2**20),
            f"{size / 1024 * gigabyte:.2f}",
        )
        for size in _FUNCTIONS_MB
    ]
    rows += [
        (
            code(item.name),
            f"{item.memory // GIB} GiB",
            _millions(USABLE * item.memory),
            f"{prices.instance(item.name):.2f}",
        )
        for item in MACHINES
    ]
    memory = SPARK_USABLE * HOST.memory * (MOST_HOSTS - 1)
    rows.append(
        (
            f"cluster of {code(HOST.name)}, up to {MOST_HOSTS}",
            f"{HOST.memory // GIB} GiB each",
            _millions(memory),
            f"{prices.instance(HOST.name):.2f} each",
        )
    )
    return {"machines": table(heads, rows)}


def _millions(memory: float) -> str:
    return f"{(memory - FIXED_BYTES) / JUDGED_BYTES / 1e6:,.1f} million"
