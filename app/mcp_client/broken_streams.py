"""Notices when a streamable http server dies in the middle of a call.

mcp keeps silent when the stream of an answer ends without the answer, so the call would wait for its time limit.
Here every such end is noticed, and a ping asks whether the session still lives. Losing the session at once was
decided against: a server that numbers its events lets mcp take the stream up again, behind a proxy that cuts
long requests for instance. Pinging all the time was decided against too: a server that works is left alone.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import httpx
from mcp.shared._httpx_utils import create_mcp_http_client
from mcp.shared.exceptions import McpError

_PING_LIMIT = 3.0


class BrokenStreams:
    """The streams of one session."""

    def __init__(self) -> None:
        self._ended = asyncio.Event()

    def client(
        self,
        headers: dict[str, str] | None = None,
        timeout: httpx.Timeout | None = None,
        auth: httpx.Auth | None = None,
    ) -> httpx.AsyncClient:
        """The client that mcp makes by itself, watched; a factory for its transports."""
        client = create_mcp_http_client(headers=headers, timeout=timeout, auth=auth)
        client.event_hooks["response"].append(self._watch)
        return client

    @asynccontextmanager
    async def watched(
        self, ping: Callable[[], Awaitable[None]], *, cut_off: asyncio.Event, lost: asyncio.Event
    ) -> AsyncGenerator[None]:
        """Set `cut_off` when a stream has ended, and `lost` when the session then does not answer a ping.

        A refused ping ends the session as a refused call does; `cut_off` tells the two apart.
        """

        async def watch() -> None:
            while await self._ended.wait():
                self._ended.clear()
                cut_off.set()
                try:
                    await asyncio.wait_for(ping(), _PING_LIMIT)
                except (TimeoutError, McpError):
                    lost.set()

        task = asyncio.create_task(watch())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self, response: httpx.Response) -> None:
        streams = response.headers.get("content-type", "").startswith("text/event-stream")
        if response.request.method == "POST" and streams and isinstance(response.stream, httpx.AsyncByteStream):
            response.stream = _Watched(response.stream, self._ended)


class _Watched(httpx.AsyncByteStream):
    """Whoever got the answer closes the stream; one that is read to its end or breaks has not brought it."""

    def __init__(self, stream: httpx.AsyncByteStream, ended: asyncio.Event) -> None:
        self._stream, self._ended = stream, ended

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except httpx.TransportError:
            self._ended.set()
            raise
        self._ended.set()

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()
