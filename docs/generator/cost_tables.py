"""The tables of docs/cost.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

from docs.generator.cost import (
    SIZES,
    Prices,
    Rates,
    Size,
    metrics_of_a_variant,
    monthly,
    window,
    window_seconds,
)
from docs.generator.markdown import code, table

# Beyond them nothing was measured in a function's memory and time.
_MOST_SECONDS, _MOST_MILLION_RECORDS = 600, 10


def parts() -> dict[str, str]:
    """Name of the part to its text."""
    return {
        "prices": _table_of(Prices(), ("Price", "Dollars", "Of")),
        "rates": _table_of(Rates(), ("Rate", "Value", "What it is", "How it is known")),
        "sizes": _sizes(),
        "bills": _bills(),
        "windows": _windows(),
        "metrics": f"At most {metrics_of_a_variant()} metrics a variant today.",
    }


def _table_of(numbers: Prices | Rates, heads: tuple[str, ...]) -> str:
    rows = []
    for item in fields(numbers):
        value = _shown(getattr(numbers, item.name))
        row = (code(item.name), value, item.metadata["meaning"], item.metadata["origin"])
        rows.append(row[: len(heads)])
    return table(heads, rows)


def _sizes() -> str:
    heads = ("", *(size.name for size in SIZES))
    told: Mapping[str, list[str]] = {
        "`MonitorRuntime`": [size.runtime for size in SIZES],
        "captured files an hour and endpoint (estimated)": [
            f"{s.files_an_hour:,.0f}" for s in SIZES
        ],
        "capture a day and endpoint": [
            f"{s.million_records_a_day * s.bytes_a_record / 1e3:,.1f} GB" for s in SIZES
        ],
        "instance of a job": [s.instance if s.runtime == "Processing" else "" for s in SIZES],
        "`label_horizon_hours`": [f"{s.horizon_hours:.0f}" for s in SIZES],
        "`label_lookback_hours`": [f"{s.lookback_hours:.0f}" for s in SIZES],
        "`correction_hours`": [f"{s.correction_hours:.0f}" for s in SIZES],
    }
    return table(heads, ([name, *cells] for name, cells in told.items()))


def _bills() -> str:
    bills = [monthly(size) for size in SIZES]
    rows = [[name, *(f"{bill[name]:,.2f}" for bill in bills)] for name in bills[0]]
    rows.append(["**total**", *(f"**{sum(bill.values()):,.2f}**" for bill in bills)])
    return table(("dollars a month", *(size.name for size in SIZES)), rows)


def _windows() -> str:
    heads = ("one window", "seconds", "dollars as `Lambda`", "dollars as `Processing`")
    # Two that differ in the runtime alone are one row.
    sizes = {window_seconds(size): size for size in reversed(SIZES)}
    rows = [
        [
            size.name,
            f"{window_seconds(size):,.0f}",
            f"{window(size, 'Lambda'):.4f}" if _fits_a_function(size) else "too large",
            f"{window(size, 'Processing'):.4f}",
        ]
        for size in reversed(sizes.values())
    ]
    return table(heads, rows)


def _fits_a_function(size: Size) -> bool:
    records = size.million_records_an_hour * size.window_hours
    return window_seconds(size) <= _MOST_SECONDS and records <= _MOST_MILLION_RECORDS


def _shown(value: float) -> str:
    """Two decimals, or as many as it takes to tell a small price."""
    if value >= 1:
        return f"{value:,.2f}"
    if value >= 0.01:
        return f"{value:.3f}".removesuffix("0")
    return f"{value:.10f}".rstrip("0")
