"""`make local`: each function by `sam local invoke`, on an S3 of this machine, without an account.

The functions run in Lambda's own containers, from what `sam build` built; only S3 is a stand-in.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO
from urllib.parse import unquote_plus

import boto3
import yaml  # type: ignore[import-untyped] # it ships no types
from moto.server import ThreadedMotoServer

from local_arguments import ROOT, Steps, steps_asked

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

DATA = Path(__file__).parent / "data"
BUILT = ROOT / ".aws-sam/build"
LOG = BUILT / "local.log"
BUCKET = "batch-payload-monitor-data"
# How a container finds this machine.
HOST = "host.docker.internal"
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
}
_KEY = re.compile(r"(?:data-capture|ground-truth)/[^\"\\]+")


def main(steps: Steps) -> None:
    """Upload what the sample events speak of, invoke the functions, show what they wrote."""
    with local_aws() as aws, LOG.open("w") as log:
        put_samples(aws.s3)
        known = set(listed(aws.s3))
        for function, event in steps:
            print(f"$ sam local invoke {function} --event {event}", flush=True)
            answer = invoke(aws.template, function, event, log)
            print(answer.strip(), flush=True)
            if failed(answer):
                sys.exit(f"it failed; the functions' log: {LOG.relative_to(ROOT)}")
            found = set(listed(aws.s3))
            for key in sorted(found - known):
                print(f"  wrote s3://{BUCKET}/{key}")
            for message in aws.messages():
                print(f"\n{message.rstrip()}")
            print(flush=True)
            known = found
    print(f"The functions' log: {LOG.relative_to(ROOT)}")


@dataclass(frozen=True)
class LocalAws:
    """S3, SNS and CloudWatch of this machine, and the template that leads functions there."""

    s3: S3Client
    sqs: SQSClient
    queue: str
    template: Path

    def messages(self) -> list[str]:
        """What was sent to people since the last look."""
        found = self.sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10)
        notices = [json.loads(message["Body"]) for message in found.get("Messages", [])]
        for message in found.get("Messages", []):
            self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return [f"Subject: {notice['Subject']}\n\n{notice['Message']}" for notice in notices]


@contextmanager
def local_aws() -> Iterator[LocalAws]:
    """A server that containers reach, with the events' bucket and a topic with one reader."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    # Containers are not local to themselves.
    server = ThreadedMotoServer("0.0.0.0", port=0, verbose=False)
    server.start()
    _host, port = server.get_host_and_port()
    session = boto3.Session(
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        region_name=CREDENTIALS["AWS_DEFAULT_REGION"],
    )
    address = f"http://127.0.0.1:{port}"
    s3, sqs = (
        session.client("s3", endpoint_url=address),
        session.client("sqs", endpoint_url=address),
    )
    sns = session.client("sns", endpoint_url=address)
    s3.create_bucket(Bucket=BUCKET)
    queue = sqs.create_queue(QueueName="reader")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    topic = sns.create_topic(Name="people")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"])
    variables = {
        "AWS_ENDPOINT_URL": f"http://{HOST}:{port}",
        "NOTIFICATION_TOPIC_ARN": topic,
        "POWERTOOLS_TRACE_DISABLED": "true",
    }
    try:
        yield LocalAws(s3, sqs, queue, local_template("local.json", variables))
    finally:
        server.stop()


def put_samples(s3: S3Client) -> None:
    """The objects that the events tell of, and a baseline."""
    for path in sorted((ROOT / "events").glob("*_created_*.json")):
        name = "capture.jsonl" if path.name.startswith("capture") else "labels.jsonl"
        s3.put_object(Bucket=BUCKET, Key=key_in(path), Body=(DATA / name).read_bytes())
    constraints = (DATA / "constraints.json").read_bytes()
    s3.put_object(Bucket=BUCKET, Key="monitors/churn/constraints.json", Body=constraints)
    # Ten records are no evidence of anything: a value below its threshold is to be enough.
    settings = b'{"verdicts": {"policy": "threshold"}}'
    s3.put_object(Bucket=BUCKET, Key="monitors/churn/monitor.json", Body=settings)


def key_in(event: Path) -> str:
    """The key that an event speaks of; only a notification of S3's own encodes it."""
    found = _KEY.search(event.read_text())
    if found is None:
        raise ValueError(f"{event} names no object")
    return unquote_plus(found[0]) if event.stem.endswith("_s3") else found[0]


def listed(s3: S3Client) -> list[str]:
    """Every key of the bucket."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [item["Key"] for page in pages for item in page.get("Contents", [])]


def local_template(name: str, variables: dict[str, str]) -> Path:
    """A copy of the built template with variables of its own in every function.

    `--env-vars` would not do: it sets only variables that the template declares.
    """
    built = BUILT / "template.yaml"
    template: dict[str, Any] = yaml.safe_load(built.read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["Environment"]["Variables"].update(variables)
    # Beside the built one: its addresses of code are relative.
    copy = built.with_name(name)
    copy.write_text(json.dumps(template, default=str))
    return copy


def invoke(template: Path, function: str, event: str | Path, log: TextIO) -> str:
    """The answer of a function; what it logs goes to a file."""
    command = [
        *("sam", "local", "invoke", function, "--event", str(event)),
        *("--template", str(template), "--skip-pull-image", "--add-host", f"{HOST}:host-gateway"),
        *("--parameter-overrides", f"DataBucketName={BUCKET}", "MonitorRuntime=Lambda"),
    ]
    environment = {**os.environ, **CREDENTIALS}
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"it failed, as {LOG.relative_to(ROOT)} ends:\n{LOG.read_text()[-2000:]}")
    return done.stdout


def failed(answer: str) -> bool:
    """Whether a function raised, or ended without an answer."""
    try:
        found = json.loads(answer)
    except ValueError:
        return True
    return isinstance(found, dict) and "errorMessage" in found


if __name__ == "__main__":
    only_check = sys.argv[1:2] == ["--check"]
    try:
        steps = steps_asked(sys.argv[1 + only_check :])
    except ValueError as wrong:
        print(f"error: {wrong}", file=sys.stderr)
        sys.exit(2)
    if not only_check:
        main(steps)
