"""Pictures of the demo's pages for the documentation: `make screenshots` after `make demo`."""

from __future__ import annotations

import sys
from pathlib import Path

# A script finds what lies beside it.
from chromium import ROOT, chromium  # type: ignore[import-not-found]

IMAGES = ROOT / "docs" / "images"
SIZE = {"width": 1120, "height": 1010}


def main(reports: Path) -> None:
    """The first screen of a window and of an endpoint, light and dark."""
    window = sorted((reports / "tumours").rglob("report.html"))[-1]
    IMAGES.mkdir(exist_ok=True)
    with chromium() as browser:
        for name, path in (("report", window), ("index", reports / "tumours" / "index.html")):
            for scheme in ("light", "dark"):
                context = browser.new_context(viewport=SIZE, color_scheme=scheme)
                page = context.new_page()
                page.goto(path.as_uri())
                if name == "report":
                    page.locator("h2", has_text="Metrics against").scroll_into_view_if_needed()
                    page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=IMAGES / f"{name}-{scheme}.png")
                context.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "demo-output" / "reports")
