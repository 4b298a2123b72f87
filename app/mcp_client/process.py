"""The process of a stdio server.

mcp's own stdio transport is not used, because it hides what a person wants to know and leaves behind what
nobody wants: no exit code, a traceback on our stderr for every line that is not MCP, quadratic work on long
lines, and no end of the grandchildren (``npx`` and ``uvx`` are wrappers) once the wrapper itself has gone. This
module needs no mcp at all, so a server can start while the library is still being imported.

Each server leads a process group of its own in a session of its own: Ctrl-C in a terminal reaches us alone, and
we can tell the server what was cancelled before it ends. If we are killed, the server reads end-of-file.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from app.mcp_client.server_log import ServerLog

_CHUNK = 256 * 1024
_LEAVE_GRACE = 2.0
"""Seconds a server has to end by itself after end-of-file, and again after SIGTERM."""
_STRAGGLER_GRACE = 0.5
"""Seconds that what it left behind has after SIGTERM."""


class ServerProcess:
    """A running server; make one with `spawn`."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        transport: asyncio.SubprocessTransport,
        log: ServerLog,
        log_start: int,
    ) -> None:
        self._process = process
        self._transport = transport
        self._log = log
        self._log_start = log_start
        self._group_gone = False
        self.rubbish = ""
        """The first line on stdout that was no MCP message."""

    @property
    def pid(self) -> int:
        """Process id, which is also the id of the server's process group."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.returncode

    async def lines(self) -> AsyncIterator[bytes]:
        """The lines of stdout, of any length, until it closes."""
        stdout = self._process.stdout
        assert stdout is not None
        pending: list[bytes] = []
        while chunk := await stdout.read(_CHUNK):
            head, *rest = chunk.split(b"\n")
            pending.append(head)
            for part in rest:
                yield b"".join(pending)
                pending = [part]
        if any(pending):
            yield b"".join(pending)

    async def write(self, line: bytes) -> None:
        """Write one line to stdin.

        Raises:
            ConnectionError: The server has gone, and did not get the line.
        """
        stdin = self._process.stdin
        assert stdin is not None
        stdin.write(line + b"\n")
        if stdin.is_closing():  # said before the first await: the other pump is about to see the end of the output
            raise ConnectionResetError
        await stdin.drain()

    async def note_rubbish(self, line: bytes) -> None:
        """Keep the first stray line for the error message, and all of them in the log."""
        text = line.decode("utf-8", "replace").strip()
        if text:
            self.rubbish = self.rubbish or text
            await self._log.write(f"not an MCP message on stdout: {text[:500]}")

    async def last_words(self) -> str:
        """The last line it wrote to stderr since it was started."""
        return await asyncio.to_thread(self._log.last_line, self._log_start)

    async def ended(self, seconds: float) -> int | None:
        """Wait for the exit code, at most ``seconds``.

        Polled, because asyncio's own wait ends only when the pipes have closed too, and a grandchild may hold them.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self.exit_code is None and loop.time() < deadline:  # noqa: ASYNC110 # the process sets no event of ours
            await asyncio.sleep(0.01)
        return self.exit_code

    async def close(self, *, patiently: bool = True) -> None:
        """End it and everything it started: end-of-file, SIGTERM, SIGKILL.

        Args:
            patiently: Give it time; one that never answered has nothing to put away.
        """
        grace = _LEAVE_GRACE if patiently else _STRAGGLER_GRACE
        try:
            stdin = self._process.stdin
            assert stdin is not None
            stdin.close()
            if await self.ended(grace) is None:
                self._signal_group(signal.SIGTERM)
                await self.ended(grace)
            await self._end_stragglers()
        finally:
            self._signal_group(signal.SIGKILL)
            self._transport.close()
        await self.ended(_LEAVE_GRACE)

    async def _end_stragglers(self) -> None:
        deadline = asyncio.get_running_loop().time() + _STRAGGLER_GRACE
        alive = self._signal_group(signal.SIGTERM)
        while alive and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(0.02)
            alive = self._signal_group(0)

    def _signal_group(self, number: int) -> bool:
        """Signal whoever is left of the group; False when nobody is."""
        if self._group_gone:
            return False
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            self._group_gone = True
        return not self._group_gone


async def spawn(
    command: str, args: Sequence[str], *, environment: Mapping[str, str], folder: Path, log: ServerLog
) -> ServerProcess:
    """Start a server.

    Raises:
        OSError: The command does not exist or cannot be run.
        LogUnwritable: There is no place for its stderr.
    """
    loop = asyncio.get_running_loop()
    await log.write("starting")
    log_start = await asyncio.to_thread(log.size)
    descriptor = await asyncio.to_thread(log.open)
    try:
        transport, protocol = await loop.subprocess_exec(
            lambda: asyncio.subprocess.SubprocessStreamProtocol(limit=_CHUNK, loop=loop),
            command,
            *args,
            stderr=descriptor,
            env=dict(environment),
            cwd=folder,
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return ServerProcess(asyncio.subprocess.Process(transport, protocol, loop), transport, log, log_start)
