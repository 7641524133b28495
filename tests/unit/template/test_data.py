"""What is kept: encrypted, in one bucket that outlives the stack, and readable as tables."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from inference_records import partitions, schema
from monitor.ledger import Ledger
from monitor.ledger_rows import LEDGER
from monitor.locations import Location
from tests.unit.template.resolving import (
    DEPLOYMENTS,
    EVERYTHING,
    KEY,
    MODEL_MONITOR,
    PROCESSING,
    TEMPLATE,
    Deployment,
)

each_deployment = pytest.mark.parametrize("given", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
SCALARS = {
    pa.string(): "string",
    pa.int32(): "int",
    pa.int64(): "bigint",
    pa.float64(): "double",
    pa.bool_(): "boolean",
    schema.TIME: "timestamp",
}
TABLES = {
    "predictions": (partitions.PREDICTIONS, schema.PREDICTIONS, schema.PARTITION_KEYS, "blue"),
    "set_aside": (partitions.SET_ASIDE, schema.SET_ASIDE, schema.PARTITION_KEYS, "blue"),
    "labels": (partitions.GROUND_TRUTH, schema.LABELS, ("endpoint", "date", "hour"), None),
}
each_table = pytest.mark.parametrize("name", TABLES)


def hive(kind: pa.DataType) -> str:
    """A type as Athena spells it: without blanks, which it does not forgive inside of one."""
    if pa.types.is_struct(kind):
        return f"struct<{','.join(f'{field.name}:{hive(field.type)}' for field in kind)}>"
    if pa.types.is_map(kind):
        return f"map<{hive(kind.key_type)},{hive(kind.item_type)}>"
    if pa.types.is_list(kind):
        return f"array<{hive(kind.value_type)}>"
    return SCALARS[kind]


def columns_of(found: dict[str, Any]) -> dict[str, str]:
    return {item["Name"]: item["Type"] for item in found["StorageDescriptor"]["Columns"]}


def table(name: str) -> dict[str, Any]:
    tables = Deployment(PROCESSING).of_type("AWS::Glue::Table").values()
    (found,) = (t["TableInput"] for t in tables if t["TableInput"]["Name"] == name)
    return dict(found)


@each_deployment
def test_everything_at_rest_is_encrypted(given: dict[str, str]) -> None:
    deployment = Deployment(given)
    key = given.get("KmsKeyArn")
    assert all(
        queue["SqsManagedSseEnabled"] for queue in deployment.of_type("AWS::SQS::Queue").values()
    )
    for bucket in deployment.of_type("AWS::S3::Bucket").values():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        assert default["SSEAlgorithm"] == ("aws:kms" if key else "AES256")
        assert default.get("KMSMasterKeyID") == key
        assert rule.get("BucketKeyEnabled", False) == bool(key)
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_customers_key_encrypts_all_that_can_hold_data() -> None:
    deployment = Deployment(EVERYTHING | MODEL_MONITOR)
    groups = deployment.of_type("AWS::Logs::LogGroup").values()
    assert {group["KmsKeyId"] for group in groups} == {KEY}
    (topic,) = deployment.of_type("AWS::SNS::Topic").values()
    (secret,) = deployment.of_type("AWS::SecretsManager::Secret").values()
    assert topic["KmsMasterKeyId"] == secret["KmsKeyId"] == KEY
    (schedule,) = deployment.of_type("AWS::SageMaker::MonitoringSchedule").values()
    job = schedule["MonitoringScheduleConfig"]["MonitoringJobDefinition"]
    assert job["MonitoringOutputConfig"]["KmsKeyId"] == KEY
    assert job["MonitoringResources"]["ClusterConfig"]["VolumeKmsKeyId"] == KEY


def test_the_topic_is_not_encrypted_with_a_key_that_alarms_cannot_use() -> None:
    (topic,) = Deployment(PROCESSING).of_type("AWS::SNS::Topic").values()
    assert "KmsMasterKeyId" not in topic


def test_the_bucket_refuses_plain_http() -> None:
    (policy,) = Deployment(PROCESSING).of_type("AWS::S3::BucketPolicy").values()
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_the_bucket_tells_eventbridge_and_outlives_the_stack() -> None:
    bucket = TEMPLATE["Resources"]["DataBucket"]
    assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
    notifications = bucket["Properties"]["NotificationConfiguration"]
    assert notifications["EventBridgeConfiguration"]["EventBridgeEnabled"] is True


def test_nothing_else_is_left_behind() -> None:
    kept = [name for name, body in TEMPLATE["Resources"].items() if "DeletionPolicy" in body]
    assert kept == ["DataBucket"]


def test_old_versions_and_broken_uploads_are_forgotten() -> None:
    bucket = Deployment(PROCESSING).resources["DataBucket"]["Properties"]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    versions, derived, uploads = bucket["LifecycleConfiguration"]["Rules"]
    assert versions["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert uploads["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 7
    # Nothing that is current ever expires, but what is made again where it is missing.
    assert not any("ExpirationInDays" in rule for rule in (versions, uploads))
    prefix = Deployment(PROCESSING).variables("MonitorFunction")["DERIVED_PREFIX"]
    assert (derived["Prefix"], derived["ExpirationInDays"]) == (prefix, 60)


def test_an_existing_bucket_is_left_as_it_is() -> None:
    deployment = Deployment({"DataBucketName": "ours"})
    assert not deployment.of_type("AWS::S3::Bucket")
    assert not deployment.of_type("AWS::S3::BucketPolicy")
    assert deployment.variables("MonitorFunction")["DATA_BUCKET"] == "ours"


@each_table
def test_a_table_has_the_columns_that_are_written(name: str) -> None:
    _, written, keys, _ = TABLES[name]
    found = table(name)
    columns = columns_of(found)
    stored = schema.as_stored(written)
    assert columns == {column.name: hive(column.type) for column in stored}
    assert list(columns) == stored.names
    assert [item["Name"] for item in found["PartitionKeys"]] == list(keys)


@each_table
def test_a_table_looks_where_files_are_written(name: str) -> None:
    dataset, *_, variant = TABLES[name]
    found = table(name)
    hour = datetime(2026, 11, 20, 9, tzinfo=UTC)
    values = {"endpoint": "churn", "variant": variant, "date": "2026-11-20", "hour": "09"}
    template = found["Parameters"]["storage.location.template"]
    place = re.sub(r"\$\{(\w+)\}", lambda match: str(values[match[1]]), template)
    prefix = partitions.Partition(dataset, "churn", variant, hour).prefix
    assert f"{place}/" == f"s3://DataBucket/prepared/{prefix}"
    assert place.startswith(found["StorageDescriptor"]["Location"])


@each_table
def test_every_partition_is_computed(name: str) -> None:
    parameters = table(name)["Parameters"]
    assert parameters["projection.enabled"] == "true"
    for key in TABLES[name][2]:
        assert f"projection.{key}.type" in parameters
    assert parameters["projection.hour.digits"] == "2"
    assert parameters["projection.date.range"].endswith(",NOW")


def test_the_table_of_the_ledger_has_the_columns_that_are_written_and_no_partition_twice() -> None:
    found = table("ledger")
    columns = columns_of(found)
    assert columns == {column.name: hive(column.type) for column in LEDGER}
    assert list(columns) == LEDGER.names
    keys = [item["Name"] for item in found["PartitionKeys"]]
    assert keys == ["endpoint", "date"]
    assert not set(keys) & set(columns)
    parameters = found["Parameters"]
    assert parameters["projection.enabled"] == "true"
    assert {f"projection.{key}.type" for key in keys} <= set(parameters)
    assert parameters["projection.date.range"].endswith(",NOW")


def test_the_table_of_the_ledger_looks_where_versions_are_written(tmp_path: Path) -> None:
    variables = Deployment(PROCESSING).variables("MonitorFunction")
    folder = Ledger(Location.of(str(tmp_path)), "churn").folder.path
    day = partitions.date_folder(datetime(2026, 11, 20, 9, tzinfo=UTC))
    written = f"{variables['LEDGER_PREFIX']}{Path(folder).name}/{day}"
    found = table("ledger")
    template = found["Parameters"]["storage.location.template"]
    place = template.replace("${endpoint}", "churn").replace("${date}", "2026-11-20")
    assert place == f"s3://DataBucket/{written}"
    assert place.startswith(found["StorageDescriptor"]["Location"])


def test_the_database_needs_no_quotes() -> None:
    (database,) = Deployment(PROCESSING).of_type("AWS::Glue::Database").values()
    assert re.fullmatch(r"[a-z0-9_]+", database["DatabaseInput"]["Name"])
