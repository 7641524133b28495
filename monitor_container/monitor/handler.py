"""The monitor function: wires the clock, people and CloudFormation to the starter."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import boto3
import orjson
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from inference_records.configuration import Configuration
from monitor.asked import Asked, Tick, of_endpoint, parse
from monitor.container import Judged, run_container
from monitor.endpoints import check_known, monitored, read_configuration
from monitor.function_settings import FunctionSettings, function_settings
from monitor.locations import Location
from monitor.outcomes import Done, JobState, Outcome
from monitor.own_image import answer, is_custom_resource, own_image, own_image_soon, put
from monitor.places import WindowRun
from monitor.processing_job import processing_job
from monitor.settings import container_settings
from monitor.sizing import MOST_SECONDS, Choice
from monitor.starter import Starter

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sagemaker import SageMakerClient

# The loggers of the package's modules are children of the one with the package's name.
logger = Logger(service="monitor")
metrics = Metrics()
tracer = Tracer()


@logger.inject_lambda_context(clear_state=True)
@tracer.capture_lambda_handler(capture_response=False)
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point: a tick of the clock, a range to judge again, or CloudFormation."""
    # Also where nothing failed: the alarm on it then has data.
    metrics.add_metric("EndpointsFailed", MetricUnit.Count, 0)
    if is_custom_resource(event):
        # Before anything else can fail: CloudFormation waits for an answer.
        client = boto3.client("lambda")
        image = partial(own_image_soon, client, context.function_name)
        answer(event, image, context.log_stream_name, put)
        return {}
    # One tick has one id, in all the invocations that come of it.
    correlation_id = event.get("correlation_id") or event.get("id") or context.aws_request_id
    logger.set_correlation_id(correlation_id)
    function = Function(function_settings(os.environ), context, correlation_id)
    asked = parse(event)
    logger.append_keys(asked=asked.event())
    if asked.endpoint is None:
        return function.fan_out(asked)
    check_known(function.settings.places, asked.endpoint)
    return function.see_to(asked, asked.endpoint)


@dataclass(frozen=True)
class Function:
    """One invocation, with what it may reach."""

    settings: FunctionSettings
    context: LambdaContext
    correlation_id: str

    @cached_property
    def lambda_client(self) -> LambdaClient:
        return boto3.client("lambda")

    @cached_property
    def sagemaker(self) -> SageMakerClient:
        return boto3.client("sagemaker")

    @cached_property
    def image(self) -> str:
        """The image of this very function."""
        return own_image(self.lambda_client, self.context.function_name)

    def fan_out(self, asked: Asked) -> dict[str, Any]:
        """Each endpoint in an invocation of its own, with its own time and retries."""
        endpoints = monitored(self.settings.places)
        for endpoint in endpoints:
            self.invoke(of_endpoint(asked, endpoint))
        if isinstance(asked, Tick):
            metrics.add_metric("ClockTicks", MetricUnit.Count, 1)
        logger.info("endpoints invoked", endpoints=endpoints)
        return {"endpoints": endpoints}

    def invoke(self, asked: Asked) -> None:
        """Ask this function for something else, without waiting."""
        self.lambda_client.invoke(
            FunctionName=self.context.function_name,
            InvocationType="Event",
            Payload=orjson.dumps({**asked.event(), "correlation_id": self.correlation_id}),
        )

    def see_to(self, asked: Asked, endpoint: str) -> dict[str, Any]:
        """The windows of one endpoint; raises where none could be judged, for Lambda to retry."""
        starter = Starter(self.settings, self, self.context.aws_request_id)
        try:
            if isinstance(asked, Tick):
                done = starter.tick(asked, endpoint)
            else:
                done = starter.back_fill(asked, endpoint)
        except Exception:
            metrics.add_metric("EndpointsFailed", MetricUnit.Count, 1)
            raise
        if done.given_up:
            metrics.add_metric("EndpointsFailed", MetricUnit.Count, 1)
        for asked_again in done.continues:
            self.invoke(asked_again)
        return _tell(done)

    def judge(self, environment: Mapping[str, str]) -> Judged:
        """Judge in this process what an environment asks for, as long as there is time."""
        settings = container_settings(environment)
        return run_container(settings, self.now(), lambda: self.seconds_left() > MOST_SECONDS)

    def start_job(
        self, run: WindowRun, name: str, environment: Mapping[str, str], choice: Choice
    ) -> JobState:
        """Start a processing job with the function's own image, or that of clusters."""
        spark = self.settings.job.spark_image if choice.engine == "spark" else None
        image = spark or self.image
        request = processing_job(self.settings.job, run, name, image, environment, choice)
        try:
            self.sagemaker.create_processing_job(**request)
        except self.sagemaker.exceptions.ResourceInUse:
            found = self.sagemaker.describe_processing_job(ProcessingJobName=name)
            status = found["ProcessingJobStatus"]
            logger.info("the job was started before", job=name, status=status)
            return JobState.FAILED if status in ("Failed", "Stopped") else JobState.KNOWN
        logger.info("job started", job=name)
        return JobState.STARTED

    def now(self) -> datetime:
        """The time."""
        return datetime.now(UTC)

    def configuration(self, endpoint: str) -> Configuration:
        """As the endpoint's monitor.json has it."""
        return read_configuration(Location.of(self.settings.places.monitor(endpoint)))

    def memory_mb(self) -> int:
        """Memory of the function; Lambda's own runtime has it as text."""
        return int(self.context.memory_limit_in_mb)

    def seconds_left(self) -> float:
        """How long the function may still run."""
        return self.context.get_remaining_time_in_millis() / 1000


def _tell(done: Done) -> dict[str, Any]:
    for name, outcomes in (
        ("WindowsJudged", (Outcome.JUDGED,)),
        ("JobsStarted", (Outcome.JOB_STARTED,)),
        ("WindowsSkipped", (Outcome.NOTHING_NEW, Outcome.JOB_RUNNING)),
    ):
        metrics.add_metric(name, MetricUnit.Count, done.count(*outcomes))
    found: dict[str, Any] = {
        "endpoint": done.endpoint,
        "windows": {str(window): str(outcome) for window, outcome in done.outcomes.items()},
    }
    if done.continues:
        found["continues"] = [asked.event() for asked in done.continues]
    logger.info("endpoint seen to", extra=found)
    return found
