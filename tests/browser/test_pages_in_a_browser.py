"""The demo's pages in Debian's Chromium: closed, quiet, accessible, and true to the JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .chromium import ROOT, chromium, found

pytest.importorskip("playwright", reason="needs Playwright (make browser)")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(found() is None, reason="needs Chromium (apt-get install chromium)"),
]
LOOKS = [(width, scheme) for width in (375, 1440) for scheme in ("light", "dark")]
each_look = pytest.mark.parametrize(("width", "scheme"), LOOKS)
ENDPOINTS = ("tumours", "digits", "diabetes")


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("demo")
    size = ("--hours", "3", "--records", "3000", "--output", str(output))
    command = [sys.executable, str(ROOT / "examples/demo.py"), *size]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output / "reports"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


def pages(reports: Path) -> list[Path]:
    """Of each endpoint its own page and that of its newest window."""
    newest = [sorted((reports / name).rglob("report.html"))[-1] for name in ENDPOINTS]
    return [*(reports / name / "index.html" for name in ENDPOINTS), *newest]


@each_look
def test_pages_are_quiet_fit_their_width_and_have_no_serious_fault(
    reports: Path, browser: Any, width: int, scheme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    for path in pages(reports):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
        )
        page = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.on("pageerror", lambda error, said=said: said.append(str(error)))
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        violations = Axe().run(page).response["violations"]
        grave = [item for item in violations if item["impact"] in ("serious", "critical")]
        told = [(item["id"], [n["html"][:200] for n in item["nodes"][:3]]) for item in grave]
        assert told == [], path
        assert said == []
        assert asked == [path.as_uri()]
        context.close()


def test_the_policy_of_a_page_lets_its_own_script_run_and_nothing_is_refused(
    reports: Path, browser: Any
) -> None:
    for path in pages(reports):
        page = browser.new_page()
        said: list[str] = []
        page.on("console", lambda message, said=said: said.append(message.text))
        page.goto(path.as_uri())
        if path.name == "index.html":
            assert page.locator("#controls").is_visible()
        assert said == []
        page.close()


def test_values_on_the_page_are_those_of_the_json(reports: Path, browser: Any) -> None:
    for name in ENDPOINTS:
        path = sorted((reports / name).rglob("report.html"))[-1]
        document = json.loads((path.parent / "statistics.json").read_text())
        (section,) = [key for key in document if key.endswith("_metrics")]
        expected = {
            metric: found["value"]
            for metric, found in document[section].items()
            if isinstance(found, dict) and found.get("value") is not None
        }
        page = browser.new_page()
        page.goto(path.as_uri())
        shown = page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll("data")].map(
            item => [item.closest("tr").cells[0].textContent, +item.value]))"""
        )
        assert shown == {metric: expected[metric] for metric in shown}
        assert len(shown) == len(expected)
        join = document["batch_payload_monitor"]["join"]
        flow = page.locator(".flow b").all_text_contents()
        captured = f"{join['records'] + join['rejected']:,}"
        records = f"{join['records']:,}", f"{join['evaluated']:,}"
        assert flow == [captured, *records, f"{document['dataset']['item_count']:,}"]
        page.close()


def test_the_keyboard_reads_window_after_window(reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / "tumours/index.html").as_uri())
    chart = page.locator(".chart").first
    chart.locator(".plot").focus()
    newest = chart.locator(".reading").text_content()
    page.keyboard.press("ArrowLeft")
    before = chart.locator(".reading").text_content()
    assert "Violation" in newest
    assert "OK" in before
    assert chart.locator(".plot").get_attribute("aria-valuetext") == before
    page.keyboard.press("Home")
    assert chart.locator(".plot").get_attribute("aria-valuenow") == "0"
    page.close()


def test_hovering_reads_the_window_under_the_pointer(reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / "tumours/index.html").as_uri())
    chart = page.locator(".chart").first
    chart.scroll_into_view_if_needed()
    box = chart.locator("svg .background").first.bounding_box()
    page.mouse.move(box["x"] + 2, box["y"] + 20)
    first = page.locator("#windows tbody tr").last.locator("th").text_content()
    assert chart.locator(".reading").text_content().startswith(f"{first} UTC: ")
    page.close()


def test_a_metric_is_chosen_and_the_others_are_hidden(reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / "tumours/index.html").as_uri())
    every = page.locator(".chart:visible").count()
    page.select_option("#metric", index=1)
    assert page.locator(".chart:visible").count() == 1 < every
    assert page.locator("#windows tbody tr:visible").count() == 3
    page.close()


def test_without_a_script_pictures_and_tables_stay(reports: Path, browser: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((reports / "tumours/index.html").as_uri())
    assert page.locator(".chart svg").first.is_visible()
    assert page.locator("#windows tbody tr").count() == 3
    assert not page.locator("#controls").is_visible()
    context.close()


def test_a_window_is_reached_from_the_endpoint_and_back(reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / "digits/index.html").as_uri())
    page.locator("#windows a").first.click()
    assert page.url.endswith("/report.html")
    page.get_by_text("all windows").click()
    assert page.url.endswith("digits/index.html")
    page.close()
