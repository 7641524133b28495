"""Windows until a real change is told, and the false pages before it, for each rule.

`python -m benchmarks.drift_delay` plays streams of real records through the monitor's own metrics,
errors and verdicts; `--write-docs` writes docs/drift-delay.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median

from benchmarks.playing import AFTER, BASELINE_RECORDS, BEFORE, REQUESTS, played
from benchmarks.streams import CHANGES, PER_REQUEST

DOCUMENT = Path(__file__).parents[1] / "docs/drift-delay.md"
_PAGE = """# Delay until a real change is told

Each rule on streams of real records: handwritten digits that scikit-learn ships, of which a
logistic regression says whether they are odd. Written by

```bash
python -m benchmarks.drift_delay --write-docs
```

Each of {streams} streams has a baseline of {baseline:,} records of its own and {before} unchanged
hourly windows of {requests} requests of {per_request} records. In a request two of the ten digits
prevail, so that its records are right or wrong together. Then, for {after} windows,

{changes}

the labels being right all the time. Values, errors and verdicts are the monitor's own, at its
default budget; the other rules are described in [False alarms](false-alarms.md). Where nothing
changes, what is told is false.

"""


def rows(streams: int) -> Iterator[str]:
    """A table row for each change and rule."""
    yield "Change | Rule | False pages a day, before | Told within a day | Delay: median | Longest"
    yield "--- | --- | ---: | ---: | ---: | ---:"
    for change in CHANGES:
        told = [played(change, seed) for seed in range(streams)]
        for rule in told[0]:
            days = streams * BEFORE / 24
            delays = [of[rule].delay for of in told]
            known = sorted(delay for delay in delays if delay is not None)
            yield " | ".join([
                change, rule, f"{sum(of[rule].false for of in told) / days:.2f}",
                f"{len(known)} of {streams}",
                f"{median(known):g}" if known else "-",
                str(known[-1]) if known else "-",
            ])  # fmt: skip


def document(table: Sequence[str], streams: int) -> str:
    """The page."""
    head = _PAGE.format(
        streams=streams, baseline=BASELINE_RECORDS, before=BEFORE, after=AFTER,
        requests=REQUESTS, per_request=PER_REQUEST,
        changes="\n".join(f"- **{name}**: {text}" for name, text in CHANGES.items()),
    )  # fmt: skip
    return head + "".join(f"| {row} |\n" for row in table)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the streams; print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=20)
    parser.add_argument("--write-docs", action="store_true", help=f"write {DOCUMENT.name}")
    options = parser.parse_args(arguments)
    table = list(rows(options.streams))
    if options.write_docs:
        DOCUMENT.write_text(document(table, options.streams))
    print("\n".join(table))
    return 0


if __name__ == "__main__":
    sys.exit(main())
