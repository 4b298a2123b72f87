"""Pictures in a terminal: where they are shown, and where only their place is told."""

import base64
import io
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest
from PIL import Image

from app.terminal_images import InlineImages, terminal_protocol
from tests.conftest import RunApp
from tests.faults.places import Place
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.source_tree import ROOT

KITTY = re.compile(r"\x1b_G(.*?);(.*?)\x1b\\", re.DOTALL)
ITERM = re.compile(r"\x1b\]1337;File=inline=1;size=(\d+);width=(\d+);preserveAspectRatio=1:(.*?)\x07", re.DOTALL)
OF_TERMINALS = ("TERM", "TERM_PROGRAM", "KITTY_WINDOW_ID", "LC_TERMINAL", "TMUX", "STY")


@pytest.mark.parametrize(
    ("variables", "protocol"),
    [
        ({"TERM": "xterm-kitty", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-256color", "KITTY_WINDOW_ID": "1"}, "kitty"),
        ({"TERM": "xterm-ghostty", "TERM_PROGRAM": "ghostty"}, "kitty"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, "iterm"),
        ({"TERM": "xterm-256color", "LC_TERMINAL": "iTerm2"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "iterm"),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, None),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux", "KITTY_WINDOW_ID": "1"}, None),
        ({"TERM": "screen-256color", "TERM_PROGRAM": "iTerm.app"}, None),
        ({"TERM": "dumb", "KITTY_WINDOW_ID": "1"}, None),
        ({}, None),
    ],
)
def test_a_terminal_is_known_by_its_variables(variables: dict[str, str], protocol: str | None) -> None:
    assert terminal_protocol(variables) == protocol


def test_a_pipe_is_never_sent_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    assert InlineImages.on(io.StringIO(), "auto").protocol is None


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.effect_noise((1600, 1200), 80).convert("RGB").save(tmp_path / "a.jpg")
    return tmp_path / "a.jpg"


def test_kitty_gets_png_in_chunks_and_is_told_not_to_answer(photo: Path) -> None:
    chunks = KITTY.findall(InlineImages("kitty").shown(str(photo), 80))
    assert chunks[0][0] == "a=T,f=100,q=2,c=40,m=1"
    assert [head for head, _ in chunks[1:]] == ["m=1"] * (len(chunks) - 2) + ["m=0"]
    assert all(len(data) <= 4096 for _, data in chunks)
    sent = Image.open(io.BytesIO(base64.b64decode("".join(data for _, data in chunks))))
    assert (sent.format, sent.size) == ("PNG", (400, 300))


def test_iterm_gets_one_sequence_no_wider_than_the_terminal(photo: Path) -> None:
    [(size, width, data)] = ITERM.findall(InlineImages("iterm").shown(str(photo), 30))
    assert (int(size), width) == (len(base64.b64decode(data)), "28")


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_what_cannot_be_shown_leaves_no_trace(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.png").write_bytes(content)
    assert InlineImages("kitty").shown(str(tmp_path / "a.png"), 80) == ""
    assert InlineImages("kitty").shown(str(tmp_path / "gone.png"), 80) == ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "setting", "variables", "shown"),
    [
        ("run", "auto", {"TERM": "xterm-kitty"}, KITTY),
        ("run", "auto", {"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, ITERM),
        ("run", "auto", {"TERM": "xterm-256color"}, None),
        ("run", "off", {"TERM": "xterm-kitty"}, None),
        ("repl", "auto", {"TERM": "xterm-kitty"}, KITTY),
        ("repl", "off", {"TERM": "xterm-kitty"}, None),
    ],
    ids=["kitty", "iterm", "another", "off", "kitty-repl", "off-repl"],
)
def test_a_person_at_a_terminal_sees_the_picture_or_its_place(
    scripted_openai: ScriptedOpenAI,
    servers: Callable[..., Path],
    tmp_path: Path,
    command: str,
    setting: str,
    variables: dict[str, str],
    shown: re.Pattern[str] | None,
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("picture", {"size": [320, 240]})]), "All red.")
    kept = {name: value for name, value in os.environ.items() if name not in OF_TERMINALS}
    config = str(servers(arm=Place("stdio", tmp_path).entry))
    terminal = pexpect.spawn(
        sys.executable,
        ["-m", "app", command, *(["Look"] if command == "run" else [])]
        + ["--base-url", scripted_openai.base_url, "--mcp-config", config],
        env={**kept, "NO_COLOR": "1", "PYTHONPATH": str(ROOT), **variables, "TERMINAL__IMAGES": setting},
        encoding="utf-8",
        timeout=25,
        dimensions=(40, 200),
    )
    if command == "repl":
        terminal.expect("› ")
        terminal.send("Look\r")
    terminal.expect("All red.")
    text = terminal.before
    terminal.close(force=True)
    assert re.search(r"/outputs/arm-picture-\S+\.png", text)
    assert bool(KITTY.search(text)) == (shown is KITTY)
    assert bool(ITERM.search(text)) == (shown is ITERM)


@pytest.mark.slow
def test_in_a_pipe_the_place_is_told_and_nothing_drawn(
    run_app: RunApp,
    scripted_openai: ScriptedOpenAI,
    servers: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm-kitty")
    scripted_openai.enqueue(Reply(calls=[Call("picture", {"size": [320, 240]})]), "All red.")
    config = servers(arm=Place("stdio", tmp_path).entry)
    outcome = run_app("run", "Look", "--base-url", scripted_openai.base_url, "--mcp-config", config)
    assert outcome.stdout == "All red.\n"
    assert re.search(r"^  /\S+/outputs/arm-picture-\S+\.png$", outcome.stderr, re.MULTILINE)
    assert "\x1b" not in outcome.stderr
