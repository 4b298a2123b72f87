"""The REPL driven in a real terminal, with real MCP servers and a scripted endpoint."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.repl.conftest import FAILING, NOTES, TIME, OpenRepl
from tests.repl.terminal import PATIENCE, ROOT
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

pytestmark = pytest.mark.slow

SCREEN = ROOT / "docs" / "repl-screen.txt"
TOKENS = r"tokens in, \d"


def last_message(script: ScriptedOpenAI, number: int) -> dict[str, Any]:
    return script.requests[number].body["messages"][-1]


VARYING = (
    (r"thread [0-9a-f]{8}", "thread 5f3a9c21"),
    (r"http://127\.0\.0\.1:\d+", "http://localhost:8000"),
    (r"Switchyard \S+", "Switchyard 0.1.0"),
    (r"\d\.\d\d s, \d+ characters", "0.02 s, 324 characters"),
    (r"\d+\.\d s · [\d,]+ tokens in, \d+ out", "1.2 s · 1,760 tokens in, 32 out"),
    (r"context \d+%", "context 3%"),
)
"""What differs from run to run, or with every word of the system prompt."""


def normalised(text: str) -> str:
    for pattern, standing in VARYING:
        text = re.sub(pattern, standing, text)
    return text


def test_a_conversation_looks_as_the_readme_shows_it(scripted_openai: ScriptedOpenAI, open_repl: OpenRepl) -> None:
    convert = {"source_timezone": "Asia/Tokyo", "time": "09:30", "target_timezone": "Asia/Kolkata"}
    scripted_openai.enqueue(
        Reply(calls=[Call("convert_time", convert)]),
        "At 09:30 in Tokyo it is **06:00** in Kolkata.",
        Reply(calls=[Call("add_note", {"text": "Call Kolkata at 09:30"})]),
        "All right, I keep no note. Shall I tell you the time in another city?",
    )
    terminal = open_repl(servers={"time": TIME, "notes": NOTES})
    terminal.see(r"servers 2/2")
    terminal.say("It is 09:30 in Tokyo. How late is it in Kolkata?", TOKENS)
    terminal.type("Make a note of that.\r")
    terminal.see(r"^approve\?$")
    terminal.type("n this is not worth a note\r")
    terminal.see(TOKENS, below=True)
    terminal.see(r"^›$")

    refusal = last_message(scripted_openai, 3)
    assert refusal["role"] == "tool"
    assert "this is not worth a note" in refusal["content"]
    shown = normalised(terminal.text) + "\n"
    if os.environ.get("SWITCHYARD_WRITE_SCREEN") == "1":
        SCREEN.write_text(shown)
    assert shown == SCREEN.read_text()
    terminal.type("\x04")
    assert terminal.ended() == 0


def test_the_readme_shows_that_screen() -> None:
    block = re.search(r"<!-- repl-screen -->\n```text\n(.*?)```\n<!-- /repl-screen -->", _readme(), re.DOTALL)
    assert block
    assert block[1] == SCREEN.read_text()


def _readme() -> str:
    return (ROOT / "README.md").read_text()


def test_ctrl_c_stops_the_model_or_the_tool_and_the_thread_goes_on(
    scripted_openai: ScriptedOpenAI, open_repl: OpenRepl, tmp_path: Path
) -> None:
    hold = threading.Event()
    scripted_openai.enqueue(
        Reply(text="One.\n\nTwo, three and", hold=hold, hold_after=4),
        Reply(calls=[Call("wait", {})]),
        "Here I am again.",
    )
    full = {"command": "python", "args": [str(ROOT / "tests/mcp_client/servers/full.py"), "stdio", str(tmp_path)]}
    terminal = open_repl("--yes", servers={"full": full})
    terminal.see(r"servers 1/1")
    terminal.say("Count.", r"^One\.$")
    terminal.type("typed ahead\r")
    terminal.see(r"next: typed ahead")
    terminal.type("\x03")
    terminal.see(r"stopped; the thread goes on")
    assert scripted_openai.requests[0].abandoned.wait(10)
    terminal.see(r"^› typed ahead$")
    terminal.type("\x15")

    terminal.say("Wait.", r"→ wait\(\)")
    terminal.see(r"running wait")
    _until((tmp_path / "waiting").exists)
    terminal.type("\x1b")
    terminal.see(r"stopped; the thread goes on", below=True)
    _until((tmp_path / "cancelled").exists)
    terminal.say("Still there?", r"Here I am again\.")
    roles = [message["role"] for message in scripted_openai.requests[2].body["messages"]]
    assert roles[-2:] == ["tool", "user"]
    terminal.type("\x03")
    terminal.see(r"Ctrl-D leaves\.$", below=True)


def _until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < ends, "it did not happen in time"
        time.sleep(0.02)


def test_an_old_thread_is_taken_up_where_it_waits(scripted_openai: ScriptedOpenAI, open_repl: OpenRepl) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("add_note", {"text": "buy milk"})]), "Noted.")
    terminal = open_repl(servers={"notes": NOTES})
    terminal.see(r"servers 1/1")
    terminal.type("Note: buy milk\r")
    terminal.see(r"^approve\?$")
    terminal.type("q\r")
    terminal.see(r"put off")
    terminal.type("/quit\r")
    assert terminal.ended() == 0
    kept = re.search(r"repl --thread (\w+)", terminal.text)
    assert kept

    again = open_repl("--thread", kept[1], servers={"notes": NOTES}, columns=40, env={"NO_COLOR": "1"})
    again.see(r"› Note: buy milk")
    again.see(r"waits for your word")
    again.see(r"^approve\?$")
    again.type("a\r")
    again.see(r"Noted\.")
    again.see(TOKENS)
    again.type("\x04")
    assert again.ended() == 0
    policy = Path(os.environ["XDG_CONFIG_HOME"]) / "switchyard" / "policy.toml"
    assert 'tool = "notes:add_note"' in policy.read_text()
    assert not re.search(r"\x1b\[[\d;]*3[0-7]m", again.received)
    assert all(len(row) <= 40 for row in again.rows)


def test_commands_mentions_and_forms_work_beside_a_dead_server(
    scripted_openai: ScriptedOpenAI, open_repl: OpenRepl, tmp_path: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("confirm", {})]), "It goes at \x1b]0;owned\x07&#27;[31m2.5.", "Read.")
    full = {"command": "python", "args": [str(ROOT / "tests/mcp_client/servers/full.py"), "stdio", str(tmp_path)]}
    terminal = open_repl("--yes", servers={"full": full, "arm": FAILING}, cwd=tmp_path)
    terminal.see(r"warning: MCP server arm is not available: .*\n?.*no arm is connected")
    terminal.see(r"servers 1/2")

    terminal.type("Go.\r")
    terminal.see(r"full asks: How fast\?")
    terminal.type("y\r")
    terminal.see(r"^speed:$")
    terminal.type("fast\r")
    terminal.see(r"This must be a number\.")
    terminal.type("\x152.5\r")
    terminal.see(r"✓ confirm .*accept \{'speed': 2\.5\}")
    terminal.see(TOKENS, below=True)
    assert "\x1b]0;" not in terminal.received
    assert "\x1b[31m2.5" not in terminal.received

    terminal.say("/prompt full:greet", r"needs who\.")
    terminal.type("/prompt full:greet who=Ada\r")
    terminal.see(r"^› Greet Ada\.$")
    terminal.type("\x15")
    terminal.say("!echo from the shell", r"@! to put this output")
    terminal.say("read @missing.txt", r"there is no file missing\.txt")
    terminal.type("\x15")
    terminal.say("read @full:demo://manual and @!", r"Read\.")
    sent = last_message(scripted_openai, 2)["content"]
    assert "Turn it on." in sent
    assert "from the shell" in sent
    terminal.say("/export talk.md", r"written to talk\.md")
    assert "## You" in (tmp_path / "talk.md").read_text()
    terminal.say("/copy", r"clipboard")
    assert "\x1b]52;c;UmVhZC4=\x07" in terminal.received
    terminal.type("/too")
    terminal.see(r"tools with the policy's verdict")


def test_without_a_terminal_it_refuses_with_exit_code_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "app", "repl"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert 'run "query"' in done.stderr
