"""A changed verdict in plain words, for whoever is woken by it: subject, text and attributes.

Names are the user's own and shown on one line; reasons and payloads never get here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from monitor.baseline import Baseline
from monitor.constraints import Operator, Status
from monitor.message_facts import facts, lasted, standard_errors
from monitor.notices import Finding, findings
from monitor.quality import Quality
from monitor.verdicts import Change
from monitor.wording import lines, number, numbers, plain

SUBJECT_CHARACTERS = 99
"""SNS takes fewer than 100: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html."""

_MOST_FINDINGS = 15
_LONGEST_METRIC = 36
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}
_OPEN = {
    Status.NOT_ENOUGH_EVIDENCE: "Not enough evidence",
    Status.NOT_EVALUATED: "Not evaluated",
}
_CORRECTION = (
    "This is a correction: the same window had the other verdict before. It was judged again, with"
    " the records and labels that are there now."
)


@dataclass(frozen=True, slots=True)
class Message:
    """What SNS is asked to deliver."""

    subject: str
    text: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Advice:
    """What to do; `section` is the heading in docs/operations.md that says more."""

    section: str
    steps: tuple[str, ...]


_ADVICE = {
    Status.VIOLATION: _Advice(
        "A model is violating its constraints",
        (
            (
                "Look at the join first: the counts above, the alarms on rejected records and dead"
                " letters. Labels that are lost, late or doubled make a good model look bad."
            ),
            (
                "Open the report: report.html says what is wrong, and where;"
                " constraint_violations.json and statistics.json are for programs."
            ),
            (
                "Ask what changed: the inputs (a caller, a feature), the labels (their source,"
                " their meaning) or the model (a deployment)."
            ),
        ),
    ),
    Status.OK: _Advice(
        "A model has recovered",
        (
            (
                "Nothing is urgent. See that the window is a usual one: as many requests and labels"
                " as always."
            ),
            (
                "If nobody repaired anything, compare its report with one of a violating window:"
                " the cause may come back."
            ),
            "Write down the cause; move a threshold that chance alone can cross.",
        ),
    ),
}


def message(change: Change, baseline: Baseline, report: str | None, topic_arn: str) -> Message:
    """The message about one variant."""
    quality = change.quality
    found = findings(quality, baseline, quality.status)
    paragraphs = [
        _headline(quality),
        *([lines(_CORRECTION)] if change.corrected else []),
        facts(change, found),
        *_constraints(quality, found),
        *([_links(report, topic_arn)] if report is not None else []),
        _advice(_ADVICE[quality.status]),
    ]
    attributes = {
        "endpoint": quality.endpoint,
        "variant": quality.variant,
        "verdict": str(quality.status),
    }
    return Message(_subject(change, found), "\n\n".join(paragraphs) + "\n", attributes)


def _subject(change: Change, found: Sequence[Finding]) -> str:
    quality = change.quality
    who = f"{plain(quality.endpoint, 34)}/{plain(quality.variant, 20)}"
    if quality.status is Status.VIOLATION:
        text = f"VIOLATION {who}: {_inequality(found[0])}"
        text += f" and {len(found) - 1} more" if len(found) > 1 else ""
    elif change.corrected:
        text = f"RECOVERED {who}: corrected, the window is OK"
    else:
        text = f"RECOVERED {who}" + (f": after {long}" if (long := lasted(change)) else "")
    return plain(text.encode("ascii", "replace").decode(), SUBJECT_CHARACTERS)


def _inequality(finding: Finding) -> str:
    sign = "<" if finding.operator is Operator.LESS else ">"
    value, threshold = numbers(finding.value, finding.threshold)
    return f"{plain(finding.metric, 20)} {value} {sign} {threshold}"


def _headline(quality: Quality) -> str:
    bad = quality.status is Status.VIOLATION
    what = "the model is VIOLATING its constraints" if bad else "the model has RECOVERED"
    return lines(
        f"Endpoint {plain(quality.endpoint, 63)}, variant {plain(quality.variant, 63)}: {what}."
    )


def _constraints(quality: Quality, found: Sequence[Finding]) -> Iterator[str]:
    """The checks that made the verdict, and the names of those that were not made."""
    bad = quality.status is Status.VIOLATION
    many = f"{len(found)} of {len(quality.checks)} constraints" if bad else f"all {len(found)}"
    title = f"Violated, worst first ({many})" if bad else f"Now, the closest first ({many})"
    told = [f"{title}; +/- is one standard error", *map(_told, found[:_MOST_FINDINGS])]
    if len(found) > _MOST_FINDINGS:
        told.append(f"  and {len(found) - _MOST_FINDINGS} more: see the report")
    yield "\n".join(told)
    for status, title in _OPEN.items():
        unknown = [
            plain(item.constraint.metric, _LONGEST_METRIC)
            for item in quality.checks
            if item.status is status
        ]
        if unknown:
            shown = ", ".join(unknown[:_MOST_FINDINGS])
            more = len(unknown) - _MOST_FINDINGS
            yield lines(f"{title}: {shown}" + (f" and {more} more" if more > 0 else ""))


def _told(finding: Finding) -> str:
    value, threshold = numbers(finding.value, finding.threshold)
    error = finding.standard_error
    spread = f" +/- {number(error)}" if error is not None else " (standard error unknown)"
    limit = "at least" if finding.operator is Operator.LESS else "at most"
    compared = f"must be {limit} {threshold}"
    if finding.baseline is not None:
        compared += f"; was {number(finding.baseline)} in the baseline"
    told = [f"  {plain(finding.metric, _LONGEST_METRIC)}: {value}{spread}", f"    {compared}"]
    if finding.beyond is not None:
        side = "beyond" if finding.beyond > 0 else "inside"
        told.append(f"    {standard_errors(abs(finding.beyond))} {side} the threshold")
    return "\n".join(told)


def _links(report: str, topic_arn: str) -> str:
    """Where the report lies; the console's page too if it is on S3. Addresses are not broken."""
    return "\n  ".join(["Report", plain(report, 1_100), *_console(report, topic_arn)])


def _console(report: str, topic_arn: str) -> Iterator[str]:
    # The topic and the bucket are of one stack, thus of one region.
    _arn, partition, _sns, region, *_rest = [*topic_arn.split(":"), "", "", ""]
    if report.startswith("s3://") and region and partition in _CONSOLES:
        bucket, _slash, key = report.removeprefix("s3://").rstrip("/").partition("/")
        page = f"https://{region}.{_CONSOLES[partition]}/s3/buckets/{quote(bucket)}"
        yield f"{page}?region={region}&prefix={quote(key)}/"


def _advice(advice: _Advice) -> str:
    steps = [lines(text, f"  {n}. ", "     ") for n, text in enumerate(advice.steps, 1)]
    return "\n".join(["What to do", *steps, f'  More: docs/operations.md, "{advice.section}"'])
