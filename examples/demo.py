"""`make demo`: three endpoints on an embedded S3, judged hour by hour from what they captured.

The functions and the monitor are those that are deployed; see demonstration/ for what is played.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from demonstration.aws import embedded_aws
from demonstration.board import Board
from demonstration.endpoints import Endpoint, train_endpoints
from demonstration.judging import HOUR, Folders, draw, judge, make_baselines, publish
from demonstration.play import Play, stage
from inference_records.partitions import floor_hour
from monitor.cli_report import open_page
from monitor.quality import Quality
from monitor.tables import summary_table

OUTPUT = Path(__file__).parents[1] / "demo-output"


def main(
    hours: Annotated[int, typer.Option(min=3, help="hours played, the last third bad")] = 6,
    records: Annotated[int, typer.Option(min=100, help="records an hour and endpoint")] = 3_000,
    output: Annotated[Path, typer.Option(help="folder for all files")] = OUTPUT,
    show: Annotated[bool, typer.Option("--open", help="open the first page in the end")] = False,
) -> None:
    """Play three endpoints and monitor them."""
    started = time.monotonic()
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 100)
    folders = Folders(output)
    _clear(folders)
    with embedded_aws(), folders.log.open("w") as log:
        console.print("Training three models ...", highlight=False)
        endpoints = train_endpoints()
        end = floor_hour(datetime.now(UTC))
        play = stage(endpoints, folders, end, hours, records, log)
        with Board(
            console, [e.name for e in endpoints], [end - n * HOUR for n in range(hours, 0, -1)]
        ) as board:
            qualities = _monitor(play, board)
        _tell(console, play, qualities)
        indexes = [draw(e, folders, play.start, play.end) for e in play.endpoints]
    _tell_places(console, folders, endpoints[0])
    console.print(f"Done in {time.monotonic() - started:.0f} s.\n", highlight=False)
    for index in indexes:
        console.print(f"Open {os.path.relpath(index)}", highlight=False, soft_wrap=True)
    if show:
        open_page(str(indexes[0]))


def _monitor(play: Play, board: Board) -> list[Quality]:
    """Baselines, each hour as it passes, and all hours again when the late labels have come."""
    for endpoint in play.endpoints:
        board.tell(f"{endpoint.name}: baseline from validation data")
        make_baselines(endpoint, play.folders)
    hour = play.start
    while hour < play.end:
        board.tell(f"{hour:%H:%M} UTC: requests and labels arrive, the functions split them")
        play.pass_hour(hour)
        board.tell(f"{hour:%H:%M} UTC: the monitor judges the hour")
        _judge_all(play, board, hour, hour + HOUR)
        hour += HOUR
    board.tell("Late labels arrive; the monitor judges all hours once more")
    play.deliver_labels(play.end)
    return _judge_all(play, board, play.start, play.end)


def _judge_all(play: Play, board: Board, start: datetime, end: datetime) -> list[Quality]:
    results = [judge(endpoint, start, end, play.folders) for endpoint in play.endpoints]
    publish(results, play.folders)
    found = [quality for result in results for quality in result.qualities]
    board.show(found)
    return found


def _tell(console: Console, play: Play, qualities: list[Quality]) -> None:
    console.print()
    console.print(summary_table(qualities))
    console.print()
    names = ("captured_twice", "duplicate_labels", "orphan_labels")
    counts = {name: sum(q.health.counts[name] for q in qualities) for name in names}
    aside = ", ".join(f"{reason} {n}" for reason, n in sorted(play.set_aside().items()))
    lost = play.capture.dead_letters() + play.labels.dead_letters()
    for name, value in (
        ("records set aside", aside),
        ("join", ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts.items())),
        ("dead letters", f"{lost} unreadable object{'' if lost == 1 else 's'}"),
    ):
        console.print(f"{name:<18} {value}", highlight=False, soft_wrap=True)


def _tell_places(console: Console, folders: Folders, endpoint: Endpoint) -> None:
    def place(path: Path) -> str:
        return os.path.relpath(path)

    for name, path in (
        ("reports", folders.reports),
        ("raw files", folders.root),
        ("functions' log", folders.log),
    ):
        console.print(f"{name:<18} {place(path)}", highlight=False, soft_wrap=True)
    command = (
        f"{place(Path(sys.executable))} -m monitor run --capture {place(folders.capture)} "
        f"--ground-truth {place(folders.ground_truth)} --endpoint {endpoint.name} "
        f"--baseline {place(folders.monitors / endpoint.name)} "
        f"--output {place(folders.root / 'by-hand')}"
    )
    console.print("\nThe same numbers from the raw files, without any AWS:", highlight=False)
    console.print(command, highlight=False, soft_wrap=True)


def _clear(folders: Folders) -> None:
    """Remove what an earlier demo left, and nothing else."""
    for folder in (
        folders.capture,
        folders.ground_truth,
        folders.validation,
        folders.monitors,
        folders.reports,
        folders.ledger,
    ):
        shutil.rmtree(folder, ignore_errors=True)
    folders.root.mkdir(parents=True, exist_ok=True)


if __name__ == "__main__":
    typer.run(main)
