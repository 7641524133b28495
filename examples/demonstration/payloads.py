"""The forms in which the endpoints' requests and responses are captured."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pandas as pd

Side = dict[str, str]
Form = Callable[[pd.DataFrame, pd.DataFrame], tuple[Side, Side]]
"""Rows that were asked and answered -> `endpointInput` and `endpointOutput`."""


def json_list_of_objects(asked: pd.DataFrame, answered: pd.DataFrame) -> tuple[Side, Side]:
    """`[{"mean radius": 14.1, ...}, ..]` -> `[{"predicted_label": 1, "probability": 0.9}, ..]`."""
    return (
        _side("INPUT", "application/json", "JSON", _objects(asked)),
        _side("OUTPUT", "application/json", "JSON", _objects(answered)),
    )


def csv_lines(asked: pd.DataFrame, answered: pd.DataFrame) -> tuple[Side, Side]:
    """A line of numbers a record, without header, both ways."""
    return (
        _side("INPUT", "text/csv", "CSV", _lines(asked)),
        _side("OUTPUT", "text/csv; charset=utf-8", "CSV", _lines(answered)),
    )


def base64_object_of_columns(asked: pd.DataFrame, answered: pd.DataFrame) -> tuple[Side, Side]:
    """`{"age": [..], "bp": [..]}` -> `{"prediction": [..]}`; Flask calls its answer text/html."""
    return (
        _side("INPUT", "application/x-columns", "BASE64", _base64(_columns(asked))),
        _side("OUTPUT", "text/html; charset=utf-8", "BASE64", _base64(_columns(answered))),
    )


def _columns(rows: pd.DataFrame) -> dict[str, list[float]]:
    return {str(name): column.tolist() for name, column in rows.items()}


def _objects(rows: pd.DataFrame) -> str:
    columns = _columns(rows)
    records = zip(*columns.values(), strict=True)
    return json.dumps([dict(zip(columns, record, strict=True)) for record in records])


def _lines(rows: pd.DataFrame) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in rows.to_numpy().tolist())


def _base64(document: object) -> str:
    return base64.b64encode(json.dumps(document).encode()).decode()


def _side(mode: str, content_type: str, encoding: str, data: str) -> Side:
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}
