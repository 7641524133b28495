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


PAPER = {"width": 690, "height": 1000}
"""A4 within its margins, in CSS pixels."""


def test_a_printed_page_loses_nothing_and_has_nothing_to_click(reports: Path, browser: Any) -> None:
    for path in pages(reports):
        page = browser.new_page(viewport=PAPER)
        page.goto(path.as_uri())
        page.emulate_media(media="print")
        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"], path
        cut = page.evaluate(
            """() => [...document.querySelectorAll(".wide, figure, svg, dl, ol")].filter(
            item => item.scrollWidth > item.clientWidth + 1 || item.getBoundingClientRect().right
            > innerWidth + 1).map(item => item.outerHTML.slice(0, 200))"""
        )
        assert cut == [], path
        for control in ("select", "summary", ".hint", ".controls"):
            assert not any(item.is_visible() for item in page.locator(control).all()), control
        links = page.locator("main a:visible").all()
        assert all(
            link.evaluate("item => getComputedStyle(item).textDecorationLine") == "underline"
            for link in links
        )
        page.close()


def test_a_printed_figure_is_on_one_page(reports: Path, browser: Any) -> None:
    for path in pages(reports):
        page = browser.new_page(viewport=PAPER)
        page.goto(path.as_uri())
        page.emulate_media(media="print")
        inside = page.evaluate(
            """() => [...document.querySelectorAll("figure, tr, .flow, .tiles")].map(
            item => getComputedStyle(item).breakInside)"""
        )
        assert set(inside) == {"avoid"}
        assert page.pdf(format="A4").count(b"/Type /Page\n") <= 6, path
        page.close()


def test_what_scrolls_sideways_says_so_and_is_reached_by_the_keyboard(
    reports: Path, browser: Any
) -> None:
    for path in pages(reports):
        page = browser.new_page(viewport={"width": 375, "height": 900})
        page.goto(path.as_uri())
        for region in page.locator(".wide:visible").all():
            assert region.get_attribute("role") == "region"
            assert region.get_attribute("aria-label")
            assert region.get_attribute("tabindex") == "0"
            if region.evaluate("item => item.scrollWidth > item.clientWidth"):
                before = region.evaluate("item => item.previousElementSibling.textContent")
                assert "sideways" in before, path
        page.close()


def test_pictures_side_by_side_have_one_height_and_nothing_sticks_out(
    reports: Path, browser: Any
) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto((reports / "tumours/index.html").as_uri())
    heights = {chart.bounding_box()["height"] for chart in page.locator(".chart svg").all()}
    assert len(heights) == 1
    for path in pages(reports):
        page.goto(path.as_uri())
        out = page.evaluate(
            """() => [...document.querySelectorAll("main svg text")].filter(
            text => text.getBoundingClientRect().width &&
            text.getBoundingClientRect().left < text.closest("svg").getBoundingClientRect().left - 1
            ).map(text => text.textContent)"""
        )
        assert out == [], path
    page.close()


def test_a_window_is_reached_from_the_endpoint_and_back(reports: Path, browser: Any) -> None:
    page = browser.new_page()
    page.goto((reports / "digits/index.html").as_uri())
    page.locator("#windows a").first.click()
    assert page.url.endswith("/report.html")
    page.get_by_text("all windows").click()
    assert page.url.endswith("digits/index.html")
    page.close()
