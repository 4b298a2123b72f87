"""The real ros-mcp server as a process of its own, installed once for all tests and spoken to over stdio."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, ImageContent, TextContent

from app.paths import cache_folder
from app.serving.environment import is_whole, python_of
from app.serving.folder_lock import locked
from app.serving.installer import Installer

T = TypeVar("T")

VERSION = "3.1.2"
SLOW_START = timedelta(seconds=60)
"""How long its first answer may take: it imports OpenCV and FastMCP."""


def ensure_ros_mcp() -> Path:
    """The program, installed first where it is not there."""
    folder = cache_folder() / f"ros-mcp-{VERSION}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.with_name(f"{folder.name}.lock"), on_wait=lambda: print(f"waiting for {folder.name}")):
        if not is_whole(folder):
            _build(folder)
    return folder / "bin" / "ros-mcp"


def _build(folder: Path) -> None:
    requirements = folder.with_name(f"{folder.name}.txt")
    requirements.write_text(f"ros-mcp=={VERSION}\n")
    building = folder.with_name(f"{folder.name}.building")
    for leftover in (folder, building):
        shutil.rmtree(leftover, ignore_errors=True)
    installer = Installer(folder.parent, print)
    installer.make_environment(building)
    installer.install(python_of(building), requirements, [])
    building.rename(folder)


@dataclass(frozen=True)
class RosMcp:
    """A session with one process."""

    session: ClientSession
    folder: Path
    """Its working directory, where it keeps images."""

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """The JSON that a tool answers with, or its text."""
        result = await self.raw(tool, **arguments)
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        assert not result.isError, text
        try:
            return json.loads(text)
        except ValueError:
            return text

    async def raw(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """All that a tool answers with."""
        return await self.session.call_tool(tool, arguments, read_timeout_seconds=timedelta(seconds=40))

    async def images(self, tool: str, /, **arguments: Any) -> list[ImageContent]:
        """The pictures that a tool answers with."""
        result = await self.raw(tool, **arguments)
        return [part for part in result.content if isinstance(part, ImageContent)]


@asynccontextmanager
async def open_ros_mcp(program: Path, folder: Path, port: int) -> AsyncGenerator[RosMcp]:
    """Start ros-mcp in a folder and point it at a rosbridge, or at a guard, on this machine."""
    quiet = {"FASTMCP_CHECK_FOR_UPDATES": "off", "FASTMCP_SHOW_CLI_BANNER": "false"}
    parameters = StdioServerParameters(
        command=str(program), args=["--transport=stdio"], cwd=folder, env={**os.environ, **quiet}
    )
    with (folder / "ros-mcp.log").open("w") as log:
        async with stdio_client(parameters, log) as streams, ClientSession(*streams, SLOW_START) as session:
            await session.initialize()
            ros_mcp = RosMcp(session, folder)
            await ros_mcp.call("connect_to_robot", ip="127.0.0.1", port=port)
            yield ros_mcp


@asynccontextmanager
async def in_own_task(context: AbstractAsyncContextManager[T]) -> AsyncGenerator[T]:
    """Enter and leave a context in one task, which a fixture's set-up and tear-down are not; anyio insists on it."""
    entered: asyncio.Future[T] = asyncio.get_running_loop().create_future()
    leave = asyncio.Event()

    async def own() -> None:
        try:
            async with context as value:
                entered.set_result(value)
                await leave.wait()
        except BaseException as error:
            if entered.done():
                raise
            entered.set_exception(error)

    task = asyncio.create_task(own())
    try:
        yield await entered
    finally:
        leave.set()
        await task
