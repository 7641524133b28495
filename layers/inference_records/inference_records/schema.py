"""Columns of the datasets, and the names that the rest of the code uses for them.

What the folders of a file say (endpoint, variant, date, hour) stands in no column: readers of
Hive-style partitions add it, and refuse or shadow a column of the same name.
"""

from __future__ import annotations

import pyarrow as pa

TIME = pa.timestamp("us", "UTC")
_ID = pa.dictionary(pa.int32(), pa.string())

PREDICTIONS = pa.schema(
    [
        pa.field("event_id", _ID),
        pa.field("inference_id", _ID),
        pa.field("record_id", pa.string()),
        pa.field("record_index", pa.int32()),
        pa.field("record_count", pa.int32()),
        pa.field("inference_time", TIME),
        pa.field("prediction", pa.string()),
        pa.field("prediction_value", pa.float64()),
        pa.field("probability", pa.float64()),
        pa.field("probabilities", pa.list_(pa.float64())),
        pa.field("classes", pa.list_(pa.string())),
        pa.field("source_key", _ID),
        pa.field("source_line", pa.int32()),
    ]
)

LABELS = pa.schema(
    [
        pa.field("inference_id", pa.string()),
        pa.field("record_id", pa.string()),
        pa.field("record_index", pa.int32()),
        pa.field("label", pa.string()),
        pa.field("label_value", pa.float64()),
        pa.field("arrived_at", TIME),
        pa.field("source_key", _ID),
        pa.field("source_line", pa.int32()),
    ]
)

SET_ASIDE = pa.schema(
    [
        pa.field("event_id", pa.string()),
        pa.field("inference_id", pa.string()),
        pa.field("inference_time", TIME),
        pa.field("reason", pa.string()),
        pa.field("records", pa.int32()),
        pa.field("source_key", _ID),
        pa.field("source_line", pa.int32()),
    ]
)

PARTITION_KEYS = ("endpoint", "variant", "date", "hour")
"""Of predictions and of what was set aside; ground truth has no variant."""

FEATURE_PREFIX = "feature_"


def as_stored(schema: pa.Schema) -> pa.Schema:
    """The schema as a reader of the Parquet files sees it: dictionaries become plain text."""
    return pa.schema(
        [
            pa.field(f.name, f.type.value_type if pa.types.is_dictionary(f.type) else f.type)
            for f in schema
        ]
    )
