"""Validation data from a file -> a data frame, with text left as it is written."""

from __future__ import annotations

import gzip
import io
import zlib

import pandas as pd
import pyarrow as pa

from inference_records.lines import open_stream
from monitor.baseline import BadValidationData
from monitor.locations import Location


def read_validation_data(location: Location) -> pd.DataFrame:
    """CSV with a header, JSON Lines or Parquet, by its ending; raises `BadValidationData`."""
    data = open_stream(io.BytesIO(location.read()))
    name = location.path.lower().removesuffix(".gz")
    try:
        if name.endswith((".parquet", ".pq")):
            return pd.read_parquet(data, dtype_backend="pyarrow")
        if name.endswith((".jsonl", ".ndjson")):
            return pd.read_json(data, lines=True, dtype_backend="pyarrow")
        if name.endswith(".csv"):
            # An empty cell is missing; "NA" and "None" may be classes.
            return pd.read_csv(data, dtype_backend="pyarrow", keep_default_na=False, na_values=[""])
    except (ValueError, pa.ArrowInvalid, EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadValidationData(f"{location.address}: {error}") from error
    raise BadValidationData(f"{location.address}: not a .csv, .jsonl or .parquet file")
