"""Servers that do not start, do not answer, or die: what that costs, end to end."""

import os
import signal
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from tests.faults.conftest import Ask, told
from tests.faults.places import Place, bare, until
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.scripted_openai.replies import Body

pytestmark = pytest.mark.slow


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP__INIT_TIMEOUT", "1")


@pytest.fixture
def beside(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> Callable[[dict[str, Any]], str]:
    """Run with a broken server beside a good one, which must not notice; gives the warning on stderr."""

    def run(broken: dict[str, Any]) -> str:
        scripted_openai.enqueue(Reply(calls=[Call("echo", {"n": 1})]), "Done.")
        outcome = ask(good=place.entry, camera=broken)
        assert outcome.code == 0
        assert outcome.report["tool_calls"][0]["result"] == "n is 1"
        (line,) = (line for line in outcome.stderr.splitlines() if line.startswith("warning: "))
        assert line.startswith("warning: MCP server camera is not available: ")
        return line

    return run


def test_a_server_that_exits_at_start_costs_one_line(beside: Callable[[dict[str, Any]], str]) -> None:
    line = beside(bare("exits"))
    assert "exited with code 3 before answering initialize" in line
    assert "cannot open the camera" in line
    assert line.endswith("camera.log)")


def test_a_server_whose_command_does_not_exist_costs_one_line(beside: Callable[[dict[str, Any]], str]) -> None:
    assert "the command `no-such-program` does not exist" in beside({"command": "no-such-program"})


@pytest.mark.usefixtures("little_patience")
def test_a_server_that_hangs_at_initialize_costs_the_init_timeout(beside: Callable[[dict[str, Any]], str]) -> None:
    assert "did not answer initialize within 1 s" in beside(bare("hangs"))


@pytest.mark.usefixtures("little_patience")
def test_a_server_that_prints_rubbish_is_quoted(beside: Callable[[dict[str, Any]], str]) -> None:
    assert "it printed what is no MCP message: 'Welcome to the server!'" in beside(bare("rubbish"))


def test_a_server_that_nobody_started_costs_one_line(beside: Callable[[dict[str, Any]], str]) -> None:
    assert "no connection to http://127.0.0.1:9/mcp" in beside({"url": "http://127.0.0.1:9/mcp"})


@pytest.mark.parametrize(("flags", "keys"), [(["--strict"], {}), ([], {"required": True})])
def test_a_required_server_that_fails_ends_the_run(
    ask: Ask, scripted_openai: ScriptedOpenAI, flags: list[str], keys: dict[str, bool]
) -> None:
    outcome = ask(*flags, camera=bare("exits") | keys)
    assert outcome.code == 5
    assert outcome.stdout == ""
    assert "error: MCP server camera is required and failed: exited with code 3" in outcome.stderr
    assert "camera.log" in outcome.stderr
    assert scripted_openai.requests == []


@pytest.mark.parametrize("own_place", ["stdio", "http", "sse"], indirect=True)
def test_a_server_killed_in_a_call_is_back_for_the_next(
    ask: Ask, own_place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    def bring_back(body: Body) -> Reply:
        own_place.start()
        return Reply(calls=[Call("pid")])

    scripted_openai.enqueue(Reply(calls=[Call("pid")]), Reply(calls=[Call("die")]), bring_back, "Done.")
    outcome = ask("--yes", arm=own_place.entry)
    assert outcome.code == 0
    before, lost, after = outcome.report["tool_calls"]
    assert (lost["status"], after["status"]) == ("error", "success")
    assert "the outcome is unknown" in lost["result"]
    assert before["result"] != after["result"]
    assert len(own_place.events("in")) == 3


@pytest.mark.parametrize("own_place", ["stdio", "http"], indirect=True)
def test_a_server_killed_between_calls_is_back_for_the_next(
    ask: Ask, own_place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    killed: list[int] = []

    def kill(body: Body) -> Reply:
        killed.append(int(body["messages"][-1]["content"]))
        os.kill(killed[0], signal.SIGKILL)
        own_place.start()
        until(lambda: not psutil.pid_exists(killed[0]))  # a zombie's threads may still hold its stdin
        return Reply(calls=[Call("pid")])

    scripted_openai.enqueue(Reply(calls=[Call("pid")]), kill, "Done.")
    outcome = ask(arm=own_place.entry)
    assert outcome.code == 0
    again = outcome.report["tool_calls"][1]
    assert again["status"] == "success"
    assert int(again["result"]) not in killed


def test_a_tool_that_never_answers_is_told_to_stop(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MCP__CALL_TIMEOUT", "0.5")
    scripted_openai.enqueue(Reply(calls=[Call("wait")]), "It takes too long.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert "no answer within 0.5 s; the server was told to stop" in told(scripted_openai)
    until(lambda: len(place.events("cancelled")) == 1)
