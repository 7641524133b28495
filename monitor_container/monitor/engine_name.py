"""The query engines that there are, by the name that settings have for them."""

from __future__ import annotations

from enum import StrEnum


class EngineName(StrEnum):
    """On one machine, or on one or many."""

    DUCKDB = "duckdb"
    SPARK = "spark"
