"""Lines of a pipe. Whoever writes them may be slow, so a thread waits for them and holds up nothing else.

The thread is a daemon and reads the descriptor itself: Ctrl-C must not wait for a writer that says nothing.
"""

import asyncio
import os
import threading
from collections import deque

from app.batch.input_line import InputLine
from app.errors import UsageError

_BLOCK = 1 << 16
_AHEAD = 4
"""Blocks read before they are wanted."""


class PipedLines:
    """Reads a descriptor; it begins with the first `next`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._room = threading.Semaphore(_AHEAD)
        self._blocks: asyncio.Queue[bytes | OSError] = asyncio.Queue()
        self._stopped = asyncio.Event()
        self._lines: deque[InputLine] = deque()
        self._torn = b""
        self._count = 0
        self._reader: threading.Thread | None = None
        self._over = False

    async def next(self) -> InputLine | None:
        """The next line that says something; None at the end, or when it was stopped.

        Raises:
            UsageError: the pipe cannot be read.
        """
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, args=(asyncio.get_running_loop(),), daemon=True)
            self._reader.start()
        while not self._lines and not self._over and not self._stopped.is_set():
            await self._more()
        return self._lines.popleft() if self._lines and not self._stopped.is_set() else None

    def stop(self) -> None:
        """Wait for nothing more."""
        self._stopped.set()
        self._room.release()

    async def _more(self) -> None:
        """Take a block, or notice that it was stopped."""
        block, stopped = asyncio.create_task(self._blocks.get()), asyncio.create_task(self._stopped.wait())
        await asyncio.wait({block, stopped}, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if block.cancel():
            return
        self._room.release()
        read = block.result()
        if isinstance(read, OSError):
            raise UsageError(f"the input cannot be read: {read.strerror}.", hint="Name a JSONL file.") from read
        self._split(read)

    def _split(self, block: bytes) -> None:
        """Lines of a block; an empty one is the end, which may come without a line break."""
        *whole, self._torn = (self._torn + block).split(b"\n") if block else (self._torn, b"")
        self._over = not block
        for raw in whole:
            self._count += 1
            if raw.strip():
                self._lines.append(InputLine(self._count, raw))

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        """In the thread: blocks until the end of the pipe, or of the program's interest."""
        read: bytes | OSError = b"..."
        while read and not isinstance(read, OSError):
            self._room.acquire()
            if self._stopped.is_set():  # the descriptor may be closed by now, and its number another file's
                return
            try:
                read = os.read(self._descriptor, _BLOCK)
            except OSError as error:
                read = error
            try:
                loop.call_soon_threadsafe(self._blocks.put_nowait, read)
            except RuntimeError:  # the loop is closed: nobody listens any more
                return
