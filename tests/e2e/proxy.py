"""S3 with faults: passes the functions' requests on to the emulator, or does not.

A fault concerns the keys that contain a text; everything else passes untouched.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import IO, cast
from urllib.parse import unquote_plus

_HOP = {"connection", "keep-alive", "transfer-encoding", "expect"}
_ERROR = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>{code}</Code><Message>{message}</Message><RequestId>fault</RequestId></Error>"""


@dataclass
class Stall:
    """A write that stops half-way, until the test has done to its writer what it wants."""

    text: str
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    client: str = ""

    def wait_for_client(self, seconds: float) -> str:
        """The address of the container that is writing."""
        assert self.reached.wait(seconds), f"nobody wrote a key with {self.text!r}"
        return self.client


@dataclass
class Faults:
    """What is wrong with S3 at present, by a text in the request's path."""

    unavailable: dict[str, float] = field(default_factory=dict)
    slow: dict[str, float] = field(default_factory=dict)
    forbidden: set[str] = field(default_factory=set)
    stall: Stall | None = None
    refused: int = 0
    delayed: Counter[str] = field(default_factory=Counter)
    chance: random.Random = field(default_factory=lambda: random.Random(11))

    def delay(self, target: str) -> float:
        found = [text for text in self.slow if text in target]
        self.delayed.update(found)
        return sum(self.slow[text] for text in found)

    def refusal(self, target: str) -> tuple[int, str, str] | None:
        """Status, code and message of the answer, if S3 refuses."""
        if any(text in target for text in self.forbidden):
            return 403, "AccessDenied", "Access Denied"
        for text, share in self.unavailable.items():
            if text in target and self.chance.random() < share:
                self.refused += 1
                return 503, "SlowDown", "Please reduce your request rate."
        return None

    def take_stall(self, method: str, target: str) -> Stall | None:
        """The stall that this request runs into; only the first one does."""
        stall = self.stall
        if stall is None or method != "PUT" or stall.text not in target:
            return None
        self.stall = None
        return stall


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Else each small answer waits for the acknowledgement of its headers.
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        faults, target = self.server.faults, unquote_plus(self.path)
        time.sleep(faults.delay(target))
        stall = faults.take_stall(self.command, target)
        if stall is not None:
            self._stop_half_way(stall)
            return
        body = self._body()
        refusal = faults.refusal(target)
        if refusal is not None:
            self._refuse(*refusal)
            return
        self._pass_on(body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = handle_any  # noqa: N815 # the base's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 # the base's name
        """Keep the tests' output to the tests."""

    def _headers(self) -> dict[str, str]:
        return {name: value for name, value in self.headers.items() if name.lower() not in _HOP}

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return b"".join(_chunks(cast(IO[bytes], self.rfile)))
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _pass_on(self, body: bytes) -> None:
        upstream = HTTPConnection("127.0.0.1", self.server.upstream, timeout=120)
        try:
            headers = {**self._headers(), "Content-Length": str(len(body))}
            upstream.request(self.command, self.path, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response_only(answer.status, answer.reason)
            for name, value in answer.getheaders():
                if name.lower() not in _HOP | {"content-length"}:
                    self.send_header(name, value)
            # An answer to HEAD tells the length of what it does not send.
            length = answer.getheader("Content-Length") if self.command == "HEAD" else None
            self.send_header("Content-Length", length or str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        finally:
            upstream.close()

    def _refuse(self, status: int, code: str, message: str) -> None:
        content = _ERROR.format(code=code, message=message).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(0 if self.command == "HEAD" else len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _stop_half_way(self, stall: Stall) -> None:
        """Half of the body goes on to S3, which keeps waiting for the rest."""
        length = int(self.headers["Content-Length"])
        upstream = HTTPConnection("127.0.0.1", self.server.upstream, timeout=120)
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers().items():
            upstream.putheader(name, value)
        upstream.endheaders(self.rfile.read(length // 2))
        stall.client = self.client_address[0]
        stall.reached.set()
        stall.released.wait(120)
        upstream.close()
        self.close_connection = True


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, upstream: int) -> None:
        super().__init__(("", 0), _Handler)
        self.upstream = upstream
        self.faults = Faults()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is what some tests are about."""


@dataclass(frozen=True)
class Proxy:
    """Where it listens, and the faults that it has."""

    port: int
    faults: Faults


def _chunks(stream: IO[bytes]) -> Iterator[bytes]:
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass


@contextmanager
def s3_with_faults(upstream: int) -> Iterator[Proxy]:
    """A proxy before the emulator, for as long as it is needed."""
    server = _Server(upstream)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield Proxy(server.server_address[1], server.faults)
    finally:
        server.shutdown()
        server.server_close()
