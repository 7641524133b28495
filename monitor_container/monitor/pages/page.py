"""Values and pictures -> one HTML file that needs nothing else: no server, no file, no network."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from monitor.pages.sentences import noted
from monitor.wording import duration, moment, plain, share, span

LARGEST = 300_000
"""Bytes of a page, whatever the size of the data."""
_WORDS = {
    "VIOLATION": "failed",
    "OK": "passed",
    "NOT_ENOUGH_EVIDENCE": "not enough evidence",
    "NOT_EVALUATED": "not evaluated",
}
_CLIP = re.compile(r"\bclip\d+\b")
CONTENT_TYPE = "text/html; charset=utf-8"


@cache
def _environment() -> Environment:
    found = Environment(
        loader=PackageLoader("monitor.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "number": noted,
        "share": share,
        "percent": _percent,
        "moment": moment,
        "duration": duration,
        "plain": plain,
        "breakable": _breakable,
        "thousands": lambda value: f"{value:,}",
        "datetime": _machine_time,
    }
    found.globals |= {"span": span, "words": _WORDS}
    return found


def _percent(part: float) -> str:
    """In a cell of a table, where there is no room for words."""
    return "<1 %" if 0 < part < 0.005 else f"{100 * part:.0f} %"


def _breakable(name: str) -> Markup:
    """A name that may be broken behind an underline, where a table must be narrow."""
    return Markup("_<wbr>").join(name.split("_"))


def _machine_time(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def html(template: str, values: dict[str, Any], script: str | None = None) -> bytes:
    """The page. What may run or style it is named by its digest: nothing else does."""
    style, code = _text("page.css"), "" if script is None else _text(script)
    policy = [
        "default-src 'none'",
        f"style-src '{_digest(style)}'",
        f"script-src '{_digest(code)}'" if code else "script-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    text = (
        _environment()
        .get_template(template)
        .render(
            style=Markup(style),  # noqa: S704 (our own file)
            script=Markup(code),  # noqa: S704
            policy="; ".join(policy),
            **values,
        )
    )
    return (_renumbered(_tight(text)) + "\n").encode()


def _renumbered(text: str) -> str:
    """Names within pictures, which count on over all that a process draws, counted by the page."""
    names: dict[str, str] = {}
    return _CLIP.sub(lambda found: names.setdefault(found[0], f"clip-{len(names)}"), text)


@cache
def _text(name: str) -> str:
    text = files("monitor.pages").joinpath("templates", name).read_text()
    return _tight(text)


def _tight(text: str) -> str:
    """Without indentation and empty lines, which nobody sees."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
