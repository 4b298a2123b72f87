"""One MCP session, in plain data. The only module besides `callbacks` that imports mcp and the adapters.

http and sse connections come from the adapters' ``create_session``, imported when there is such a server. Its
stdio branch has no place for stderr and hides the process, so stdio runs over `ServerProcess`. Results are taken
as plain JSON instead of mcp's types: a content block of an unknown type would otherwise cost the whole result,
and one tool without a schema the whole list.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import mcp.types as mcp_types
from mcp.client.session import ClientSession
from mcp.shared.exceptions import McpError
from mcp.shared.message import SessionMessage
from pydantic import AnyUrl, RootModel

from app.mcp_client.callbacks import SessionKwargs
from app.mcp_client.entry import ServerEntry
from app.mcp_client.process import ServerProcess
from app.tracing.current import mcp_request
from graphs.toolset import OnProgress

if TYPE_CHECKING:
    from langchain_mcp_adapters.sessions import Connection

    from app.mcp_client.broken_streams import BrokenStreams

_HTTP_TIMEOUT = 30.0
_SILENCE = 24 * 3600.0
"""Seconds without a word from an http server; calls have their own limit, and a quiet session is not a dead one."""
_MOST_PAGES = 1000


class _Plain(RootModel[dict[str, Any]]):
    """A result as the server sent it."""


@dataclass
class Ticket:
    """Filled when a request is sent, so that it can be cancelled."""

    request_id: int | None = None


class McpSession:
    """The requests we make, over one open session."""

    def __init__(self, session: ClientSession, lost: asyncio.Event) -> None:
        self._session = session
        self.lost = lost
        """Set when the connection has broken."""
        self.cut_off = asyncio.Event()
        """Set when an answer was lost on its way, so that what was sent did leave."""
        self.unsent: set[int | str] = set()
        """Ids of requests that surely never reached the server, because it was gone when they were written."""
        self.instructions = ""
        self.capabilities: dict[str, Any] = {}

    async def initialize(self) -> None:
        """Shake hands; afterwards `instructions` and `capabilities` are known."""
        answer = await self._session.initialize()
        self.instructions = answer.instructions or ""
        self.capabilities = answer.capabilities.model_dump(mode="json", exclude_none=True)

    async def call_tool(
        self, name: str, arguments: dict[str, Any], ticket: Ticket, on_progress: OnProgress | None
    ) -> dict[str, Any]:
        """Call a tool. Not through ``ClientSession.call_tool``, which judges results by the tool's output schema."""
        with mcp_request("tools/call", name) as traced:
            meta = mcp_types.RequestParams.Meta.model_validate(traced.meta) if traced.meta else None
            params = mcp_types.CallToolRequestParams(name=name, arguments=arguments, _meta=meta)
            answer = await self._send(mcp_types.CallToolRequest(params=params), ticket, on_progress)
            traced.answered(str(ticket.request_id), is_error=answer.get("isError") is True)
            return answer

    async def list_all(self, kind: str) -> list[dict[str, Any]]:
        """Every page of ``tools``, ``resources``, ``resourceTemplates`` or ``prompts``; empty if not offered."""
        if _CAPABILITY[kind] not in self.capabilities:
            return []
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            params = mcp_types.PaginatedRequestParams(cursor=cursor) if cursor else None
            page = await self._send(_LISTS[kind](params=params))
            found += [item for item in page.get(kind) or [] if isinstance(item, dict)]
            cursor = page.get("nextCursor")
            if not cursor:
                break
        return found

    async def read_resource(self, uri: str) -> dict[str, Any]:
        """Read a resource; ``contents`` of the answer holds its parts."""
        params = mcp_types.ReadResourceRequestParams(uri=AnyUrl(uri))
        return await self._send(mcp_types.ReadResourceRequest(params=params))

    async def get_prompt(self, name: str, arguments: dict[str, str]) -> dict[str, Any]:
        """Render a prompt; ``messages`` of the answer holds it."""
        params = mcp_types.GetPromptRequestParams(name=name, arguments=arguments)
        return await self._send(mcp_types.GetPromptRequest(params=params))

    async def ping(self) -> None:
        """Ask whether the server answers."""
        await self._send(mcp_types.PingRequest())

    async def cancel(self, ticket: Ticket, reason: str) -> None:
        """Tell the server to drop a request that was sent."""
        if ticket.request_id is None:
            return
        params = mcp_types.CancelledNotificationParams(requestId=ticket.request_id, reason=reason)
        await self._session.send_notification(
            mcp_types.ClientNotification(mcp_types.CancelledNotification(params=params))
        )

    async def _send(
        self, request: Any, ticket: Ticket | None = None, on_progress: OnProgress | None = None
    ) -> dict[str, Any]:
        async def report(progress: float, total: float | None, message: str | None) -> None:
            if on_progress is not None:
                on_progress(progress, total, message)

        if ticket is not None:
            # The session gives the id away to nobody; it takes this one before its first await.
            ticket.request_id = self._session._request_id  # pyright: ignore[reportPrivateUsage] # no public way
        answer = await self._session.send_request(
            mcp_types.ClientRequest(request), _Plain, progress_callback=report if on_progress else None
        )
        return answer.root


