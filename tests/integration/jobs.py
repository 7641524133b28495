"""Lambda and SageMaker as the monitor function calls them: what was asked is kept, nothing is run.

moto keeps neither the environment of a processing job nor that its name was taken, and runs
functions in Docker only.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

IMAGE = f"111122223333.dkr.ecr.eu-central-1.amazonaws.com/monitor@sha256:{'0a' * 32}"
_ARN = "arn:aws:sagemaker:eu-central-1:111122223333:processing-job/"


@dataclass
class Services:
    """What was asked of them."""

    address: str
    invoked: list[dict[str, Any]] = field(default_factory=list)
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    full: str | None = None
    """What the name of a job has in it for which there is no instance left."""

    def clear(self) -> None:
        """Forget everything."""
        for kept in (self.invoked, self.jobs, self.status):
            kept.clear()
        self.full = None

    def answer(self, path: str, target: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and document of an answer."""
        name = body.get("ProcessingJobName", "")
        if path.endswith("/invocations"):
            self.invoked.append(body)
            return 202, {}
        if path.startswith("/2015-03-31/functions/"):
            return 200, {"Code": {"ImageUri": "monitor:latest", "ResolvedImageUri": IMAGE}}
        if target == "SageMaker.DescribeProcessingJob":
            return 200, {"ProcessingJobName": name, "ProcessingJobStatus": self.status[name]}
        assert target == "SageMaker.CreateProcessingJob"
        if name in self.jobs:
            return 400, {"__type": "ResourceInUse", "message": "Job name must be unique"}
        if self.full is not None and self.full in name:
            return 400, {"__type": "ResourceLimitExceeded", "message": "no instance is left"}
        self.jobs[name], self.status[name] = body, "InProgress"
        return 200, {"ProcessingJobArn": f"{_ARN}{name}"}


@contextmanager
def services() -> Iterator[Services]:
    """Both of them, on a port of this machine."""
    found = Services("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            target = self.headers.get("X-Amz-Target", "")
            path = self.path.partition("?")[0]
            status, document = found.answer(path, target, json.loads(body or b"{}"))
            data = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()
