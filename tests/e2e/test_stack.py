"""`sam deploy` to the emulator: uploaded files pass every service and come back as rows."""

from __future__ import annotations

import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.e2e.judging import UNDISTURBED, undisturbed
from tests.e2e.label_files import labelled
from tests.e2e.parquet import rows
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import WINDOW, captured, requests

pytestmark = [pytest.mark.e2e, begins(undisturbed)]
HOUR = f"date={WINDOW:%Y-%m-%d}/hour=09/"


def test_files_of_all_forms_become_rows(stack: Stack) -> None:
    captures, labels = captured(UNDISTURBED), labelled(UNDISTURBED)
    stack.wait_until_split(UNDISTURBED, captures, labels)
    prefix = f"prepared/predictions/endpoint={UNDISTURBED}/variant=AllTraffic/{HOUR}"
    prepared = stack.keys(prefix)
    assert len(prepared) == len(captures.objects)

    found = {
        (row["inference_id"] or row["event_id"], row["record_index"]): (
            row["prediction"],
            row["probability"],
        )
        for key in prepared
        for row in rows(stack.read(key))
    }
    assert found == {
        (request.name, place): (str(request.predicted[place]), request.scores[place])
        for request in requests()
        if not request.is_broken
        for place in range(request.records)
    }


def test_a_file_that_arrives_again_gives_the_same_bytes(stack: Stack) -> None:
    captures, labels = captured(UNDISTURBED), labelled(UNDISTURBED)
    stack.wait_until_split(UNDISTURBED, captures, labels)
    prefix = f"prepared/predictions/endpoint={UNDISTURBED}/"
    before = {key: stack.read(key) for key in stack.keys(prefix)}
    written = {key: _written(stack, key) for key in before}

    stack.upload(captures)
    stack.eventually(
        lambda: all(_written(stack, key) > written[key] for key in before), "all files once more"
    )
    assert {key: stack.read(key) for key in stack.keys(prefix)} == before


def _written(stack: Stack, key: str) -> float:
    return stack.s3.head_object(Bucket=stack.bucket, Key=key)["LastModified"].timestamp()


@pytest.mark.parametrize(
    ("table", "dataset", "variant"),
    [("predictions", "predictions", "AllTraffic"), ("labels", "ground-truth", "")],
)
def test_the_catalogue_says_where_rows_lie_and_what_is_in_them(
    stack: Stack, table: str, dataset: str, variant: str
) -> None:
    """What Athena goes by; the emulator's own Athena knows no partition projection."""
    stack.wait_until_split(UNDISTURBED, captured(UNDISTURBED), labelled(UNDISTURBED))
    database = stack.outputs["GlueDatabaseName"]
    found = stack.client("glue").get_table(DatabaseName=database, Name=table)["Table"]
    (key, *_) = stack.keys(f"prepared/{dataset}/endpoint={UNDISTURBED}/")
    hour = key.partition("hour=")[2][:2]
    place = found["Parameters"]["storage.location.template"]
    for name, value in (
        ("endpoint", UNDISTURBED),
        ("variant", variant),
        ("date", f"{WINDOW:%Y-%m-%d}"),
        ("hour", hour),
    ):
        place = place.replace(f"${{{name}}}", value)
    assert f"s3://{stack.bucket}/{key}".startswith(f"{place}/")

    columns = {each["Name"]: each["Type"] for each in found["StorageDescriptor"]["Columns"]}
    schema = pq.read_schema(io.BytesIO(stack.read(key)))
    assert columns == {field.name: _hive(field.type) for field in schema}


def _hive(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"array<{_hive(kind.value_type)}>"
    if pa.types.is_timestamp(kind):
        return "timestamp"
    return {"int32": "int", "int64": "bigint"}.get(str(kind), str(kind))
