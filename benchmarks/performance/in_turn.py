"""Programs that run in turn, round by round, so that a noisy machine is the same to all of them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

PAIRS = 5
_LAST_WORDS = 2_000


class ProgramFailed(RuntimeError):
    """A program ended with an error, or told nothing."""


@dataclass(frozen=True, slots=True)
class Program:
    """A command that ends with `contender.tell`; its environment is added to ours."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: of the whole process and of its work, in seconds; what it found."""

    wall: float
    seconds: float
    peak_mib: float
    result: Mapping[str, Any]


Block = Mapping[str, Sequence[Sample]]
"""Samples by program, as many of each as there were rounds."""


def module(name: str, *arguments: str, python: str = sys.executable) -> tuple[str, ...]:
    """The command that runs a module of ours, in any environment."""
    return (python, "-m", name, *arguments)


def in_turn(
    programs: Sequence[Program],
    rounds: int = PAIRS,
    told: Callable[[str], None] = lambda _line: None,
) -> Block:
    """Every program once a round; raises `ProgramFailed`."""
    block: dict[str, list[Sample]] = {program.name: [] for program in programs}
    for number in range(rounds):
        for program in programs:
            sample = _run(program)
            block[program.name].append(sample)
            told(
                f"{number + 1}/{rounds} {program.name}: {sample.seconds:.3f} s, "
                f"whole process {sample.wall:.3f} s, {sample.peak_mib:,.0f} MiB"
            )
    return block


def _run(program: Program) -> Sample:
    began = time.perf_counter()
    done = subprocess.run(  # noqa: S603 (our own programs)
        program.command,
        env={**os.environ, **program.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    wall = time.perf_counter() - began
    lines = done.stdout.splitlines()
    if done.returncode or not lines:
        raise ProgramFailed(
            f"{program.name} ended with {done.returncode}: {' '.join(program.command)}\n"
            f"{done.stderr[-_LAST_WORDS:]}"
        )
    told = json.loads(lines[-1])
    return Sample(wall, told["seconds"], told["peak_mib"], told["result"])


@dataclass(frozen=True, slots=True)
class Ratio:
    """How many times as much one program takes as another, round by round."""

    median: float
    least: float
    most: float


def ratio(
    block: Block, of: str, to: str, by: Callable[[Sample], float] = lambda sample: sample.seconds
) -> Ratio:
    """What one program takes divided by what another takes, of the same round."""
    found = [by(a) / by(b) for a, b in zip(block[of], block[to], strict=True)]
    return Ratio(statistics.median(found), min(found), max(found))


def wall(sample: Sample) -> float:
    """Seconds of the whole process, its start and imports included."""
    return sample.wall


def peak(samples: Sequence[Sample]) -> float:
    """The most memory in MiB over all rounds."""
    return max(sample.peak_mib for sample in samples)
