"""Where the servers of the fault tests run: one of each transport, and what each wrote about its calls."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.source_tree import ROOT

BARE = str(ROOT / "tests" / "mcp_client" / "servers" / "bare.py")
MARK = "FAULT_TEST_MARK"
"""Environment variable that tells the processes of one test from all others."""

SERVER = str(ROOT / "tests" / "faults" / "server.py")


def bare(mode: str, *arguments: object) -> dict[str, Any]:
    """The entry of a server that misbehaves in `mode`."""
    return {"command": "python", "args": [BARE, mode, *map(str, arguments)]}


class Place:
    """One server of one transport, as mcp.json names it."""

    def __init__(self, transport: str, folder: Path) -> None:
        self.transport, self.folder = transport, folder
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def entry(self) -> dict[str, Any]:
        if self.transport == "stdio":
            return {"command": "python", "args": [SERVER, "stdio", str(self.folder)]}
        path = "mcp/" if self.transport == "http" else "sse"
        return {"type": self.transport, "url": f"http://127.0.0.1:{self._port}/{path}"}

    def start(self) -> None:
        """Start what is not started by the program itself; on the same port as before."""
        if self.transport == "stdio":
            return
        self.stop()
        self._port = self._port or free_port()
        command = [sys.executable, SERVER, self.transport, str(self.folder), str(self._port)]
        environment = {name: value for name, value in os.environ.items() if name != MARK}
        self._process = subprocess.Popen(command, env=environment)
        until(self._listens, 30)

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def forget(self) -> None:
        (self.folder / "calls.jsonl").unlink(missing_ok=True)

    def events(self, kind: str) -> list[dict[str, Any]]:
        """What the server wrote, of one kind: in, out or cancelled."""
        log = self.folder / "calls.jsonl"
        lines = log.read_text().splitlines() if log.exists() else []
        return [event for event in map(json.loads, lines) if event["event"] == kind]

    def _listens(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    """Wait for something another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
