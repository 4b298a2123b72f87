"""The input, read line by line: one of any length costs the memory of one line."""

import os
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.batch.input_line import InputLine, InputLines
from app.batch.piped_lines import PipedLines
from app.errors import UsageError

STDIN = Path("-")
_BLOCK = 1 << 20


class FileLines:
    """Lines of a regular file, which never keeps one waiting."""

    def __init__(self, file: BinaryIO) -> None:
        self._lines = (InputLine(number, raw) for number, raw in enumerate(file, 1) if raw.strip())

    async def next(self) -> InputLine | None:
        """The next line; None at the end."""
        return next(self._lines, None)

    def stop(self) -> None:
        """Nothing is waited for."""


@contextmanager
def open_input(path: Path) -> Generator[InputLines]:
    """The lines of a file, a pipe, or for `-` of stdin.

    Raises:
        UsageError: it cannot be read.
    """
    if path == STDIN:
        if sys.stdin.isatty():
            raise UsageError("items are to come from stdin, which is a terminal.", hint="Pipe JSONL into it.")
        with _piped(0) as lines:
            yield lines
        return
    with _opened(path) as file:
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            yield FileLines(file)
            return
        with _piped(file.fileno()) as lines:
            yield lines


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"the input {path} cannot be read: {error.strerror}.", hint="Name a JSONL file.") from error


@contextmanager
def _piped(descriptor: int) -> Generator[InputLines]:
    """The lines of a pipe; nothing is read from it after the context."""
    lines = PipedLines(descriptor)
    try:
        yield lines
    finally:
        lines.stop()


def count_lines(path: Path) -> int | None:
    """Lines of a regular file, empty ones among them; None for a pipe, which can be read only once."""
    if path == STDIN or not path.is_file():
        return None
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last != b"\n")
