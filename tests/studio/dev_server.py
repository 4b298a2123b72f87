"""A real ``langgraph dev`` in a process group of its own, and what a test wants to know about it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from tests.conftest import FOREIGN
from tests.source_tree import ROOT

READY_SECONDS = 90
END_SECONDS = 30
QUIET = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGGRAPH_NO_VERSION_CHECK": "1", "NO_COLOR": "1"}
"""Without these the command line reports its use and asks PyPI for its newest version."""


@dataclass(frozen=True)
class DevServer:
    """A server that answers."""

    url: str
    log_file: Path
    process: psutil.Process

    def mcp_servers(self, module: str) -> list[psutil.Process]:
        """The MCP servers it runs as ``python -m MODULE``."""
        return [child for child in self.process.children(recursive=True) if module in child.cmdline()]

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")


def start(folder: Path, environment: Mapping[str, str], port: int) -> tuple[subprocess.Popen[bytes], Path]:
    """``langgraph dev`` as the checkout has it, but in ``folder``: its state must not mix with a developer's."""
    for name in ("app", "langgraph.json"):
        (folder / name).symlink_to(ROOT / name)
    command = [str(Path(sys.executable).with_name("langgraph")), "dev", "--no-browser", "--no-reload"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    log_file = folder / "langgraph.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**inherited, **QUIET, **environment},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return process, log_file


@contextmanager
def dev_server(folder: Path, environment: Mapping[str, str]) -> Iterator[DevServer]:
    """Serve until the end of the block; then nothing of it is left."""
    port = free_port()
    process, log_file = start(folder, environment, port)
    server = DevServer(f"http://127.0.0.1:{port}", log_file, psutil.Process(process.pid))
    try:
        _await_ready(process, server)
        yield server
    finally:
        everything = [server.process, *server.process.children(recursive=True)] if process.poll() is None else []
        stop(process)
        _, alive = psutil.wait_procs(everything, timeout=5)
        for orphan in alive:
            orphan.kill()
    assert alive == [], f"left behind: {alive}"


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, and SIGKILL for what does not hear it."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_ready(process: subprocess.Popen[bytes], server: DevServer) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, server.log
        try:
            if httpx.get(f"{server.url}/ok", timeout=2).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise TimeoutError(f"not ready within {READY_SECONDS} s:\n{server.log}")
