"""Standard output for programs that must go on when nobody reads it.

A full pipe, or a terminal that Ctrl-S holds, blocks whoever writes to it; a guard that waits for its reader would stop
no robot. Here a thread waits instead, and the oldest text is dropped. Writing without blocking was decided against:
that flag belongs to the open terminal, which the shell and other programs share.
"""

import io
import os
import threading
from collections import deque
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from typing_extensions import Buffer

GOODBYE_S = 0.5
"""What the last text may take at the end."""


@contextmanager
def patient_output(file: TextIO, most: int = 1000) -> Generator[TextIO]:
    """A file whose writes return at once, in place of one that leads to a terminal, a pipe or a log.

    Args:
        file: the one that is written to at last.
        most: pieces of text that may wait; beyond that the oldest is dropped.

    Raises:
        OSError: from a write, when an earlier one failed: BrokenPipeError where the reader has gone.
    """
    writer = _PatientWriter(file.fileno(), most)
    output = io.TextIOWrapper(writer, encoding=file.encoding, errors="replace", write_through=True)
    try:
        yield output
    finally:
        writer.drain(GOODBYE_S)


class _PatientWriter(io.RawIOBase):
    """Takes bytes, and has them written by a thread that may wait for as long as it likes."""

    name = "patient output"

    def __init__(self, descriptor: int, most: int) -> None:
        self._descriptor = descriptor
        self._waiting: deque[bytes] = deque(maxlen=most)
        self._changed = threading.Condition()
        self._writing = False
        self._failure: OSError | None = None
        threading.Thread(target=self._run, daemon=True, name="patient output").start()

    def writable(self) -> bool:
        """Always."""
        return True

    def fileno(self) -> int:
        """That of the file behind."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether a terminal is behind."""
        return os.isatty(self._descriptor)

    def write(self, data: "Buffer", /) -> int:
        """Have it written.

        Raises:
            OSError: an earlier text could not be.
        """
        piece = bytes(data)
        with self._changed:
            if self._failure is not None:
                raise self._failure
            self._waiting.append(piece)
            self._changed.notify_all()
        return len(piece)

    def drain(self, seconds: float) -> None:
        """Wait until all is written, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: self._failure or not (self._waiting or self._writing), seconds)

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                piece, self._writing = self._waiting.popleft(), True
            try:
                while piece:
                    piece = piece[os.write(self._descriptor, piece) :]
            except OSError as error:
                self._failure = error
                return
            finally:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()
