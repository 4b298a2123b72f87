"""The task that opens, holds and closes one session.

The transports cancel the task that opened them when a connection breaks, and insist on being closed by it. That
task is this one and no other, so a dying server ends an owner and never a run. An owner lives once; a restart
makes a new one.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from app.mcp_client.entry import ServerEntry
from app.mcp_client.environment import server_environment
from app.mcp_client.failures import ServerDown, cause_of, exit_cause, was_refused
from app.mcp_client.process import ServerProcess, spawn
from app.mcp_client.server_log import ServerLog

if TYPE_CHECKING:
    from app.mcp_client.callbacks import SessionKwargs
    from app.mcp_client.session import McpSession

_CLOSE_LIMIT = {"stdio": 6.0, "http": 2.0, "sse": 2.0}
"""Seconds for an orderly end; what is left then is cancelled, which kills the process."""


def import_session():
    """Import the modules that import mcp: 0.6 s of CPU, spent while the servers start."""
    from app.mcp_client import callbacks, session

    return session, callbacks


class Owner:
    """One session and its process, if it has one."""

    def __init__(
        self,
        entry: ServerEntry,
        *,
        workspace: Path,
        log: ServerLog,
        may_import: asyncio.Event,
        session_kwargs: "Callable[[], SessionKwargs]",
    ) -> None:
        self._entry = entry
        self._workspace = workspace
        self._log = log
        self._session_kwargs = session_kwargs
        self._process: ServerProcess | None = None
        self._ready: asyncio.Future[McpSession] = asyncio.get_running_loop().create_future()
        self._stopping = False
        self._may_import = may_import
        self.spawned = asyncio.Event()
        """Set when the process runs, or needs none, or cannot."""
        self.cause = ""
        """Why the session ended, once it has."""
        self.refused = False
        """Whether it ended because no connection could be made, so that what was last sent never left."""
        self.task = asyncio.create_task(self._own(), name=f"mcp server {entry.name}")

    @property
    def session(self) -> "McpSession":
        """The open session; only after `opened`."""
        return self._ready.result()

    @property
    def pid(self) -> int | None:
        """Process id of a stdio server."""
        return self._process.pid if self._process else None

    async def opened(self, seconds: float) -> "McpSession":
        """Wait until the server has answered initialize; importing mcp does not count.

        Raises:
            ServerDown: It did not.
        """
        await self.spawned.wait()
        await self._sdk()
        await asyncio.wait({self._ready, self.task}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if self._ready.done() and not self.task.done():
            return self._ready.result()
        if not self.task.done():
            self.cause = self._silence(seconds)
            self.task.cancel()
        raise ServerDown(self.cause)

    def lose(self) -> None:
        """End the session because it was found broken."""
        if self._ready.done():
            self._ready.result().lost.set()

    async def close(self) -> None:
        """End the session and the process."""
        self._stopping = True
        self.lose()
        if not self._ready.done():
            self.task.cancel()
        limit = _CLOSE_LIMIT[self._entry.transport]
        await asyncio.wait({self.task}, timeout=limit)
        if not self.task.done():
            self.task.cancel()
            await asyncio.wait({self.task}, timeout=limit)

    def _silence(self, seconds: float) -> str:
        stray = self._process.rubbish if self._process else ""
        said = f"; it printed what is no MCP message: {stray[:200]!r}" if stray else ""
        return f"did not answer initialize within {seconds:g} s{said}"

    async def _own(self) -> None:
        try:
            async with self._open() as session:
                await session.initialize()
                self._ready.set_result(session)
                await session.lost.wait()
                if not self._stopping:
                    self.cause = await self._how_it_ended()
        except Exception as error:  # noqa: BLE001 # whatever a transport raises, the cause is its text
            self.cause = self.cause or await asyncio.to_thread(cause_of, error, self._entry)
            self.refused = not self._was_cut_off() and await asyncio.to_thread(was_refused, error)
        finally:
            self.spawned.set()

    def _was_cut_off(self) -> bool:
        return self._ready.done() and self._ready.result().cut_off.is_set()

    async def _how_it_ended(self) -> str:
        return await exit_cause(self._process, self._entry) if self._process else "the connection was closed"

    @asynccontextmanager
    async def _open(self) -> "AsyncGenerator[McpSession]":
        if self._entry.transport != "stdio":
            self.spawned.set()
            sdk = await self._sdk()
            async with sdk.open_http_session(self._entry, self._session_kwargs()) as session:
                yield session
            return
        process = self._process = await self._spawn()
        self.spawned.set()
        try:
            sdk = await self._sdk()
            async with sdk.open_stdio_session(process, self._session_kwargs()) as session:
                yield session
        except Exception:
            if await process.ended(0.5) is None:
                raise
            when = "" if self._ready.done() else " before answering initialize"
            raise ServerDown(await exit_cause(process, self._entry, before=when)) from None
        finally:
            await process.close(patiently=self._ready.done())

    async def _sdk(self):
        await self._may_import.wait()
        return (await asyncio.to_thread(import_session))[0]

    async def _spawn(self) -> ServerProcess:
        return await spawn(
            self._entry.command,
            self._entry.args,
            environment=server_environment(os.environ, self._entry.env),
            folder=self._entry.cwd or self._workspace,
            log=self._log,
        )
