"""Columns of the ledger, and their types."""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us", "UTC")
EVIDENCE = ("value", "baseline", "limit", "drop", "drop_error", "p_value", "level",
            "smallest_visible_drop")  # fmt: skip
_METRIC = pa.struct(
    [
        ("name", pa.string()),
        ("value", pa.float64()),
        ("reason", pa.string()),
        ("unavailable", pa.bool_()),
        ("standard_error", pa.float64()),
        ("independent_error", pa.float64()),
        ("requests", pa.int64()),
        ("records", pa.int64()),
        ("design_effect", pa.float64()),
        ("effective_records", pa.float64()),
    ]
)
_CHECK = pa.struct(
    [
        ("metric", pa.string()),
        ("comparison_operator", pa.string()),
        ("threshold", pa.float64()),
        ("status", pa.string()),
        ("reason", pa.string()),
        *((name, pa.float64()) for name in EVIDENCE),
    ]
)
_JOIN_CHECK = pa.struct(
    [
        ("name", pa.string()),
        ("value", pa.float64()),
        ("limit", pa.float64()),
        ("status", pa.string()),
        ("reason", pa.string()),
    ]
)
_DELAY = pa.struct([("tenth", pa.int64()), ("half", pa.int64()), ("most", pa.int64())])
_COST = pa.struct(
    [("seconds", pa.float64()), ("peak_memory_mb", pa.float64()), ("windows", pa.int64())]
)
LEDGER = pa.schema(
    [
        ("variant", pa.string()),
        ("window_start", TIME),
        ("window_end", TIME),
        ("version", pa.int32()),
        ("state", pa.string()),
        ("state_reason", pa.string()),
        ("as_of", TIME),
        ("restated_because", pa.string()),
        ("verdict", pa.string()),
        ("reason", pa.string()),
        ("problem_type", pa.string()),
        ("positive_label", pa.string()),
        ("negative_label", pa.string()),
        ("refused", pa.string()),
        ("notes", pa.list_(pa.string())),
        ("judged", pa.int64()),
        ("coverage", pa.float64()),
        ("join_counts", pa.map_(pa.string(), pa.int64())),
        ("join_checks", pa.list_(_JOIN_CHECK)),
        ("metrics", pa.list_(_METRIC)),
        ("checks", pa.list_(_CHECK)),
        ("statistics", pa.string()),
        ("labelled", pa.string()),
        ("pictures", pa.string()),
        ("label_delay", _DELAY),
        ("cost", _COST),
        ("inputs", pa.list_(pa.struct([("key", pa.string()), ("etag", pa.string())]))),
        ("context", pa.string()),
        ("configuration", pa.string()),
        ("baseline", pa.string()),
        ("code", pa.string()),
    ]
)
"""Columns of the ledger; endpoint and date are folders. `variant` is null for all together."""
