"""Who may do what: no more than named here, whatever the parameters are."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.unit.template.resolving import (
    ACCOUNT,
    DEPLOYMENTS,
    EVERYTHING,
    LAMBDA,
    MODEL_MONITOR,
    PROCESSING,
    SPARK_IMAGE,
    TEMPLATE,
    WITHOUT_JOBS,
    Deployment,
    statements,
)

each_deployment = pytest.mark.parametrize("given", DEPLOYMENTS.values(), ids=DEPLOYMENTS)
BUCKET = "arn:aws:s3:::DataBucket"
RUN = {
    ("s3:GetObject", "/prepared/*"),
    ("s3:GetObject", "/monitors/*"),
    ("s3:GetObject", "/reports/*"),
    ("s3:GetObject", "/ledger/*"),
    ("s3:ListBucket", ""),
    ("s3:PutObject", "/reports/*"),
    ("s3:AbortMultipartUpload", "/reports/*"),
    # on a condition, in one request; nobody may delete a version
    ("s3:PutObject", "/ledger/*"),
}


def policies(deployment: Deployment) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each policy that a role gets, beside the name of the resource that has it."""
    for name, body in deployment.resources.items():
        properties = body.get("Properties", {})
        if body["Type"] in ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy"):
            yield name, properties["PolicyDocument"]
        for policy in properties.get("Policies", []):
            if isinstance(policy, dict):
                yield name, policy.get("PolicyDocument", policy)


def granted(deployment: Deployment, role: str) -> list[dict[str, Any]]:
    """The statements of a role or of a function's role, those of its managed policies, too."""
    properties = deployment.resources[role]["Properties"]
    referred = [*properties.get("ManagedPolicyArns", []), *properties.get("Policies", [])]
    names = {name for name in referred if isinstance(name, str)}
    for name, body in deployment.of_type("AWS::IAM::Policy").items():
        if f"{role}Role" in body["Roles"]:
            names.add(name)
    return [
        statement
        for name, document in policies(deployment)
        if name in names | {role}
        for statement in statements(document)
    ]


def reach(deployment: Deployment, role: str, service: str) -> set[tuple[str, str]]:
    return {
        (action, resource.removeprefix(BUCKET))
        for statement in granted(deployment, role)
        for action in statement["Action"]
        for resource in statement["Resource"]
        if action.startswith(f"{service}:")
    }


@each_deployment
def test_no_role_may_use_a_whole_service(given: dict[str, str]) -> None:
    found = [(name, s) for name, body in policies(Deployment(given)) for s in statements(body)]
    assert found
    assert not [name for name, s in found if any("*" in action for action in s["Action"])]


@each_deployment
def test_every_resource_only_where_the_reason_is_stated(given: dict[str, str]) -> None:
    for name, document in policies(Deployment(given)):
        reasons = TEMPLATE["Resources"][name].get("Metadata", {}).get("AnyResource", {})
        for statement in statements(document):
            if "*" in statement["Resource"]:
                assert len(reasons[statement["Sid"]]) > 20, f"{name}: {statement['Sid']}"


def test_no_reason_is_left_over() -> None:
    deployment = Deployment(EVERYTHING | MODEL_MONITOR)
    used = {s.get("Sid") for _, body in policies(deployment) for s in statements(body)}
    for body in TEMPLATE["Resources"].values():
        assert set(body.get("Metadata", {}).get("AnyResource", {})) <= used


@each_deployment
def test_nothing_reaches_beyond_the_account_but_the_key_and_the_bucket(
    given: dict[str, str],
) -> None:
    for _, document in policies(Deployment(given)):
        for statement in statements(document):
            for resource in statement["Resource"]:
                if resource.startswith("arn:") and not resource.startswith("arn:aws:s3:::"):
                    assert f":{ACCOUNT}:" in resource


@each_deployment
def test_a_role_of_a_service_is_taken_on_for_this_account_only(given: dict[str, str]) -> None:
    for role in Deployment(given).of_type("AWS::IAM::Role").values():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@pytest.mark.parametrize(
    ("function", "source", "datasets", "removed"),
    [
        ("SplitCaptureFunction", "CAPTURE_PREFIX", ("predictions", "set-aside"), ("set-aside",)),
        ("SplitGroundTruthFunction", "GROUND_TRUTH_PREFIX", ("ground-truth",), ()),
    ],
)
def test_a_splitter_may_touch_the_prefixes_that_it_is_told_and_no_others(
    function: str, source: str, datasets: tuple[str, ...], removed: tuple[str, ...]
) -> None:
    deployment = Deployment(PROCESSING)
    told = deployment.variables(function)
    rejected, prepared = f"/{told['REJECTED_PREFIX']}*", f"/{told['PREPARED_PREFIX']}"
    written = {rejected, *(f"{prepared}{dataset}/*" for dataset in datasets)}
    assert reach(deployment, function, "s3") == {
        ("s3:GetObject", f"/{told['MONITORS_PREFIX']}*"),
        ("s3:GetObject", f"/{told[source]}*"),
        ("s3:ListBucket", ""),
        *(("s3:PutObject", prefix) for prefix in written),
        # a large upload that fails leaves no parts behind
        *(("s3:AbortMultipartUpload", prefix) for prefix in written),
        # read again under mended settings, a file has less to set aside
        ("s3:DeleteObject", rejected),
        *(("s3:DeleteObject", f"{prepared}{dataset}/*") for dataset in removed),
    }


