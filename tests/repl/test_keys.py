"""The keys of the input line, pressed in a real terminal; and a turn that died with its process."""

import re
import signal
import threading
from pathlib import Path

import pytest

from tests.repl.conftest import NOTES, OpenRepl
from tests.scripted_openai import Reply, ScriptedOpenAI

pytestmark = pytest.mark.slow


def said(script: ScriptedOpenAI, number: int) -> str:
    script.wait_for_requests(number + 1)
    return script.requests[number].body["messages"][-1]["content"]


def test_new_lines_paste_search_and_editor(
    scripted_openai: ScriptedOpenAI, open_repl: OpenRepl, tmp_path: Path
) -> None:
    scripted_openai.always("Yes.")
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "from the editor" >> "$1"\n')
    editor.chmod(0o700)
    terminal = open_repl(servers={}, env={"VISUAL": str(editor)})
    terminal.see(r"servers 0/0")

    terminal.type("one\ntwo\r")
    assert said(scripted_openai, 0) == "one\ntwo"
    terminal.see(r"tokens in")
    terminal.type("\x1b[200~three\nfour\x1b[201~")
    terminal.see(r"^  four$")
    terminal.type("\r")
    assert said(scripted_openai, 1) == "three\nfour"
    terminal.see(r"tokens in[^›]*$")
    terminal.type("\x12two")
    terminal.see(r"I-search.*two")
    terminal.type("\r")
    terminal.see(r"› one\n  two\n\S")
    terminal.type("\r")
    assert said(scripted_openai, 2) == "one\ntwo"
    terminal.type("this is ")
    terminal.see(r"› this is$")
    terminal.type("\x18\x05")
    terminal.see(r"› this is from the editor$")
    terminal.type("\r")
    assert said(scripted_openai, 3) == "this is from the editor"


def test_a_turn_that_died_with_its_process_is_offered_again(
    scripted_openai: ScriptedOpenAI, open_repl: OpenRepl
) -> None:
    scripted_openai.enqueue(Reply(text="never seen", hold=threading.Event()), "Two.")
    terminal = open_repl(servers={"notes": NOTES})
    terminal.see(r"servers 1/1")
    terminal.type("What is one and one?\r")
    scripted_openai.wait_for_requests(1)
    thread = re.search(r"thread (\w{8})", terminal.see(r"thinking"))
    assert thread
    terminal.child.kill(signal.SIGKILL)
    terminal.ended()

    again = open_repl("--thread", thread[1], servers={"notes": NOTES})
    again.see(r"cut short")
    again.see(r"^go on with it\? \[Y/n\]$")
    again.type("\r")
    again.see(r"^Two\.$")
    roles = [message["role"] for message in scripted_openai.requests[1].body["messages"]]
    assert roles[-1] == "user"
