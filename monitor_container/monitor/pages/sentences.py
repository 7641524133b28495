"""The verdict in a sentence for whoever pays for the model, and what to do for who is on call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.baseline_fit import MISFIT
from monitor.constraints import Operator, Status
from monitor.pages.flow import Flow
from monitor.pages.measured import Row
from monitor.pages.moved import Moved
from monitor.pages.payload_places import Places
from monitor.quality import Quality
from monitor.wording import count, number, numbers, plain, share

LONGEST_NAME = 40
_MUCH = 0.1
_NOTHING = "\N{EN DASH}"
_LARGEST = 1e15


@dataclass(frozen=True, slots=True)
class Verdict:
    """A word, a sentence, and a shape and colour by its kind."""

    status: Status
    kind: str
    """`ok`, `bad`, `open` or `waiting`."""
    word: str
    sentence: str


def verdict_of(quality: Quality, rows: Sequence[Row]) -> Verdict:
    """The verdict on one window of one variant."""
    status = quality.status
    if status is Status.VIOLATION:
        return Verdict(status, "bad", "Violation", _worse(quality, rows))
    if status is Status.OK:
        checks = count(len(quality.checks), "check")
        records = count(quality.judged, "record")
        sentence = f"The model is as good as its baseline: {checks} passed on {records}."
        return Verdict(status, "ok", "OK", sentence)
    if status is Status.NOT_ENOUGH_EVIDENCE:
        return Verdict(status, "open", "Not enough evidence", _too_little(quality, rows))
    kind = "bad" if quality.join_violations else "waiting"
    word = "Join broken" if quality.join_violations else "Not judged"
    if not quality.maturity.is_final and not quality.join_violations:
        word = "Provisional"
    return Verdict(status, kind, word, _unjudged(quality))


def _worse(quality: Quality, rows: Sequence[Row]) -> str:
    violated = [row for row in rows if row.status is Status.VIOLATION]
    first = violated[0]
    value = first.value or 0.0
    name = plain(first.name, LONGEST_NAME)
    if first.baseline is None:
        shown, limit = numbers(value, first.limit or 0.0)
        side = "below" if _falls(first) else "above"
        told = f"{name} is {shown}, {side} its limit of {limit}"
    else:
        shown, before = noted(value), noted(first.baseline)
        if shown == before:
            shown, before = numbers(value, first.baseline)
        told = f"{name} {'fell' if value < first.baseline else 'rose'} from {before} to {shown}"
    many = f"{len(violated)} of {count(len(quality.checks), 'check')} failed"
    chance = ""
    if first.check is not None and first.check.p_value is not None:
        chance = ", beyond what chance explains"
    return f"The model is worse than it should be: {told} ({many}{chance})."


def _falls(row: Row) -> bool:
    return row.check is not None and row.check.constraint.operator is Operator.LESS


def _too_little(quality: Quality, rows: Sequence[Row]) -> str:
    open_ = [row for row in rows if row.status is Status.NOT_ENOUGH_EVIDENCE]
    worst = next((row for row in open_ if _is_beyond(row)), None)
    looks = "Nothing is known to be wrong"
    if worst is not None:
        before = "" if worst.baseline is None else f" against {noted(worst.baseline)}"
        looks = f"It looks worse ({plain(worst.name, LONGEST_NAME)} {noted(worst.value)}{before})"
    return (
        f"{looks}, but {count(quality.judged, 'record')} of "
        f"{count(quality.health.counts['requests'], 'request')} are too few to be sure: "
        f"{len(open_)} of {count(len(quality.checks), 'check')} stay open."
    )


def _is_beyond(row: Row) -> bool:
    place = None if row.value is None else row.scaled(row.value)
    return place is not None and place < -1


def _unjudged(quality: Quality) -> str:
    counts, coverage = quality.health.counts, quality.health.coverage
    if quality.join_violations:
        many = count(len(quality.join_violations), "check")
        return (
            "Predictions and labels do not fit together, so the model was not judged: "
            f"{many} of the join failed. That says nothing about the model."
        )
    if not counts["records"]:
        return "No request was captured in this window, so there is nothing to judge."
    if not quality.maturity.is_final:
        return f"Too early to judge: {share(coverage or 0.0)} of the records have a label so far."
    if not counts["evaluated"]:
        return "No captured record has a label, so the model could not be judged."
    refused = quality.reading.refused
    if refused is not None and refused.startswith(MISFIT):
        return f"The model was not judged, for {refused.partition('. ')[0]}."
    if refused is not None or not quality.judged:
        return (
            "Labels and predictions cannot be compared, so the model was not judged; "
            "statistics.json says why."
        )
    if not quality.checks:
        return "There is no baseline to compare with: the numbers below stand by themselves."
    open_ = sum(item.status is Status.NOT_EVALUATED for item in quality.checks)
    return f"{open_} of {count(len(quality.checks), 'check')} could not be evaluated."


def steps_of(
    quality: Quality, flow: Flow, places: Sequence[Places], moved: Sequence[Moved]
) -> list[str]:
    """What to do next, the most telling first."""
    if quality.join_violations:
        return [*_join(quality), _JOIN_MORE]
    if quality.status is Status.VIOLATION:
        return [*_hints(flow, places, moved), _ASK]
    if quality.status is Status.OK:
        return ["Nothing. The next window is judged by itself."]
    if not quality.maturity.is_final:
        return ["Wait: it is judged when enough labels have come, or at the end of their time."]
    if quality.status is Status.NOT_ENOUGH_EVIDENCE:
        return [_MORE]
    if not quality.checks and quality.health.counts["evaluated"]:
        return ["Make a baseline of validation data: python -m monitor baseline."]
    return ["See that requests are captured and labels arrive: the flow below says what did."]


_ASK = (
    "Ask what changed when the violation began: the inputs (a caller, a feature), the labels "
    "(their source, their meaning) or the model (a deployment)."
)
_MORE = "Judge longer windows, or make the baseline of more records."
_JOIN_MORE = "Each fault of the join has its section in docs/operations.md."
_WRONG_JOIN = "Look at the join first: {}. Lost or doubled labels make a good model look bad."


def _join(quality: Quality) -> Iterator[str]:
    for item in quality.join_violations:
        name = item.name.replace("_", " ")
        if item.value is None or item.limit == item.value:
            yield f"Mend the join: {name}."
        else:
            shown, limit = numbers(100 * item.value, 100 * item.limit)
            yield f"Mend the join: {name} is {shown} %, its limit {limit} %."


def _hints(flow: Flow, places: Sequence[Places], moved: Sequence[Moved]) -> Iterator[str]:
    every = [loss for stage in flow.stages for loss in stage.losses if not loss.within]
    losses = [f"{loss.many:,} {loss.what}" for loss in every]
    judged = flow.stages[-1]
    if losses and judged.share < 1 - _MUCH:
        yield _WRONG_JOIN.format("; ".join(losses))
    far = max(moved, key=lambda item: item.share, default=None)
    if far is not None and far.share >= _MUCH:
        yield (
            f"Compare the inputs with those of before: {share(far.share)} of the "
            f"{far.title.lower()} moved against the baseline."
        )
    elif far is not None:
        yield (
            "Predictions look as before, so suspect the labels or what they mean before the inputs."
        )
    for where in places:
        if (worst := where.worst) is not None:
            yield (
                f"Look at {where.across.split(',')[0]} {worst.name}: "
                f"{share(worst.rate)} of its records are wrong, of all {share(where.rate)}."
            )


def noted(value: float | None) -> str:
    """A number as people read it."""
    if value is None:
        return _NOTHING
    return f"{value:,.0f}" if 1_000 <= abs(value) < _LARGEST else number(value)
