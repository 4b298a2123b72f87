"""What a person types: completion, commands by their beginning, questions that take the line over."""

import asyncio
import base64
from pathlib import Path

import pytest
from prompt_toolkit.buffer import Buffer
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from app.errors import UsageError
from app.repl.application import offers_by_itself
from app.repl.clipboard import LIMIT, copy_sequence
from app.repl.commands.registry import COMMANDS, find_command
from app.repl.completion import PATHS, Offer, ReplCompleter
from app.repl.fuzzy import fuzzy_matches
from app.repl.input_line import PROMPT, InputLine

OFFER = Offer(
    commands=lambda: {command.typed: command.description for command in COMMANDS},
    arguments=lambda name: {"/resume": lambda: {"abc123": "buy milk"}, "/image": PATHS}.get(name),
    tools=lambda: {"get_current_time": "Get the time", "add_note": "Add a note"},
    resources=lambda: {"shop:menu://today": "menu"},
)


def completions(text: str, *, tab: bool = False) -> list[str]:
    event = CompleteEvent(completion_requested=tab)
    return [found.text for found in ReplCompleter(OFFER).get_completions(Document(text, len(text)), event)]


def test_a_slash_offers_every_command_with_its_description() -> None:
    assert completions("/") == [command.typed for command in COMMANDS]
    assert all(command.description for command in COMMANDS)


def test_letters_find_a_command_also_when_they_are_scattered() -> None:
    assert completions("/srv") == ["/servers"]
    assert fuzzy_matches("re", ["/resume", "more", "prep", "fire"]) == ["/resume", "prep", "more", "fire"]


def test_a_command_offers_what_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").touch()
    assert completions("/resume a") == ["abc123"]
    assert completions("/image ph") == ["oto.png"]
    assert completions("/clear x") == []


def test_an_at_sign_offers_files_and_resources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "menu.txt").touch()
    assert completions("look at @men") == ["shop:menu://today", "u.txt"]


def test_tools_and_paths_come_on_tab_only() -> None:
    assert completions("call get_c") == []
    assert completions("call get_c", tab=True) == ["get_current_time"]


@pytest.mark.parametrize(("text", "opens"), [("/he", True), ("a @b", True), ("a b", False), ("a\n/b", False)])
def test_the_menu_opens_by_itself_for_commands_and_mentions(text: str, opens: bool) -> None:
    assert offers_by_itself(text) is opens


def test_a_command_is_known_by_its_beginning() -> None:
    assert find_command("quit").name == "quit"
    assert find_command("exp").name == "export"


@pytest.mark.parametrize("name", ["", "re", "frob"])
def test_an_unclear_command_names_the_nearest(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        find_command(name)
    assert "/" in refused.value.hint


def open_line(sent: list[str]) -> InputLine:
    line = InputLine(Buffer(), sent.append)
    line.is_open = True
    return line


def entered(line: InputLine, text: str) -> None:
    line.buffer.text = text
    line.enter()


async def test_a_question_takes_the_line_over_and_gives_the_draft_back() -> None:
    sent: list[str] = []
    line = open_line(sent)
    line.buffer.text = "half a mess"
    asking = asyncio.create_task(line.ask("approve? ", "y"))
    second = asyncio.create_task(line.ask("again? "))
    await asyncio.sleep(0)
    assert (line.label, line.buffer.text) == ("approve? ", "y")
    entered(line, "no")
    assert await asking == "no"
    await asyncio.sleep(0)
    assert line.label == "again? "
    assert line.decline()
    assert await second is None
    assert (line.label, line.buffer.text, sent) == (PROMPT, "half a mess", [])
    assert not line.decline()


async def test_a_withdrawn_question_leaves_the_line_as_it_was() -> None:
    line = open_line([])
    asking = asyncio.create_task(line.ask("speed: ", "1"))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert (line.label, line.buffer.text) == (PROMPT, "")


async def test_answers_are_not_kept_in_the_history() -> None:
    sent: list[str] = []
    line = open_line(sent)
    entered(line, "hello")
    entered(line, "   ")
    asking = asyncio.create_task(line.ask("secret: "))
    await asyncio.sleep(0)
    entered(line, "hunter2")
    await asking
    assert sent == ["hello"]
    assert line.buffer.history.get_strings() == ["hello"]


async def test_a_question_before_anybody_can_type_counts_as_declined() -> None:
    assert await InputLine(Buffer(), lambda _: None).ask("approve? ") is None


def test_a_copy_goes_through_the_terminal_unless_it_is_too_long() -> None:
    sequence = copy_sequence("naïve [b]")
    assert base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode() == "naïve [b]"
    assert copy_sequence("x" * (LIMIT + 1)) == ""
