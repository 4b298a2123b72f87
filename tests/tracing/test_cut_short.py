"""Runs that do not get to their end, as programs of their own."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.tracing.conftest import ECHO
from tests.tracing.spans import read_trace

Servers = Callable[..., Path]
Start = Callable[..., subprocess.Popen[bytes]]

pytestmark = pytest.mark.slow


@pytest.fixture
def start(tmp_path: Path, servers: Servers, scripted_openai: ScriptedOpenAI) -> Iterator[Start]:
    """``run --trace-file`` in a process of its own, killed at the end if it is still there."""
    started: list[subprocess.Popen[bytes]] = []

    def run() -> subprocess.Popen[bytes]:
        flags = ["--base-url", scripted_openai.base_url, "--mcp-config", str(servers(echo=ECHO))]
        command = [sys.executable, "-m", "app", "run", "Go", *flags, "--trace-file", str(tmp_path / "trace.jsonl")]
        started.append(subprocess.Popen(command, cwd=tmp_path, env=os.environ, stdin=subprocess.DEVNULL))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.wait(10)


def wait_for(path: Path) -> None:
    end = time.monotonic() + 40
    while not path.exists():
        assert time.monotonic() < end, f"{path} never came"
        time.sleep(0.02)


def test_ctrl_c_ends_what_is_open_and_writes_it(start: Start, scripted_openai: ScriptedOpenAI, tmp_path: Path) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("wait", {"seconds": 0})]), Reply(text="x", hold=threading.Event()))
    process = start()
    scripted_openai.wait_for_requests(2, 40)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    trace = read_trace(tmp_path / "trace.jsonl")
    trace.check()
    run = trace.one("invoke_agent switchyard")
    assert (run["switchyard.outcome"], run["switchyard.exit_code"], run.raw["status"]) == ("interrupted", 130, "error")
    _, cut_short = trace.named("chat")
    assert (cut_short.raw["status"], cut_short["error.type"]) == ("error", "cancelled")
    assert cut_short.traceparent == scripted_openai.requests[-1].headers["traceparent"]


def test_ctrl_c_during_a_call_ends_the_call_and_its_request(
    start: Start, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("wait", {"seconds": 60, "mark": str(tmp_path / "waiting")})]))
    process = start()
    wait_for(tmp_path / "waiting")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    trace = read_trace(tmp_path / "trace.jsonl")
    assert trace.one("execute_tool wait")["error.type"] == "cancelled"
    assert trace.one("tools/call wait")["error.type"] == "CancelledError"
    assert trace.one("invoke_agent switchyard")["switchyard.outcome"] == "interrupted"


def test_after_kill_9_everything_that_had_ended_is_in_the_file(
    start: Start, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("wait", {"seconds": 0})]), Reply(text="x", hold=threading.Event()))
    process = start()
    scripted_openai.wait_for_requests(2, 40)
    process.kill()
    process.wait(10)
    names = [line.name for line in read_trace(tmp_path / "trace.jsonl").lines]
    assert names == ["chat scripted", "tools/call wait", "execute_tool wait", "step 1"]
