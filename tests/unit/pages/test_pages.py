"""The pages as they are written: small, closed, the same again, and safe to open."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from monitor.array_positions import EDGES
from monitor.baseline import read_baseline_folder
from monitor.cli import app
from monitor.cli_report import write
from monitor.constraints import Status
from monitor.ledger import Ledger
from monitor.lineage import digest_of_baseline
from monitor.locations import Location
from monitor.metrics import MetricValue
from monitor.page_files import Pages
from monitor.pages.page import LARGEST
from monitor.pages.trend_page import trend_page
from monitor.pages.window_page import window_page
from monitor.quality import ALL_VARIANTS

from .windows import ACCURACY, BASELINE, judged, version, window

HOSTILE = "<script>alert('&\"')</script>"


def page() -> str:
    found = version(judged())
    return window_page(found, found.qualities[0], BASELINE).decode()


def test_a_page_refers_to_nothing_outside_of_it() -> None:
    found = [version(judged(number=n)) for n in range(3)]
    for text in (page(), trend_page("churn", found, lambda _row: None).decode()):
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text)
        assert "@import" not in text
        assert not re.search(r"url\((?!#)", text)
        assert "default-src &#39;none&#39;" in text
        assert ' style="' not in text, "the policy forbids styles that it does not name"


def test_the_exact_value_stands_behind_the_rounded_one() -> None:
    assert '<data value="0.7123456789">0.7123</data>' in page()


@pytest.mark.parametrize("name", [HOSTILE, "a" * 5_000, "\u202e\n\x00"])
def test_names_are_text_whatever_they_are(name: str) -> None:
    quality = replace(judged(labels=("0", name), variant=name), endpoint=name)
    values = {**quality.values, name: MetricValue(0.5)}
    rule = replace(ACCURACY, metric=name)
    check = replace(quality.checks[0], constraint=rule)
    quality = replace(quality, values=values, checks=(*quality.checks, check))
    found = version(quality, because=name[:60])
    shown = window_page(found, quality, BASELINE) + trend_page(name, [found], lambda _row: None)
    assert b"<script>alert" not in shown
    assert b"\x00" not in shown
    assert shown.count(b"<script>") == 1, "the page's own"


@settings(max_examples=3, deadline=None)
@given(classes=st.integers(2, 300), inputs=st.integers(0, 3_000), metrics=st.integers(0, 120))
def test_the_page_of_a_window_is_small_whatever_it_is_of(
    classes: int, inputs: int, metrics: int
) -> None:
    labels = tuple(f"a class with a rather long name, number {n}" for n in range(classes))
    rows = [[edge, 10_000, 777] for edge in EDGES]
    quality = judged(labels=labels, pictures={"positions": rows, "sizes": rows})
    names = [f"a_metric_of_somebody_with_a_long_name_{n}" for n in range(metrics)]
    values = {**quality.values, **{name: MetricValue(0.123456789) for name in names}}
    checks = [
        replace(quality.checks[0], constraint=replace(ACCURACY, metric=name)) for name in names
    ]
    quality = replace(quality, values=values, checks=(*quality.checks, *checks))
    found = version(quality, inputs=inputs)
    history = [version(quality, number=n) for n in range(1, 40)]
    assert len(window_page(replace(found, number=40), quality, BASELINE, history)) <= LARGEST


@pytest.mark.parametrize(("variants", "metrics"), [(1, 1), (6, 40)])
def test_the_page_of_a_year_of_hours_is_small(variants: int, metrics: int) -> None:
    names = [f"a_metric_with_a_long_name_{n}" for n in range(metrics)]
    one = judged()
    checks = [replace(one.checks[0], constraint=replace(ACCURACY, metric=name)) for name in names]
    one = replace(one, values=dict.fromkeys(names, MetricValue(0.712345)), checks=tuple(checks),
                  errors=dict.fromkeys(names, one.errors["accuracy"]))  # fmt: skip
    hours = 24 * 365 if variants * metrics == 1 else 24 * 30
    versions = [
        version(
            *(replace(one, variant=f"variant-{v}", window=window(n)) for v in range(variants)),
            number=2,
            because="17 files of labels came; it is final",
        )
        for n in range(hours)
    ]
    assert len(trend_page("churn", versions, lambda _row: "x" * 40)) <= LARGEST


def test_pages_are_made_again_from_the_ledger_to_the_byte(tmp_path: Path) -> None:
    folder = _baseline(tmp_path / "monitors")
    baseline = read_baseline_folder(Location.of(str(folder)))
    lineage = replace(version().lineage, baseline=digest_of_baseline(baseline))
    ledger = Ledger(Location.of(str(tmp_path / "ledger")), "churn")
    both = [judged(variant="blue"), judged(0.94, Status.OK, variant="green")]
    whole = replace(judged(), variant=ALL_VARIANTS)
    versions = [
        version(*both, whole),
        version(*both, whole, number=2, because="1 file of labels came"),
        version(*(replace(q, window=window(1)) for q in (*both, whole))),
    ]
    versions = [replace(some, lineage=lineage) for some in versions]
    for some in versions:
        ledger.append(some)
    pages = Pages(Location.of(str(tmp_path / "then")), "churn", baseline)
    pages.write_window(versions[1], versions[:1], to_json=False)
    pages.write_window(versions[2], to_json=False)
    pages.write_index(versions)
    command = ["report", "--ledger", str(tmp_path / "ledger"), "--endpoint", "churn"]
    command += ["--from", "2026-11-20", "--to", "2026-11-21", "--output", str(tmp_path / "now")]
    done = CliRunner().invoke(app, [*command, "--baseline", str(folder)])
    assert done.exit_code == 0, done.output
    then = {p.relative_to(tmp_path / "then"): p for p in (tmp_path / "then").rglob("*.html")}
    assert len(then) == 7
    for name, path in then.items():
        assert (tmp_path / "now" / name).read_bytes() == path.read_bytes()


def _baseline(folder: Path) -> Path:
    """The documents of a baseline."""
    folder.mkdir()
    known = {"standard_error": 0.01, "independent_error": 0.01, "requests": 50, "records": 500}
    own = {
        "problem_type": "BinaryClassification",
        "pictures": {"labelled": BASELINE.details["labelled"]},
        "uncertainty": {"errors": {"accuracy": known}},
    }
    metrics = {
        "accuracy": {"value": 0.95},
        "confusion_matrix": BASELINE.details["confusion_matrix"],
    }
    document = {"binary_classification_metrics": metrics, "batch_payload_monitor": own}
    (folder / "statistics.json").write_bytes(orjson.dumps(document))
    rule = {"threshold": 0.9, "comparison_operator": "LessThanThreshold"}
    rules = {"binary_classification_constraints": {"accuracy": rule}}
    (folder / "constraints.json").write_bytes(orjson.dumps(rules))
    return folder


def test_a_page_links_to_documents_only_where_they_are(tmp_path: Path) -> None:
    pages = Pages(Location.of(str(tmp_path)), "churn", BASELINE)
    folder = Path(pages.target(window()).folder.path)
    assert not pages.target(window()).has_documents
    write(pages, [version(judged())])
    assert "statistics.json</a>" not in (folder / "report.html").read_text()
    (folder / "statistics.json").write_text("{}")
    write(pages, [version(judged())])
    assert "statistics.json</a>" in (folder / "report.html").read_text()


def test_pages_that_an_earlier_run_left_are_linked_from_the_new_index(tmp_path: Path) -> None:
    pages = Pages(Location.of(str(tmp_path)), "churn", BASELINE)
    write(pages, [version(judged(number=n)) for n in range(2)])
    write(pages, [version(judged(number=n)) for n in range(1, 3)])
    index = Path(pages.index.path).read_text()
    links = re.findall(r'href="(2026[^"]*)"', index)
    assert set(links) == {f"2026/11/20/{hour:02}/report.html" for hour in (9, 10, 11)}
    assert index.index("Other windows") < index.index('href="2026/11/20/09/report.html"')
    write(pages, [version(judged(number=n)) for n in range(3)])
    assert "Other windows" not in Path(pages.index.path).read_text()


def test_the_index_never_links_to_a_page_that_is_not_there(tmp_path: Path) -> None:
    pages = Pages(Location.of(str(tmp_path)), "churn", BASELINE)
    write(pages, [version(judged(number=1))], [version(judged(number=0))])
    index = Path(pages.index.path).read_text()
    assert "2026-11-20 09:00 to 10:00" in index
    assert set(re.findall(r'href="(2026[^"]*)"', index)) == {"2026/11/20/10/report.html"}


def test_pictures_over_time_have_one_size_and_marks_that_paper_shows() -> None:
    versions = [version(judged(0.9 + n / 100, Status.OK, n)) for n in range(3)]
    versions.append(version(judged(number=3), number=2))
    text = trend_page("churn", versions, lambda _row: None).decode()
    charts = re.findall(r'<svg class="marks" width="(\d+)" height="(\d+)"', text)
    assert len(charts) == 3
    assert len(set(charts)) == 1
    assert re.search(r'd="M[\d.,]+h\.01"', text)
    assert not re.search(r"M[\d.]+,[\d.]+Z", text)
