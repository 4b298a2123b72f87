"""A person at a real terminal: a pseudo terminal with the program in it, and the screen that they would see."""

import os
import re
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pexpect
import pyte

ROOT = Path(__file__).parent.parent.parent
PATIENCE = 20.0
_SLICE = 0.1
_GOODBYE = 10.0
"""Seconds that it may take to end."""


class Terminal:
    """`python -m app ARGS`, or another module, at a terminal of the given size. Every wait is bounded."""

    def __init__(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        columns: int = 80,
        rows: int = 60,
        cwd: Path = ROOT,
        module: str = "app",
        patience: float = PATIENCE,
    ) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **(env or {})}
        command = ["-m", module, *args]
        self.child = pexpect.spawn(
            sys.executable, command, dimensions=(rows, columns), env=environment, cwd=str(cwd), encoding="utf-8"
        )
        self.child.delaybeforesend = None
        self._patience = patience
        self.screen = pyte.Screen(columns, rows)
        self.received = ""
        self._stream = pyte.Stream(self.screen)

    @property
    def rows(self) -> list[str]:
        """What is on the screen, without empty rows at its end."""
        return "\n".join(row.rstrip() for row in self.screen.display).rstrip().split("\n")

    @property
    def text(self) -> str:
        return "\n".join(self.rows)

    @property
    def below(self) -> str:
        """The screen from the last line that a person sent."""
        sent = max((place for place, row in enumerate(self.rows[:-2]) if row.startswith("› ")), default=0)
        return "\n".join(self.rows[sent:])

    def type(self, keys: str) -> None:
        self.child.send(keys)

    def see(self, pattern: str, *, below: bool = False) -> str:
        """Wait until the pattern is on the screen (below the last line sent); returns the screen's text."""
        ends = time.monotonic() + self._patience
        while time.monotonic() < ends:
            if self._shows(pattern, below):
                return self.text
            if not self._read():
                break
        if self._shows(pattern, below):
            return self.text
        raise AssertionError(f"{pattern!r} did not appear on the screen:\n{self.text}")

    def say(self, line: str, pattern: str) -> str:
        """Enter a line, then wait for the pattern below it."""
        self.type(f"{line}\r")
        self.see(rf"^› {re.escape(line)}$")
        return self.see(pattern, below=True)

    def ended(self) -> int | None:
        """Wait for the program's end; returns its exit code."""
        ends = time.monotonic() + self._patience
        while time.monotonic() < ends and self._read():
            pass
        self.child.wait()
        return self.child.exitstatus

    def close(self) -> None:
        """End the program as a closed window would, or by force; pexpect alone waits 0.1 s for either."""
        for number in (signal.SIGHUP, signal.SIGKILL):
            ends = time.monotonic() + _GOODBYE
            self.child.kill(number)
            while self.child.isalive() and time.monotonic() < ends:
                if not self._read():
                    time.sleep(0.02)
            if not self.child.isalive():
                break
        self.child.close(force=True)

    def _shows(self, pattern: str, below: bool) -> bool:
        return bool(re.search(pattern, self.below if below else self.text, re.MULTILINE))

    def _read(self) -> bool:
        """Take what the program wrote; False at its end."""
        try:
            text = self.child.read_nonblocking(65536, timeout=_SLICE)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.received += text
        self._stream.feed(text)
        return True
