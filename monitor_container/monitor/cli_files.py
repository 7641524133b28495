"""The commands on one file: a baseline of validation data, and how a file is understood."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from monitor import reports
from monitor.baseline import Columns, make_baseline
from monitor.cli_inputs import existing, output_folder, read_configuration
from monitor.cli_output import note, out, print_json, told_to_people, working
from monitor.cli_results import baseline_document, inspection_document
from monitor.inspection import inspect_file
from monitor.inspection_tables import inspection_tables
from monitor.metrics import ProblemType
from monitor.publish import write_constraints, write_statistics
from monitor.tables import baseline_table
from monitor.validation import read_validation_data

_FILES = (reports.STATISTICS_FILE, reports.CONSTRAINTS_FILE)
Config = Annotated[str | None, typer.Option(metavar="FILE", help="the endpoint's monitor.json")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document")]


def _column(what: str) -> Any:
    return typer.Option(metavar="COLUMN", help=f"the one with {what}; default: found by its name")


def baseline(
    data: Annotated[
        str, typer.Option(metavar="FILE", help="validation data: .csv, .jsonl or .parquet")
    ],
    output: Annotated[
        str, typer.Option(metavar="FOLDER", help="for statistics.json and constraints.json")
    ],
    problem_type: Annotated[ProblemType | None, typer.Option(help="default: inferred")] = None,
    label: Annotated[str | None, _column("the true label")] = None,
    prediction: Annotated[str | None, _column("the prediction")] = None,
    probability: Annotated[str | None, _column("the probability")] = None,
    request: Annotated[str | None, _column("the id of the request")] = None,
    positive_label: Annotated[
        str | None, typer.Option(metavar="CLASS", help="the positive class; default: inferred")
    ] = None,
    margin: Annotated[
        float,
        typer.Option(
            min=0, max=1, metavar="SHARE", help="room below the baseline, 0 to 1: 0.05 is 5 %"
        ),
    ] = 0.0,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make a baseline: what the model can do on validation data.

    Writes the metrics (statistics.json) and the constraints that they suggest (constraints.json),
    with which `run` compares each window. FILE and FOLDER are local paths or s3:// addresses.

    \b
    Examples:
      python -m monitor baseline --data validation.csv --output baseline
      python -m monitor baseline --data s3://BUCKET/validation.parquet \\
          --label outcome --prediction guess --request batch --margin 0.05 \\
          --output s3://BUCKET/monitors/churn
    """
    with told_to_people(as_json), working("reading") as tell:
        folder = output_folder(output)
        configuration = read_configuration(config, problem_type, positive_label)
        frame = read_validation_data(existing(data))
        tell("computing")
        columns = Columns(label, prediction, probability, request)
        quality = make_baseline(frame, columns, configuration, margin)
        write_statistics(folder, reports.baseline_statistics(quality, datetime.now(UTC)))
        write_constraints(folder, quality)
    if as_json:
        print_json(baseline_document(quality, output, _FILES))
        return
    for line in quality.reading.notes:
        note(line)
    out.print(baseline_table(quality, out.width))
    out.print(f"{', '.join(_FILES)} in {output}", highlight=False)


def inspect(
    file: Annotated[str, typer.Argument(help="one capture or label file")],
    config: Config = None,
    limit: Annotated[
        int, typer.Option(min=1, metavar="N", help="records and rejections that are shown")
    ] = 5,
    as_json: AsJson = False,
) -> None:
    """Show how one file is understood.

    Its records, its columns, what was rejected and why, and the settings that say what was
    inferred. Nothing is written. FILE is a local path or an s3:// address.

    \b
    Examples:
      python -m monitor inspect data-capture/churn/AllTraffic/2026/…/NAME.jsonl
      python -m monitor inspect labels.csv --config monitor.json --limit 20
    """
    with told_to_people(as_json), working("reading"):
        found = inspect_file(existing(file), read_configuration(config))
    if as_json:
        print_json(inspection_document(found, limit))
        return
    for table in inspection_tables(found, limit, out.width):
        out.print(table)
