"""One server over the life of the process: connected, called, lost and connected again.

Every request is raced against the owner of its session; on a broken connection it would otherwise wait for
ever. Nothing that may have reached a tool is ever sent twice: after a crash the server is started anew for the
*next* call, and from the second crash without an answer in between only after a pause that doubles.
"""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from app.mcp_client.entry import OnConnect, ServerEntry
from app.mcp_client.failures import CallFailed, ServerDown, TimedOut, cause_of, redact
from app.mcp_client.handlers import ServerHandlers
from app.mcp_client.in_flight import Flight, InFlight
from app.mcp_client.owner import Owner, import_session
from app.mcp_client.server_log import ServerLog
from app.mcp_client.status import State
from graphs.toolset import OnProgress

if TYPE_CHECKING:
    from app.mcp_client.callbacks import SessionKwargs
    from app.mcp_client.session import McpSession, Ticket

T = TypeVar("T")

_TELL_LIMIT = 1.0
"""Seconds to tell a server about a cancellation."""
_SETTLE_LIMIT = 3.0
"""Seconds to learn why a session ended, or how a tool list changed."""
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Seconds."""

    init: float = 30.0
    call: float = 120.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A result as the server sent it, and what the model should know besides."""

    raw: dict[str, Any]
    notes: list[str] = field(default_factory=list[str])


