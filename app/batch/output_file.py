"""Files that only grow, a whole line at a time, so that a killed process leaves at most one torn line at the end.

The file of results is its own record of what is done. A separate record alone was decided against: the two could
disagree, and the file that people keep is this one.
"""

import fcntl
import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from app.errors import SwitchyardError, UsageError

_BLOCK = 1 << 16
_BEGINNING = b'{"id":'


class OutputLost(SwitchyardError):
    """A line could not be written; what was written before stays whole."""


class OutputFile:
    """A JSONL file, held by one process at a time; use it as a context manager.

    Raises:
        UsageError: it cannot be written, is no file, or another process holds it.
    """

    def __init__(self, path: Path, *, empty: bool = False) -> None:
        self.path = path
        self.is_new = not path.exists()
        """Whether it was made just now."""
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise UsageError(f"{path} cannot be written: {error.strerror}.", hint="Name a file of yours.") from error
        try:
            self._hold(empty)
        except BaseException:
            os.close(self._file)
            raise

    def _hold(self, empty: bool) -> None:
        if not stat.S_ISREG(os.fstat(self._file).st_mode):
            raise UsageError(f"{self.path} is not a file.", hint="What is done is read from it, so it must be one.")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UsageError(
                f"another batch is writing {self.path}.", hint="Wait for it, or name another file."
            ) from error
        if empty:
            os.ftruncate(self._file, 0)
        self._size = os.fstat(self._file).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it."""
        return self._size == 0

    def records(self) -> Iterator[dict[str, Any]]:
        """The lines that are there.

        Raises:
            UsageError: a line is no result of a batch.
        """
        with self.path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if raw.endswith(b"\n"):
                    yield self._record(number, raw)

    def _record(self, number: int, raw: bytes) -> dict[str, Any]:
        try:
            record: Any = json.loads(raw)
        except ValueError:
            record = None
        if isinstance(record, dict) and {"id", "line", "digest"} <= record.keys():
            return record
        raise UsageError(
            f"line {number} of {self.path} is no result of a batch.", hint="Name another file for the results."
        )

    def mend(self) -> bool:
        """Take away a line that a killed process did not finish; read `records` before. True when there was one.

        Raises:
            UsageError: the rest does not look like ours, so it is left alone.
        """
        rest = self._unfinished()
        if not rest:
            return False
        shorter = min(len(rest), len(_BEGINNING))
        if rest[:shorter] != _BEGINNING[:shorter]:
            raise UsageError(f"{self.path} holds no results of a batch.", hint="Name another file for the results.")
        self._cut(self._size - len(rest))
        return True

    def _unfinished(self) -> bytes:
        rest, end = b"", self._size
        while end and b"\n" not in rest:
            start = max(0, end - _BLOCK)
            rest, end = os.pread(self._file, end - start, start) + rest, start
        return rest.rpartition(b"\n")[2]

    def append(self, record: dict[str, Any]) -> None:
        """Write one line, whole or not at all.

        Raises:
            OutputLost: the disk is full or gone.
        """
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            self._cut(self._size)
            raise OutputLost(
                f"{self.path} cannot be written any more: {error.strerror}.", hint="What is in it is whole."
            ) from error
        self._size += len(line)

    def _cut(self, size: int) -> None:
        os.ftruncate(self._file, size)
        self._size = size
