"""Real servers for the client: processes over stdio, and over http and sse on the loopback."""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.mcp_client.config import McpConfig, load_config
from app.mcp_client.hub import Hub, open_hub

SERVERS = Path(__file__).parent / "servers"
BARE, FULL = str(SERVERS / "bare.py"), str(SERVERS / "full.py")

OpenHub = Callable[..., AbstractAsyncContextManager[Hub]]


def bare(mode: str, folder: Path | str = "", **keys: Any) -> dict[str, Any]:
    return {"command": "python", "args": [BARE, mode, *([str(folder)] if folder else [])], **keys}


def full(folder: Path, **keys: Any) -> dict[str, Any]:
    return {"command": "python", "args": [FULL, "stdio", str(folder)], **keys}


def config_of(folder: Path, servers: dict[str, Any]) -> McpConfig:
    path = folder / "mcp.json"
    path.write_text(json.dumps({"mcpServers": servers}))
    return load_config(path, workspace=folder)


@asynccontextmanager
async def hub_of(folder: Path, servers: dict[str, Any], **options: Any) -> AsyncIterator[Hub]:
    """A hub over the servers, ready, with its logs and outputs under `folder`."""
    defaults = {"log_dir": folder / "logs", "output_dir": folder / "out", "init_timeout": 20.0, "call_timeout": 20.0}
    async with open_hub(config_of(folder, servers), **(defaults | options)) as hub:
        await hub.ready()
        yield hub


class HttpServer:
    """`full.py` as a process that can be killed and started again on the same port."""

    def __init__(self, transport: str, folder: Path) -> None:
        self.transport, self.folder, self.port = transport, folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/{'mcp/' if transport == 'http' else 'sse'}"
        self.process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, FULL, self.transport, str(self.folder), str(self.port)
        )
        async with asyncio.timeout(20):
            while not await listens(self.port):
                assert self.process.returncode is None
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
        await asyncio.wait_for(self.process.wait(), 10)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


async def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something another process does."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 # another process sets no event of ours
            await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def state_of(hub: Hub, server: str) -> tuple[str, str]:
    status = next(status for status in hub.statuses() if status.name == server)
    return status.state, status.cause


@pytest.fixture
def family() -> psutil.Process:
    return psutil.Process()
