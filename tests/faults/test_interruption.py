"""Ctrl-C, a wall time that ends, and a reader that goes away, in the real program."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.faults.conftest import Ask, told
from tests.faults.places import Place, until
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.source_tree import ROOT


def start(base_url: str, config: Path, *flags: str) -> "subprocess.Popen[str]":
    """The program as a process of its own, with pipes."""
    command = [sys.executable, "-m", "app", "run", "Wait", "--base-url", base_url, "--mcp-config", str(config), *flags]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("place", ["stdio", "http"], indirect=True)
def test_ctrl_c_in_a_long_tool_reaches_the_server_and_keeps_the_thread(
    ask: Ask, place: Place, servers: Callable[..., Path], scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("wait")]), "You stopped it.")
    program = start(scripted_openai.base_url, servers(arm=place.entry), "--thread", "t1")
    until(lambda: len(place.events("in")) == 1, 30)
    program.send_signal(signal.SIGINT)
    stdout, stderr = program.communicate(timeout=20)
    assert program.returncode == 130
    assert stdout == ""
    assert "interrupted" in stderr
    assert "Traceback" not in stderr
    until(lambda: len(place.events("cancelled")) == 1)
    again = ask("--thread", "t1", arm=place.entry)
    assert again.code == 0
    assert again.report["answer"] == "You stopped it."
    roles = [message["role"] for message in scripted_openai.requests[-1].body["messages"]]
    assert roles == ["system", "user", "assistant", "tool", "user"]


@pytest.mark.slow
def test_ctrl_c_in_a_models_answer_keeps_the_thread(
    run_app: RunApp, servers: Callable[..., Path], scripted_openai: ScriptedOpenAI
) -> None:
    import threading

    scripted_openai.enqueue(Reply(text="Let me think about", hold=threading.Event(), hold_after=3), "Done.")
    program = start(scripted_openai.base_url, servers(), "--thread", "t1")
    scripted_openai.wait_for_requests(1, 30)
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=20)
    assert program.returncode == 130
    assert scripted_openai.requests[0].abandoned.wait(10)
    resumed = run_app("threads", "resume", "t1", "--base-url", scripted_openai.base_url, "--mcp-config", servers())
    assert resumed.code == 0
    assert resumed.stdout == "Done.\n"


@pytest.mark.slow
def test_a_wall_time_that_ends_in_a_tool_reaches_the_server(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("wait")]), "That took too long.")
    outcome = ask("--timeout", 1, "--thread", "t1", arm=place.entry)
    assert outcome.code == 124
    assert "ran out of time" in outcome.stderr
    until(lambda: len(place.events("cancelled")) == 1)
    again = ask("--thread", "t1", arm=place.entry)
    assert again.code == 0
    assert told(scripted_openai) == "Do it"
