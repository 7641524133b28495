"""What was measured, as tables and as the page docs/false-alarms.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from statistics import fmean, median

from benchmarks.cells import ALLOWANCE, BASELINE_RECORDS, NOMINAL, OURS, Cell, Outcome
from benchmarks.rules import PEERS, SETTINGS

Found = Sequence[tuple[Cell, dict[str, Outcome]]]

RULES = [*OURS, *PEERS]
_TITLES = {"threshold = baseline": "SageMaker", "baseline - 2 sd": "SageMaker, 2 sd"}
_OURS = "ours, 1 %"
_AT_DEFAULTS = {
    name: NOMINAL[budget] for name, (budget, settings) in OURS.items() if settings is SETTINGS
}

_HEAD = """# False alarms

How often each rule pages although nothing changed, and how often it pages after a real drop, in
simulated windows. Written by

```bash
python -m benchmarks.false_alarms --write-docs
```

from {unchanged:,} unchanged and {dropped:,} changed windows in each of {cells} cells, with a fixed
seed.

## What is simulated

- **Windows** of 100 to 10,000 records, 1 to 50 in a request. Being right or wrong correlates within
  a request by 0 to 0.3.
- **Models** of balanced classes and of 2 % positives: good (where classes are balanced, accuracy
  0.885 and AUC 0.955), nearly perfect (accuracy 0.997), and perfect. A baseline of {baseline:,}
  records is drawn anew for each window; its records are independent, as those of validation data
  are.
- **After the drop** the same model separates worse: where classes are balanced, the good one loses
  4 points of accuracy, the nearly perfect one errs 4 times as often, the perfect one errs in 1 %.
- **A false page** is an unchanged window in which any metric violates. Ours and SageMaker's judge
  the 11 metrics that a baseline suggests constraints for; Evidently's and NannyML's rules judge
  accuracy, precision, recall, F1 and AUC; the AWS sample's (the seed) accuracy alone.

The rules beside ours are re-implemented: SageMaker's suggested threshold, which is the baseline's
value; the same less twice the `standard_deviation` that it publishes; the seed's accuracy threshold
at the baseline's value; Evidently's automatic tests, 20 % to either side; NannyML's 3 standard
deviations of 10 reference windows, here unchanged windows of the same kind.

Ours runs at a budget of 1 % per window, to have a rate that can be measured, and at its default,
one false page in 30 days of hourly windows (0.14 %). In both a drop matters from a tenth of the
errors on, which is the default, too; "any drop" is ours at 1 % with `smallest_drop: 0`. What was
computed for all windows at once is compared with the monitor's own `assess` for some windows of
every cell.

## All cells but the perfect model's

"""

_READING = """
## How to read it

- A rule **keeps a budget** in a cell if the upper 95 % bound of its measured rate (Clopper and
  Pearson) is at most {allowance} times the nominal rate.
- Ours stays far below its budget: a drop must pass the smallest one that matters, the 11 metrics
  share the budget, and few requests, or few errors, are taken for what they are. `smallest_drop: 0`
  finds more, and in a large window it pages for what nobody minds.
- The price is power in small windows. A window of 2 or 5 requests cannot tell whether its records
  go together, and next to nothing pages there; it says `NOT_ENOUGH_EVIDENCE`, with the drop that it
  could have shown.
- **Of a perfect model** a threshold at the baseline's value has no false alarm at all, for there is
  no error that could be one, and it finds more than ours. Ours cannot know that a baseline without
  an error was not lucky, and waits for more than one. Who does know sets `policy: threshold`.
