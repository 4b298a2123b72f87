"""One log file per server: what it wrote to stderr, what it logged over MCP, and what we saw of it.

stderr goes to the file directly, so a server can write as much as it likes without anybody reading a pipe.
Files are opened and written off the event loop: LangGraph's development server refuses blocking calls on it.
"""

import asyncio
import os
from datetime import datetime
from pathlib import Path

_TAIL = 4096


class LogUnwritable(Exception):
    """The log cannot be opened; the text says which and why."""


class ServerLog:
    """The log of one server. The file is made with the first line and readable by its owner only."""

    def __init__(self, folder: Path, server: str) -> None:
        self.path = folder / f"{server}.log"

    def open(self) -> int:
        """A file descriptor that appends to the log; the caller closes it.

        Raises:
            LogUnwritable: The folder or the file cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            return os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise LogUnwritable(f"its log {self.path} cannot be written: {error.strerror}") from error

    async def write(self, line: str) -> None:
        """Append one line with the time. A full disk must not end a session, so failures are swallowed."""
        await asyncio.to_thread(self._append, f"{datetime.now():%Y-%m-%d %H:%M:%S} {line}\n".encode())

    def _append(self, data: bytes) -> None:
        try:
            descriptor = self.open()
            try:
                os.write(descriptor, data)
            finally:
                os.close(descriptor)
        except (OSError, LogUnwritable):
            return

    def size(self) -> int:
        """Bytes in the log now, to be given to `last_line` later."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def last_line(self, since: int) -> str:
        """The last line that was added after the log had ``since`` bytes; empty if there is none."""
        try:
            with self.path.open("rb") as file:
                file.seek(max(since, file.seek(0, os.SEEK_END) - _TAIL))
                lines = file.read().decode("utf-8", "replace").split("\n")
        except OSError:
            return ""
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
