"""`!command`: runs a shell command with bounded output, in a process group of its own so that all of it stops."""

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import Callable
from dataclasses import dataclass

KEPT = 16_000
"""Characters of the output that may go into a message."""
SHOWN_LINES = 100
LONGEST_LINE = 2_000
_GRACE_SECONDS = 2.0
_CHUNK = 4096
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


@dataclass(frozen=True)
class ShellResult:
    """What came of a command."""

    output: str
    """At most `KEPT` characters of stdout and stderr together."""
    exit_code: int
    hidden_lines: int
    """Lines that were not shown."""


class _Output:
    """Shows lines as they are complete, keeps a bounded part, counts the rest."""

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show
        self._rest = ""
        self._lines = 0
        self.kept = ""

    @property
    def hidden(self) -> int:
        return max(self._lines - SHOWN_LINES, 0)

    def add(self, text: str) -> None:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._line(line)
        if len(self._rest) > LONGEST_LINE:
            self._line(self._rest)
            self._rest = ""

    def finish(self) -> None:
        if self._rest:
            self._line(self._rest)
        if self.hidden:
            self._show(f"… {self.hidden:,} more lines")

    def _line(self, line: str) -> None:
        line = _ESCAPES.sub("", line).rstrip("\r")
        self._lines += 1
        if self._lines <= SHOWN_LINES:
            self._show(line)
        self.kept = (self.kept + line + "\n")[:KEPT]


async def run_shell(command: str, show: Callable[[str], None]) -> ShellResult:
    """Run a command to its end; cancelling ends its whole process group."""
    process = await asyncio.create_subprocess_shell(
        command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    output = _Output(show)
    try:
        while chunk := await process.stdout.read(_CHUNK):
            output.add(chunk.decode("utf-8", errors="replace"))
        code = await process.wait()
    except asyncio.CancelledError:
        await _end(process)
        raise
    output.finish()
    return ShellResult(output.kept.rstrip("\n"), code, output.hidden)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Ask the group to end; what is left of it after the shell's end, or after a while, is killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(process.wait(), _GRACE_SECONDS)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
