"""One real vLLM for all tests that need one: the embedded weights on the CPU, started as a person would start it.

So that one boot serves every test, three things differ from plain ``serve embedded``: a window that ten turns
with tools fit into, leave to bring a template in the request, and two adapters.
"""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.serving.adapters import write_adapter
from tests.source_tree import ROOT

MODEL = "switchyard-embedded"
ADAPTERS = ("kitchen", "garden")
BLOCK = 32
INSTALL_AND_BOOT_SECONDS = 1500
FLAGS = ("--block-size", str(BLOCK), "--trust-request-chat-template", "--max-model-len", "8192")
QUICK_START = {"VLLM_CPU_CI_ENV": "1", "VLLM_ALLOW_LONG_MAX_MODEL_LEN": "1", "VLLM_NO_USAGE_STATS": "1"}


@dataclass(frozen=True)
class ServedEmbedded:
    """A running vLLM, and the environment in which `serve` and `run` know of it."""

    port: int
    environment: dict[str, str]
    start_talk: str
    """What `serve` said while it started."""
    model: str = MODEL
    processes: list[psutil.Process] = field(default_factory=list[psutil.Process])

    @property
    def root_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        return f"{self.root_url}/v1"

    def app(self, *args: object, folder: Path) -> subprocess.CompletedProcess[str]:
        """``python -m app ARGS`` as a person who started this server would run it."""
        return run_app_program(self.environment, *args, folder=folder)

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = httpx.post(self.root_url + path, json=body, timeout=60, trust_env=False)
        assert answer.is_success, answer.text
        return answer.json()

    def counter(self, name: str, **labels: str) -> float:
        """The sum of a counter of vLLM's over all series that carry these labels."""
        text = httpx.get(f"{self.root_url}/metrics", timeout=10, trust_env=False).text
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        series = [line for line in text.splitlines() if line.startswith(f"{name}{{")]
        return sum(float(line.rpartition(" ")[2]) for line in series if all(part in line for part in wanted))


def lives(pid: int) -> bool:
    """Whether a process still runs; one that nobody has collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def run_app_program(
    environment: dict[str, str], *args: object, folder: Path, timeout: float = 60
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", *map(str, args)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


@pytest.fixture(scope="session")
def served_embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedEmbedded]:
    """``serve embedded --install --detach``, until the last test; the end is ``serve stop``, which leaves nobody."""
    folder = tmp_path_factory.mktemp("served")
    environment = {**_clean_environment(folder), **QUICK_START}
    port = _free_port()
    adapters = [f"--lora={name}={write_adapter(folder / name)}" for name in ADAPTERS]
    arguments = ("serve", "embedded", "--install", "--detach", "--port", port, *adapters, "--", *FLAGS)
    started = run_app_program(environment, *arguments, folder=folder, timeout=INSTALL_AND_BOOT_SECONDS)
    assert started.returncode == 0, started.stderr
    server = ServedEmbedded(port, environment, started.stderr)
    try:
        [row] = json.loads(server.app("serve", "status", "--json", folder=folder).stdout)
        leader = psutil.Process(row["pid"])
        server.processes.extend([leader, *leader.children(recursive=True)])
        yield server
    finally:
        stopped = server.app("serve", "stop", folder=folder)
    assert stopped.returncode == 0, stopped.stderr
    assert len(server.processes) > 1
    assert [process for process in server.processes if lives(process.pid)] == []


def _clean_environment(folder: Path) -> dict[str, str]:
    from tests.conftest import FOREIGN

    own = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    paths = {"STORAGE__HOME": str(folder / "home"), "NOTES_DB": str(folder / "notes.sqlite"), "PYTHONPATH": str(ROOT)}
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)} | own | paths


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
