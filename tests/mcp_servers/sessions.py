"""A real client session with one of our servers, started as its own process."""

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import TextContent


@asynccontextmanager
async def open_session(module: str) -> AsyncGenerator[ClientSession, None]:
    """An initialized session with ``python -m module``, in this process's environment."""
    server = StdioServerParameters(command=sys.executable, args=["-m", module], env=dict(os.environ))
    async with (
        stdio_client(server) as (read, write),
        ClientSession(read, write, read_timeout_seconds=timedelta(seconds=20)) as session,
    ):
        await session.initialize()
        yield session


async def call(session: ClientSession, tool: str, **arguments: object) -> tuple[str, bool]:
    """The text of one call's result, and whether it is an error."""
    result = await session.call_tool(tool, arguments)
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text, bool(result.isError)