@pytest.mark.parametrize("role", ["MonitorFunction", "JobRole"])
def test_function_and_job_have_the_same_data(role: str) -> None:
    assert reach(Deployment(PROCESSING), role, "s3") == RUN
    raw = {("s3:GetObject", "/data-capture/*"), ("s3:GetObject", "/ground-truth/*")}
    expected = RUN | raw if role == "JobRole" else RUN
    assert reach(Deployment(MODEL_MONITOR), role, "s3") == expected


@each_deployment
def test_listing_is_limited_to_prefixes(given: dict[str, str]) -> None:
    for _, document in policies(Deployment(given)):
        for statement in statements(document):
            if "s3:ListBucket" in statement["Action"]:
                assert statement["Condition"]["StringLike"]["s3:prefix"]
                assert statement["Action"] == ["s3:ListBucket"]


@each_deployment
@pytest.mark.parametrize("name", ["PREPARED", "MONITORS", "REPORTS", "LEDGER"])
def test_what_a_run_looks_for_it_may_list_and_read(given: dict[str, str], name: str) -> None:
    """Who may not list is told 403 of what is not there."""
    deployment = Deployment(given)
    prefix = f"{deployment.variables('MonitorFunction')[f'{name}_PREFIX']}*"
    for role in ("MonitorFunction", "JobRole"):
        listed = {
            prefix
            for statement in granted(deployment, role)
            if "s3:ListBucket" in statement["Action"]
            for prefix in statement["Condition"]["StringLike"]["s3:prefix"]
        }
        assert prefix in listed
        (bucket,) = {found for action, found in reach(deployment, role, "s3") if "List" in action}
        assert ("s3:GetObject", f"{bucket}/{prefix}") in reach(deployment, role, "s3")


def test_the_monitor_starts_jobs_of_its_own_with_the_role_of_jobs_only() -> None:
    found = {s.get("Sid"): s for s in granted(Deployment(PROCESSING), "MonitorFunction")}
    (jobs,) = found["StartJobs"]["Resource"]
    job = "batch-payload-monitor-churn-202611200900-0a1b2c3d"
    arn = "arn:aws:sagemaker:eu-central-1:111122223333:processing-job/"
    assert fnmatch.fnmatchcase(arn + job, jobs)
    assert not fnmatch.fnmatchcase(f"{arn}training", jobs)
    passed = found["GiveThemTheirRole"]
    assert passed["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/JobRole"]
    assert passed["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_where_there_are_no_jobs_the_function_may_start_nothing() -> None:
    deployment = Deployment(WITHOUT_JOBS)
    assert not reach(deployment, "MonitorFunction", "sagemaker")
    assert not reach(deployment, "MonitorFunction", "iam")
    # What does not fit into it, it hands over.
    assert reach(Deployment(LAMBDA), "MonitorFunction", "sagemaker")


def test_the_monitor_may_call_itself_and_no_other_function() -> None:
    assert reach(Deployment(PROCESSING), "MonitorFunction", "lambda") == {
        ("lambda:GetFunction", "MonitorFunction.Arn"),
        ("lambda:InvokeFunction", "MonitorFunction.Arn"),
    }


@each_deployment
def test_what_depends_on_a_parameter_is_granted_with_it_only(given: dict[str, str]) -> None:
    deployment = Deployment(given)
    actions = {a for _, body in policies(deployment) for s in statements(body) for a in s["Action"]}
    services = {action.partition(":")[0] for action in actions}
    assert ("kms" in services) == bool(given.get("KmsKeyArn"))
    assert ("ec2" in services) == bool(given.get("JobSubnetIds"))
    assert ("secretsmanager" in services) == (given.get("FeatureHashing") == "Enabled")


def test_the_image_that_sam_pushes_may_be_pulled() -> None:
    pulled = next(s for s in granted(Deployment(PROCESSING), "JobRole") if s["Sid"] == "PullImage")
    (allowed,) = pulled["Resource"]
    # samcli.lib.bootstrap.companion_stack: STACK, digest, /, FUNCTION, digest, repo
    name = "batchpayloadmonitor0a1b2c3d/monitorfunction4e5f6a7brepo"
    assert fnmatch.fnmatchcase(f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/{name}", allowed)


@pytest.mark.parametrize("version", [":1.2", f"@sha256:{'0a' * 32}"])
def test_the_image_of_clusters_may_be_pulled_where_there_is_one(version: str) -> None:
    image = SPARK_IMAGE.partition(":")[0] + version
    assert re.search(TEMPLATE["Parameters"]["SparkImageUri"]["AllowedPattern"], image)
    deployment = Deployment({"SparkImageUri": image})
    pulled = next(s for s in granted(deployment, "JobRole") if s["Sid"] == "PullImage")
    allowed = f"arn:aws:ecr:eu-central-1:{ACCOUNT}:repository/team/monitor-spark"
    assert pulled["Resource"][1:] == [allowed]
    assert deployment.variables("MonitorFunction")["SPARK_IMAGE_URI"] == image