class Connection:
    """One server. `state`, `cause`, `tools` and `instructions` may be read at any time."""

    def __init__(
        self,
        entry: ServerEntry,
        *,
        workspace: Path,
        log: ServerLog,
        limits: Limits,
        handlers: ServerHandlers,
        may_import: asyncio.Event,
        on_change: Callable[["Connection"], None],
    ) -> None:
        self.entry = entry
        self.log = log
        self.state: State = "starting"
        self.cause = ""
        self.tools: list[dict[str, Any]] = []
        self.instructions = ""
        self.seconds = 0.0
        """How long the last start took."""
        self._workspace = workspace
        self._limits = limits
        self._handlers = handlers
        self._may_import = may_import
        self._on_change = on_change
        self._in_flight = InFlight()
        self._owner: Owner | None = None
        self._connecting = asyncio.Lock()
        self._queue = asyncio.Lock()
        self._crashes = 0
        self._not_before = 0.0
        self._refreshing: asyncio.Task[None] | None = None
        self.spawned = asyncio.Event()

    @property
    def pid(self) -> int | None:
        """Process id of a stdio server that runs."""
        return self._owner.pid if self._owner and not self._owner.task.done() else None

    async def start(self) -> None:
        """Connect for the first time. A failure ends in `state` and `cause`."""
        with contextlib.suppress(ServerDown):
            await self._ensure()

    async def close(self) -> None:
        """End the session; a stdio server's process is gone afterwards."""
        owner, self._owner = self._owner, None
        if self._refreshing is not None:
            self._refreshing.cancel()
        if owner is not None:
            await owner.close()

    async def call(self, tool: str, arguments: dict[str, Any], on_progress: OnProgress | None = None) -> Answer:
        """Call a tool.

        Raises:
            ServerDown: The server is not there, or was lost during the call.
            CallFailed: It refused the call, or took too long; then it was told to stop.
        """
        async with self._queue if self.entry.serial else contextlib.nullcontext():
            owner = await self._ensure()
            try:
                answer = await self._call_over(owner, tool, arguments, on_progress)
            except _NeverSent:
                owner = await self._ensure()
                answer = await self._call_over(owner, tool, arguments, on_progress)
        self._crashes = 0
        if self._refreshing is not None:
            await asyncio.wait({self._refreshing}, timeout=_SETTLE_LIMIT)
        return answer

    async def request(self, make: "Callable[[McpSession], Coroutine[Any, Any, T]]") -> T:
        """Make any other request; raises as `call` does."""
        owner = await self._ensure()
        result, _ = await self._race(owner, make(owner.session), self._limits.call)
        return result

    async def _call_over(
        self, owner: Owner, tool: str, arguments: dict[str, Any], on_progress: OnProgress | None = None
    ) -> Answer:
        sdk, _ = import_session()
        ticket = sdk.Ticket()
        work = owner.session.call_tool(tool, arguments, ticket, on_progress)
        raw, flight = await self._race(owner, work, self.entry.timeout or self._limits.call, ticket)
        return Answer(raw=raw, notes=flight.notes)

    async def _race(
        self, owner: Owner, work: Coroutine[Any, Any, T], seconds: float, ticket: "Ticket | None" = None
    ) -> tuple[T, Flight]:
        task = asyncio.ensure_future(work)
        task.add_done_callback(_ignore_failure)
        try:
            async with self._in_flight.call(seconds) as flight:
                await asyncio.wait({task, owner.task}, return_when=asyncio.FIRST_COMPLETED)
        except TimeoutError:
            await self._withdraw(owner, ticket, "timed out")
            told = "; the server was told to stop" if ticket else ""
            raise TimedOut(f"no answer within {seconds:g} s{told}") from None
        except asyncio.CancelledError:
            await self._withdraw(owner, ticket, "cancelled")
            raise
        finally:
            if not task.done():
                task.cancel()
        if ticket is not None and ticket.request_id in owner.session.unsent:
            await asyncio.wait({owner.task}, timeout=_SETTLE_LIMIT)
            raise _NeverSent(self._lost(owner))
        if not task.done() or task.cancelled():
            if owner.refused and flight.alone:
                raise _NeverSent(owner.cause)
            raise ServerDown(self._lost(owner))
        error = task.exception()
        if error is not None:
            await self._raise(owner, error)
        return task.result(), flight

    async def _raise(self, owner: Owner, error: BaseException) -> None:
        sdk, _ = import_session()
        if not sdk.is_dead(error):
            raise CallFailed(cause_of(error, self.entry)) from error
        owner.lose()
        await asyncio.wait({owner.task}, timeout=_SETTLE_LIMIT)
        if sdk.was_never_sent(error):
            raise _NeverSent(self._lost(owner)) from error
        raise ServerDown(self._lost(owner)) from error

    def _lost(self, owner: Owner) -> str:
        return f"it was lost during the call ({owner.cause or 'the connection was closed'}), so the outcome is unknown"

    async def _withdraw(self, owner: Owner, ticket: "Ticket | None", reason: str) -> None:
        if ticket is None or owner.task.done():
            return
        told = asyncio.ensure_future(owner.session.cancel(ticket, reason))
        told.add_done_callback(_ignore_failure)
        await asyncio.wait({told}, timeout=_TELL_LIMIT)
        told.cancel()

    async def _ensure(self) -> Owner:
        async with self._connecting:
            if self._owner is not None and not self._owner.task.done() and self.state == "ready":
                return self._owner
            wait = self._not_before - asyncio.get_running_loop().time()
            if wait > 0:
                raise ServerDown(f"{self.cause}; it is started again in {wait:.0f} s at the earliest")
            if self._owner is not None:
                await self._owner.close()
            return await self._connect()

    async def _connect(self) -> Owner:
        began = asyncio.get_running_loop().time()
        self._become("starting", "")
        owner = self._owner = Owner(
            self.entry,
            workspace=self._workspace,
            log=self.log,
            may_import=self._may_import,
            session_kwargs=self._session_kwargs,
        )
        try:
            await owner.spawned.wait()
            self.spawned.set()
            await self._greet(owner)
        except (ServerDown, CallFailed) as error:
            cause = owner.cause or str(error)
            owner.task.cancel()
            self._crashed()
            await self.log.write(f"failed: {cause}")
            self._become("failed", cause)
            raise ServerDown(cause) from None
        finally:
            self.spawned.set()
            self.seconds = asyncio.get_running_loop().time() - began
        owner.task.add_done_callback(lambda _: self._ended(owner))
        self._become("ready", "")
        return owner

    async def _greet(self, owner: Owner) -> None:
        limit = self.entry.init_timeout or self._limits.init
        session = await owner.opened(limit)
        self.tools, _ = await self._race(owner, session.list_all("tools"), limit)
        self.instructions = session.instructions
        for call in self.entry.on_connect:
            await self._call_on_connect(owner, call)

    async def _call_on_connect(self, owner: Owner, call: OnConnect) -> None:
        answer = await self._call_over(owner, call.tool, call.arguments)
        if answer.raw.get("isError"):
            texts = [block.get("text", "") for block in answer.raw.get("content") or []]
            raise ServerDown(redact(f"its on_connect call of {call.tool} failed: {' '.join(texts)[:300]}", self.entry))

    def _ended(self, owner: Owner) -> None:
        if owner is self._owner:
            self._crashed()
            self._become(
                "failed", f"{owner.cause or 'the connection was closed'}; it is started again for the next call"
            )

    def _crashed(self) -> None:
        self._crashes += 1
        pause = 0.0 if self._crashes == 1 else min(_LONGEST_PAUSE, 2.0 ** (self._crashes - 2))
        self._not_before = asyncio.get_running_loop().time() + pause

    def _become(self, state: State, cause: str) -> None:
        self.state, self.cause = state, cause
        self._on_change(self)

    def _session_kwargs(self) -> "SessionKwargs":
        _, callbacks = import_session()
        return callbacks.Callbacks(
            self.entry.name,
            workspace=self._workspace,
            handlers=self._handlers,
            in_flight=self._in_flight,
            log=self.log,
            on_tools_changed=self._refresh_soon,
        ).session_kwargs()

    def _refresh_soon(self) -> None:
        before = self._refreshing
        self._refreshing = asyncio.create_task(self._refresh(before))

    async def _refresh(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait({before})
        owner = self._owner
        if owner is None or self.state != "ready":
            return
        with contextlib.suppress(ServerDown, CallFailed):
            self.tools, _ = await self._race(owner, owner.session.list_all("tools"), self._limits.init)
            self._on_change(self)


def _ignore_failure(task: "asyncio.Future[Any]") -> None:
    """Mark a failure as seen: whoever waited for it may be gone."""
    if not task.cancelled():
        task.exception()


class _NeverSent(ServerDown):
    """The session was over before the request could reach a tool."""
