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
    """`[{"mean radius": 14.1, ...}, ...]` -> `[{"predicted_label": 1, "probability": 0.93}, ...]`."""
    return (
        _side("INPUT", "application/json", "JSON", asked.to_json(orient="records")),
        _side("OUTPUT", "application/json", "JSON", answered.to_json(orient="records")),
    )


def csv_lines(asked: pd.DataFrame, answered: pd.DataFrame) -> tuple[Side, Side]:
    """A line of numbers a record, without header, both ways."""
    return (
        _side("INPUT", "text/csv", "CSV", asked.to_csv(index=False, header=False)),
        _side(
            "OUTPUT",
            "text/csv; charset=utf-8",
            "CSV",
            answered.to_csv(index=False, header=False),
        ),
    )


def base64_object_of_columns(asked: pd.DataFrame, answered: pd.DataFrame) -> tuple[Side, Side]:
    """`{"age": [...], "bmi": [...]}` -> `{"prediction": [...]}`; Flask calls its answer text/html."""
    return (
        _side("INPUT", "application/x-columns", "BASE64", _columns(asked)),
        _side("OUTPUT", "text/html; charset=utf-8", "BASE64", _columns(answered)),
    )


def _columns(rows: pd.DataFrame) -> str:
    return base64.b64encode(json.dumps(rows.to_dict(orient="list")).encode()).decode()


def _side(mode: str, content_type: str, encoding: str, data: str) -> Side:
    return {"observedContentType": content_type, "mode": mode, "data": data, "encoding": encoding}
