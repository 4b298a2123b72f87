"""``run`` where a person sits at the terminal: servers' questions, approval, and Ctrl-C after them."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from tests.faults.places import Place, until
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.source_tree import ROOT

Start = Callable[..., "pexpect.spawn[str]"]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place("stdio", tmp_path)


@pytest.fixture
def start(scripted_openai: ScriptedOpenAI, servers: Callable[..., Path], place: Place) -> Start:
    def run() -> "pexpect.spawn[str]":
        config = str(servers(arm=place.entry))
        words = ["-m", "app", "run", "Do it", "--base-url", scripted_openai.base_url, "--mcp-config", config]
        environment = {**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), "PROMPT_TOOLKIT_NO_CPR": "1"}
        return pexpect.spawn(sys.executable, words, env=environment, encoding="utf-8", timeout=25, dimensions=(40, 150))

    return run


def ends_with(terminal: "pexpect.spawn[str]", code: int) -> None:
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == code


def told(scripted_openai: ScriptedOpenAI) -> str:
    return scripted_openai.requests[-1].body["messages"][-1]["content"]


@pytest.mark.slow
def test_a_person_answers_a_servers_question_and_allows_it_the_model(
    start: Start, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("confirm"), Call("think")]), "blue", "Both done.")
    scripted_openai.always("Both done.")
    terminal = start()
    terminal.expect(r"arm asks: How fast\?")
    terminal.expect("decline:")
    terminal.send("y\r")
    terminal.expect("speed:")
    terminal.send("fast\r")
    terminal.expect("must be a number")
    terminal.expect("speed:")
    terminal.send("\x15" + "0.5\r")
    terminal.expect("arm wants up to 7 tokens from the chat model, for:")
    terminal.expect("Name a color.")
    terminal.expect("because …:")
    terminal.send("y\r")
    terminal.expect("Both done.")
    ends_with(terminal, 0)
    results = [message["content"] for message in scripted_openai.requests[-1].body["messages"][-2:]]
    assert results == ['accept {"speed": 0.5}', "scripted said blue"]


@pytest.mark.slow
def test_a_person_declines_a_question_and_refuses_the_model_with_a_reason(
    start: Start, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("confirm")]), Reply(calls=[Call("think")]), "Neither.")
    terminal = start()
    terminal.expect("decline:")
    terminal.send("n\r")
    terminal.expect("because …:")
    assert "this was not answered: the person declined" in told(scripted_openai)
    terminal.send("n too expensive\r")
    terminal.expect("Neither.")
    ends_with(terminal, 0)
    assert "the person refused: too expensive" in told(scripted_openai)


@pytest.mark.slow
def test_ctrl_c_still_stops_the_turn_after_a_question_was_answered(
    start: Start, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("confirm")]), Reply(calls=[Call("wait")]))
    terminal = start()
    terminal.expect("decline:")
    terminal.send("n\r")
    until(lambda: any(event["tool"] == "wait" for event in place.events("in")))
    terminal.sendintr()
    terminal.expect("interrupted")
    ends_with(terminal, 130)
    until(lambda: len(place.events("cancelled")) == 1)
