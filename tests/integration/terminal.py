"""The command line on a terminal of a given width, as its user sees it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_COLOUR = re.compile(r"\x1b\[(?:[0-9;]*;)?[349][0-9][0-9;]*m")
_ROWS = 40


@dataclass(frozen=True)
class Seen:
    """What a program wrote on a terminal, and its exit status."""

    raw: str
    status: int

    @property
    def lines(self) -> list[str]:
        """The lines without control sequences, those that were drawn over among them."""
        return [_CONTROL.sub("", line).rstrip() for line in re.split(r"\r*\n|\r", self.raw)]

    @property
    def is_coloured(self) -> bool:
        """Whether any colour was set."""
        return _COLOUR.search(self.raw) is not None


def on_terminal(arguments: Sequence[object], columns: int = 80, **environment: str) -> Seen:
    """`python -m monitor` with arguments on a pseudo-terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, columns, 0, 0))
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES")
    }
    with subprocess.Popen(
        [sys.executable, "-m", "monitor", *map(str, arguments)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited, "TERM": "xterm-256color", **environment},
    ) as started:
        os.close(theirs)
        written = bytearray()
        # Linux ends the last read with an error.
        with suppress(OSError):
            while part := os.read(ours, 65_536):
                written += part
    os.close(ours)
    return Seen(written.decode(), started.returncode)
