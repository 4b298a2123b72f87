"""The closed-loop tools as a process of their own, behind a guard, in front of the simulated robot."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.types import CallToolResult, TextContent

from robot.guard.guard import Guard, GuardOptions, open_guard
from tests.robot.simulated import Simulated, simulated


@dataclass
class Tools:
    """A session with the tools, and what lies behind them."""

    session: ClientSession
    robot: Simulated
    guard: Guard

    async def raw(self, tool: str, **arguments: Any) -> CallToolResult:
        return await self.session.call_tool(tool, arguments, read_timeout_seconds=timedelta(seconds=30))

    async def call(self, tool: str, **arguments: Any) -> str:
        """The text of a call that must succeed."""
        text, failed = await self.outcome(tool, **arguments)
        assert not failed, text
        return text

    async def failure(self, tool: str, **arguments: Any) -> str:
        """The text of a call that must fail."""
        text, failed = await self.outcome(tool, **arguments)
        assert failed, text
        return text

    async def outcome(self, tool: str, **arguments: Any) -> tuple[str, bool]:
        result = await self.raw(tool, **arguments)
        text = "".join(part.text for part in result.content if isinstance(part, TextContent))
        return text, bool(result.isError)


def server(path: Path, port: int) -> StdioServerParameters:
    own = {"ROBOT_PROFILE": str(path), "GUARD_PORT": str(port)}
    return StdioServerParameters(command=sys.executable, args=["-m", "robot.tools"], env={**os.environ, **own})


@asynccontextmanager
async def open_tools(
    folder: Path, change: Callable[[dict[str, Any]], None] | None = None, **options: Any
) -> AsyncGenerator[Tools, None]:
    async with AsyncExitStack() as stack:
        robot = await stack.enter_async_context(simulated(folder, change, **options))
        guard = await stack.enter_async_context(open_guard(robot.profile, GuardOptions(state_folder=folder)))
        streams = await stack.enter_async_context(stdio_client(server(robot.path, guard.endpoint.port)))
        session = await stack.enter_async_context(ClientSession(*streams, timedelta(seconds=30)))
        await session.initialize()
        yield Tools(session, robot, guard)


class Process:
    """The tools spoken to line by line, so that a test can cancel, hang up and kill."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def send(self, method: str, *, number: int | None = None, **params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        stdin = self.process.stdin
        assert stdin
        stdin.write(json.dumps(message if number is None else {**message, "id": number}).encode() + b"\n")
        await stdin.drain()

    async def answer(self) -> dict[str, Any]:
        stdout = self.process.stdout
        assert stdout
        return json.loads(await asyncio.wait_for(stdout.readline(), 20))

    async def drive(self, meters: float) -> None:
        await self.send("tools/call", number=7, name="drive", arguments={"meters": meters})

    def hang_up(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()


@asynccontextmanager
async def open_process(path: Path, port: int) -> AsyncGenerator[Process, None]:
    own = server(path, port)
    process = await asyncio.create_subprocess_exec(
        own.command, *own.args, env=own.env, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    tools = Process(process)
    try:
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        await tools.send("initialize", number=1, **hello)
        await tools.answer()
        await tools.send("notifications/initialized")
        yield tools
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
