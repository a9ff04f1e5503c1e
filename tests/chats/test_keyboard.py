"""A person at a real terminal: colours, line editing, the first card at once."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


class Terminal:
    """The bot behind a pseudo-terminal; `until` reads until some text was on the screen."""

    def __init__(self, config: Path, home: Path) -> None:
        ours, theirs = pty.openpty()
        self._fd = ours
        self.seen = ""
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "demo", "--config", str(config)],
            cwd=ROOT,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            close_fds=True,
            start_new_session=True,
            env={
                **os.environ,
                "TERM": "xterm-256color",
                "LANG": "C.UTF-8",
                "COLUMNS": "90",
                "LINES": "60",
                "XDG_STATE_HOME": str(home),
                "EDITOR": "sed -i 1s/Hello/Goodday/",
            },
        )
        os.close(theirs)

    def type(self, keys: str) -> None:
        os.write(self._fd, keys.encode())

    def until(self, text: str, limit: float = 30.0) -> str:
        """What came since the last call, up to this text; what stands behind it is left for the next call."""
        deadline = time.monotonic() + limit
        while (found := self.seen.find(text, self._read)) < 0:
            assert time.monotonic() < deadline, f"{text!r} never came; after it {self.seen[self._read :][-1500:]!r}"
            if select.select([self._fd], [], [], 0.2)[0]:
                with suppress(OSError):  # the process ended
                    self._hear(os.read(self._fd, 65536).decode("utf-8", "replace"))
        start, self._read = self._read, found + len(text)
        return self.seen[start : self._read]

    def _hear(self, output: str) -> None:
        self.seen += output
        if "\x1b[6n" in output:  # the program asks where the cursor is
            self.type("\x1b[1;1R")

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self._fd)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    config = (ROOT / "config" / "demo.toml").read_text().replace("../var", str(tmp_path / "var"))
    (tmp_path / "demo.toml").write_text(config.replace('"demo/', f'"{ROOT}/config/demo/'))
    opened = Terminal(tmp_path / "demo.toml", tmp_path / "state")
    yield opened
    opened.close()


def test_a_person_edits_a_line_and_a_draft_and_sends(terminal: Terminal, tmp_path: Path) -> None:
    first = terminal.until("dismiss")
    assert "\x1b[" in first, "a person sees colours"
    assert "Draft 1 by quoting" in first
    terminal.type("lisx\x7ft\r")  # a slip, mended with backspace
    terminal.until("waiting for you")
    terminal.type("show 1\r")
    terminal.until("dismiss")
    terminal.type("edit\r")
    terminal.until("Goodday")
    terminal.until("dismiss")
    terminal.type("send\r")
    terminal.until("1: sent")
    terminal.type("\x04")
    terminal.until("waits on")
    assert terminal.process.wait(20) == 0
    (reply,) = (tmp_path / "var" / "demo-replies").glob("*.reply.md")
    assert reply.read_text(encoding="utf-8").startswith("Goodday")
    assert "show 1" in (tmp_path / "state" / "gepettto" / "history").read_text()
