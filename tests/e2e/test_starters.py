"""Same inputs, same reports, whoever starts the image: a processing job as the function does.

The emulator has no SageMaker: the request's own environment is given to `docker run`.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from monitor.function_settings import function_settings
from monitor.places import WindowRun
from monitor.processing_job import OUTPUT, processing_job
from monitor.sizing import Means, Workload, choose
from monitor.windows import Window
from tests.e2e.judging import CONSTRAINTS, judge
from tests.e2e.label_files import labelled
from tests.e2e.stack import Stack, begins
from tests.e2e.traffic import MINUTE, WINDOW, Uploads, captured, requests
from tests.e2e.world import CREDENTIALS, HOST_ENTRY, IMAGE, run

VARIANTS = "two-variants"
STATISTICS = "statistics.json"


def captures() -> Uploads:
    """One variant of the endpoint is fine, the other guesses."""
    fine, guessing = requests()[::2], requests(wrong=0.5)[1::2]
    return captured(VARIANTS, said=fine, variant="fine") | captured(
        VARIANTS, said=guessing, variant="guessing"
    )


def compete(stack: Stack) -> None:
    stack.put(f"monitors/{VARIANTS}/constraints.json", json.dumps(CONSTRAINTS))
    stack.upload(captures() | labelled(VARIANTS))


pytestmark = [pytest.mark.e2e, begins(compete)]


def job_environment(stack: Stack) -> dict[str, str]:
    """What the deployed function would ask CreateProcessingJob to set."""
    deployed = stack.client("lambda").get_function_configuration(
        FunctionName=stack.name("MonitorFunction")
    )
    region = CREDENTIALS["AWS_DEFAULT_REGION"]
    settings = function_settings({**deployed["Environment"]["Variables"], "AWS_REGION": region})
    window = WindowRun(VARIANTS, Window(WINDOW, WINDOW + MINUTE))
    environment = window.environment(
        settings.places, settings.metrics_namespace, settings.topic_arn, OUTPUT
    )
    choice = choose(Workload(40, 80, 100_000, 4), Means(None, settings.job.instance_type))
    told = {**environment, "engine": choice.engine, "machine": choice.reason}
    request = processing_job(settings.job, window, "job", IMAGE, told, choice)
    return dict(request["Environment"])


def process(stack: Stack, ml: Path) -> dict[str, bytes]:
    """The reports of a job, by name."""
    environment = {
        **job_environment(stack),
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": stack.emulator.url_in_containers,
    }
    for folder in ("processing/output", "output"):
        (ml / folder).mkdir(parents=True)
    run(
        *("docker", "run", "--rm", "--add-host", HOST_ENTRY, f"--volume={ml}:/opt/ml"),
        *("--user", f"{os.getuid()}:{os.getgid()}"),
        *(f"--env={name}={value}" for name, value in environment.items()),
        IMAGE,
    )
    output = ml / "processing/output"
    files = [path for path in output.rglob("*") if path.is_file()]
    return {str(path.relative_to(output)): path.read_bytes() for path in files}


def without_time(statistics: bytes) -> list[bytes]:
    """What does not differ by run: neither when it was judged, nor by what."""
    differs = (b'"evaluation_time":', b'"machine":')
    lines = statistics.splitlines()
    return [line for line in lines if not any(name in line for name in differs)]


def documents(found: dict[str, bytes]) -> dict[str, bytes]:
    """What machines read: pages tell what their own run took."""
    return {name: body for name, body in found.items() if not name.endswith(".html")}


def test_function_and_processing_job_write_the_same_bytes(stack: Stack, tmp_path: Path) -> None:
    stack.wait_until_split(VARIANTS, captures(), labelled(VARIANTS))
    by_function, by_job = documents(judge(stack, VARIANTS)), documents(process(stack, tmp_path))

    assert {STATISTICS, "variants/fine/statistics.json"} <= by_function.keys()
    assert by_job.keys() == by_function.keys()
    for name, body in by_function.items():
        if name.endswith(STATISTICS):
            assert without_time(by_job[name]) == without_time(body)
            assert len(without_time(body)) == len(body.splitlines()) - 2
        else:
            assert by_job[name] == body
    assert (tmp_path / "output/message").read_text().startswith("CompletedWithViolations: ")
