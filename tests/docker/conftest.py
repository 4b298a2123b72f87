"""Real programs from Debian on ports of their own, and two scripted servers for what stands in front of vLLM."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT

DOCKER = ROOT / "docker"
Started = Callable[..., subprocess.Popen[bytes]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def program(name: str) -> str:
    """The path of an installed program; daemons lie where a person's PATH does not look."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"{name} is not installed: .ci/run installs it"
    return found


def answers(url: str, within: float = 30) -> None:
    """Wait until a GET succeeds."""
    deadline = time.monotonic() + within
    while True:
        try:
            if httpx.get(url, trust_env=False, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        assert time.monotonic() < deadline, f"{url} did not answer"
        time.sleep(0.05)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """Start a program that is ended with the test; its output goes into a file beside."""
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: object) -> subprocess.Popen[bytes]:
        log = tmp_path / f"program-{len(running)}.log"
        with log.open("wb") as output:
            running.append(
                subprocess.Popen(list(map(str, command)), stdout=output, stderr=subprocess.STDOUT, cwd=tmp_path)
            )
        return running[-1]

    yield start
    for process in running:
        process.terminate()
    for process in running:
        process.wait(timeout=20)


@pytest.fixture
def replicas() -> Iterator[tuple[ScriptedOpenAI, ScriptedOpenAI]]:
    """Two servers that answer with their own number."""
    with ScriptedOpenAI() as first, ScriptedOpenAI() as second:
        first.always("0")
        second.always("1")
        yield first, second


def chat(url: str, thread: str = "", *, stream: bool = False) -> httpx.Response:
    """One chat request of a thread through a router."""
    body = {"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "stream": stream}
    headers = {"X-Session-ID": thread} if thread else {}
    return httpx.post(f"{url}/v1/chat/completions", json=body, headers=headers, trust_env=False, timeout=20)


def who_answered(response: httpx.Response) -> str:
    return str(response.raise_for_status().json()["choices"][0]["message"]["content"])