_LISTS: dict[str, Any] = {
    "tools": mcp_types.ListToolsRequest,
    "resources": mcp_types.ListResourcesRequest,
    "resourceTemplates": mcp_types.ListResourceTemplatesRequest,
    "prompts": mcp_types.ListPromptsRequest,
}
_CAPABILITY = {"tools": "tools", "resources": "resources", "resourceTemplates": "resources", "prompts": "prompts"}


def is_dead(error: BaseException) -> bool:
    """Whether the error means that the session is over."""
    if isinstance(error, McpError):
        return error.error.message in {"Connection closed", "Session terminated"}
    return isinstance(error, (anyio.ClosedResourceError, anyio.BrokenResourceError, anyio.EndOfStream))


def was_never_sent(error: BaseException) -> bool:
    """Whether the request surely reached no tool: the session was closed before, or the server did not know it."""
    if isinstance(error, McpError):
        return error.error.message == "Session terminated"
    return isinstance(error, (anyio.ClosedResourceError, anyio.BrokenResourceError))


@asynccontextmanager
async def open_http_session(entry: ServerEntry, callbacks: SessionKwargs) -> AsyncGenerator[McpSession]:
    """A session with a running server over streamable http or sse."""
    from langchain_mcp_adapters.sessions import create_session

    from app.mcp_client.broken_streams import BrokenStreams

    streams, lost = BrokenStreams(), asyncio.Event()
    async with create_session(_connection(entry, callbacks, streams)) as session:
        opened = McpSession(session, lost)
        async with streams.watched(opened.ping, cut_off=opened.cut_off, lost=lost):
            yield opened


def _connection(entry: ServerEntry, callbacks: SessionKwargs, streams: "BrokenStreams") -> "Connection":
    from langchain_mcp_adapters.sessions import SSEConnection, StreamableHttpConnection

    headers: dict[str, Any] = dict(entry.headers)
    session_kwargs: dict[str, Any] = {**callbacks}
    if entry.transport == "sse":
        return SSEConnection(
            transport="sse",
            url=entry.url,
            headers=headers,
            timeout=_HTTP_TIMEOUT,
            sse_read_timeout=_SILENCE,
            session_kwargs=session_kwargs,
        )
    return StreamableHttpConnection(
        transport="streamable_http",
        url=entry.url,
        headers=headers,
        timeout=_HTTP_TIMEOUT,
        sse_read_timeout=_SILENCE,
        session_kwargs=session_kwargs,
        httpx_client_factory=streams.client,
    )


@asynccontextmanager
async def open_stdio_session(process: ServerProcess, callbacks: SessionKwargs) -> AsyncGenerator[McpSession]:
    """A session with a process we started. Leaving does not end the process."""
    to_us, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, to_server = anyio.create_memory_object_stream[SessionMessage](0)
    lost = asyncio.Event()
    unsent: set[int | str] = set()

    async def read() -> None:
        async with to_us:
            async for line in process.lines():
                try:
                    message = mcp_types.JSONRPCMessage.model_validate_json(line)
                except ValueError:
                    await process.note_rubbish(line)
                else:
                    await to_us.send(SessionMessage(message))
            lost.set()

    async def write() -> None:
        async with to_server:
            async for message in to_server:
                text = message.message.model_dump_json(by_alias=True, exclude_none=True)
                try:
                    await process.write(text.encode())
                except ConnectionError:
                    if isinstance(message.message.root, mcp_types.JSONRPCRequest):
                        unsent.add(message.message.root.id)
                    lost.set()
                    return

    async with anyio.create_task_group() as pumps:
        pumps.start_soon(read)
        pumps.start_soon(write)
        try:
            async with ClientSession(incoming, outgoing, **callbacks) as session:
                opened = McpSession(session, lost)
                opened.unsent = unsent
                yield opened
        finally:
            pumps.cancel_scope.cancel()
