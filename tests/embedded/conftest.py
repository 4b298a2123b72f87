"""The shipped model and the tools of the shipped servers, as those servers really list them."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

from app.chat.embedded import EmbeddedChatModel

SERVERS = ("mcp_server_time", "mcp_servers.weather", "mcp_servers.notes")


@dataclass(frozen=True)
class Shipped:
    """What the shipped servers said when asked once."""

    tools: list[dict[str, Any]]
    tokyo: str
    """A real result of get_current_time for Asia/Tokyo."""

    def without(self, *names: str) -> list[dict[str, Any]]:
        """The tools but those."""
        return [tool for tool in self.tools if tool["function"]["name"] not in names]


@pytest.fixture(scope="session")
def shipped() -> Shipped:
    return asyncio.run(ask_servers())


@pytest.fixture(scope="session")
def model() -> EmbeddedChatModel:
    return EmbeddedChatModel.from_directory()


async def ask_servers() -> Shipped:
    (clock, tokyo), *others = await asyncio.gather(*(ask(module) for module in SERVERS))
    return Shipped([*clock, *(tool for tools, _ in others for tool in tools)], tokyo)


async def ask(module: str) -> tuple[Sequence[dict[str, Any]], str]:
    """The tools of a server as function schemas and, from the clock, the time in Tokyo."""
    command = StdioServerParameters(command=sys.executable, args=["-m", module])
    async with stdio_client(command) as (source, sink), ClientSession(source, sink) as session:
        await session.initialize()
        listed = (await session.list_tools()).tools
        tools = [as_function(tool.name, tool.description or "", tool.inputSchema) for tool in listed]
        if module != "mcp_server_time":
            return tools, ""
        result = await session.call_tool("get_current_time", {"timezone": "Asia/Tokyo"})
        return tools, result.content[0].text


def as_function(name: str, description: str, parameters: dict[str, Any]) -> dict[str, Any]:
    function = {"name": name, "description": description, "parameters": parameters}
    return {"type": "function", "function": function}
