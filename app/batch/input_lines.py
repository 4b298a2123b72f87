"""The input, read line by line: a file of any length costs the memory of one line."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.errors import UsageError

_BLOCK = 1 << 20


@dataclass(frozen=True)
class InputLine:
    """A line that says something, and its number from 1."""

    number: int
    raw: bytes


@contextmanager
def open_input(path: Path) -> Generator[Iterator[InputLine]]:
    """The lines of a file; empty ones are left out.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            yield (InputLine(number, raw) for number, raw in enumerate(file, 1) if raw.strip())
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise UsageError(f"the input {path} cannot be read: {error.strerror}.", hint="Name a JSONL file.") from error


def count_lines(path: Path) -> int | None:
    """Lines of a regular file, empty ones among them; None for a pipe, which can be read only once."""
    if not path.is_file():
        return None
    count, last = 0, b"\n"
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            count, last = count + block.count(b"\n"), block[-1:]
    return count + (last != b"\n")
