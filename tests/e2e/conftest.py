"""Fixtures of a session: an AWS emulator, the application deployed to it, and faults under way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.e2e.deployment import deploy
from tests.e2e.emulator import Emulator, running_emulator
from tests.e2e.proxy import Proxy, s3_with_faults
from tests.e2e.stack import Stack
from tests.e2e.world import run

Beginning = Callable[[Stack], None]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "begins(how): what is done to the stack before any test")


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    run("docker", "info")
    with running_emulator(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def proxy(emulator: Emulator) -> Iterator[Proxy]:
    with s3_with_faults(emulator.port) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def stack(emulator: Emulator, proxy: Proxy) -> Stack:
    """The deployed application."""
    return Stack(emulator, proxy, deploy(emulator, proxy.port))


@pytest.fixture(scope="session", autouse=True)
def under_way(request: pytest.FixtureRequest) -> None:
    """Begins what the tests of this session will look at, all at once, and waits for nothing."""
    marks = [mark for item in request.session.items for mark in item.iter_markers("begins")]
    beginnings: list[Beginning] = list(dict.fromkeys(mark.args[0] for mark in marks))
    if beginnings:
        stack: Stack = request.getfixturevalue("stack")
        for begin in beginnings:
            begin(stack)