"""


def summary(found: Found) -> Iterator[str]:
    """A row for each rule: how well it keeps budgets, and what it finds."""
    usual = [(cell, outcomes) for cell, outcomes in found if cell.model != "perfect"]
    yield "Rule | Within 1 % | Within 0.14 % | False pages: median | Worst | Found: mean"
    yield "--- | ---: | ---: | ---: | ---: | ---:"
    for rule in RULES:
        outcomes = [outcomes[rule] for _, outcomes in usual]
        within = [
            sum(outcome.keeps(nominal) for outcome in outcomes) for nominal in NOMINAL.values()
        ]
        rates = [outcome.rate for outcome in outcomes]
        yield " | ".join([
            _TITLES.get(rule, rule), *(f"{count} of {len(outcomes)}" for count in within),
            _share(median(rates)), _share(max(rates)), _share(fmean(o.power for o in outcomes)),
        ])  # fmt: skip


def exceptions(found: Found) -> Iterator[str]:
    """Where a rule that keeps the budget finds more than ours at the same one."""
    yield "Ours is | Classes, model | Records | In a request | Correlation | Ours | Other | Rule"
    yield "--- | --- | ---: | ---: | ---: | ---: | ---: | ---"
    for name, nominal in _AT_DEFAULTS.items():
        for cell, outcomes in found:
            if cell.model == "perfect":
                continue
            keeping = [peer for peer in PEERS if outcomes[peer].keeps(nominal)]
            best = max(keeping, key=lambda peer: outcomes[peer].power, default=None)
            if best is not None and outcomes[name].weaker(outcomes[best]):
                yield " | ".join([
                    name.removeprefix("ours, "), f"{cell.classes}, {cell.model}",
                    f"{cell.records:,}", str(cell.per_request), f"{cell.correlation:g}",
                    _share(outcomes[name].power), _share(outcomes[best].power), best,
                ])  # fmt: skip


def by_size(found: Found) -> Iterator[str]:
    """False pages and found drops by the size of the window."""
    sizes = sorted({cell.records for cell, _ in found})
    yield " | ".join(["Rule", *(f"{size:,} records" for size in sizes)])
    yield " | ".join(["---", *("---:" for _ in sizes)])
    for rule in RULES:
        row = [_TITLES.get(rule, rule)]
        for size in sizes:
            here = [
                outcomes[rule]
                for cell, outcomes in found
                if cell.records == size and cell.model != "perfect"
            ]
            row.append(_pair(fmean(o.rate for o in here), fmean(o.power for o in here)))
        yield " | ".join(row)


def every(found: Found) -> Iterator[str]:
    """A row for each cell."""
    yield " | ".join(
        ["Records", "in a request", "correlation", *(_TITLES.get(r, r) for r in RULES)]
    )
    yield " | ".join("---:" for _ in range(3 + len(RULES)))
    for cell, outcomes in found:
        pairs = [_pair(outcomes[rule].rate, outcomes[rule].power) for rule in RULES]
        size = [f"{cell.records:,}", str(cell.per_request), f"{cell.correlation:g}"]
        yield " | ".join([*size, *pairs])


def document(found: Found) -> str:
    """The page."""
    first = found[0][1][_OURS]
    sizes = {"unchanged": first.unchanged, "dropped": first.dropped, "cells": len(found)}
    parts = [
        _HEAD.format(**sizes, baseline=BASELINE_RECORDS),
        _table(summary(found)),
        "\nFalse pages / found drops in per cent, each a mean over the cells of a size:\n\n",
        _table(by_size(found)),
        _READING.format(allowance=ALLOWANCE),
        _shortfalls(found),
        "\n## Every cell\n\nFalse pages / found drops, in per cent.\n",
    ]
    for classes, model in dict.fromkeys((cell.classes, cell.model) for cell, _ in found):
        here = [item for item in found if (item[0].classes, item[0].model) == (classes, model)]
        parts += [f"\n### {classes[0].upper()}{classes[1:]}, {model}\n\n", _table(every(here))]
    return "".join(parts)


def _shortfalls(found: Found) -> str:
    rows = list(exceptions(found))
    usual = [cell for cell, _ in found if cell.model != "perfect"]
    if len(rows) == 2:
        return "\nIn no cell does a rule that keeps the budget find more than ours.\n"
    count = f"{len(rows) - 2} of {len(_AT_DEFAULTS) * len(usual)}"
    return (
        "\n## Where another rule finds more\n\nOf the rules that keep a budget in a cell, the best "
        f"finds more than ours\nat that budget in {count} comparisons:\n\n" + _table(rows)
    )


def _table(rows: Iterable[str]) -> str:
    return "".join(f"| {row} |\n" for row in rows)


def _share(value: float) -> str:
    return f"{100 * value:.2f} %" if value < 0.01 else f"{100 * value:.0f} %"


def _pair(rate: float, power: float) -> str:
    return f"{100 * rate:.2f} / {100 * power:.0f}"
