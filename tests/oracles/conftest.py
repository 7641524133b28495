"""Fixtures of a session: the cases in files, and what we and each peer make of them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from monitor.cli import app
from tests.oracles.cases import Case, cases
from tests.oracles.definitions import PEERS

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent

Values = Mapping[str, float | None]
ByCase = Mapping[str, Values]
Greatest = dict[tuple[str, str], float]

_greatest = pytest.StashKey[Greatest]()


@pytest.fixture(scope="session")
def known() -> Mapping[str, Case]:
    return cases()


@pytest.fixture(scope="session")
def folder(known: Mapping[str, Case], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`CASE/records.parquet` and `CASE/monitor.json`."""
    folder = tmp_path_factory.mktemp("cases")
    for name, case in known.items():
        (folder / name).mkdir()
        case.frame.to_parquet(folder / name / "records.parquet")
        (folder / name / "monitor.json").write_text(json.dumps(case.settings))
    return folder


@pytest.fixture(scope="session")
def ours(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ByCase:
    """The numbers of `python -m monitor baseline`, as they stand in its statistics.json."""
    return {case.name: _ours(case, tmp_path_factory.mktemp("ours")) for case in folder.iterdir()}


def _ours(case: Path, output: Path) -> Values:
    options = (f"--data={case}/records.parquet", f"--config={case}/monitor.json")
    result = CliRunner().invoke(app, ["baseline", *options, f"--output={output}"])
    assert result.exit_code == 0, result.output
    document = json.loads((output / "statistics.json").read_text())
    sections = [section for name, section in document.items() if name.endswith("_metrics")]
    return dict(_flat(sections[0], ""))


def _flat(section: Mapping[str, Any], within: str) -> Iterator[tuple[str, float | None]]:
    """`auc` for a metric, `per_class.ant.f1` for what stands beside the metrics."""
    for name, value in section.items():
        if isinstance(value, dict) and "value" not in value:
            yield from _flat(value, f"{within}{name}.")
        elif not isinstance(value, list):
            yield f"{within}{name}", value["value"] if isinstance(value, dict) else value


@pytest.fixture(scope="session", params=PEERS)
def peer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def theirs(peer: str, folder: Path) -> ByCase:
    """The numbers of one peer, from the interpreter of its own environment."""
    python = ROOT / f".venv-{peer}" / "bin" / "python"
    if not (python.parents[1] / ".installed").exists():
        pytest.skip(f"{peer} is not installed here: `make oracles` does it")
    # Isolated (-I): neither this folder nor our packages can be imported there.
    command = (python, "-I", HERE / f"{peer}_values.py", folder)
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    found: ByCase = json.loads(answer.stdout)
    return found


@pytest.fixture(scope="session")
def greatest(request: pytest.FixtureRequest) -> Greatest:
    """The greatest difference of each peer and metric, which the session tells at its end."""
    return request.config.stash.setdefault(_greatest, {})


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    found = config.stash.get(_greatest, {})
    if found:
        terminalreporter.section("greatest relative differences")
    for (metric, peer), difference in sorted(found.items()):
        terminalreporter.line(f"{metric:<20} {peer:<10} {difference:.1e}")
