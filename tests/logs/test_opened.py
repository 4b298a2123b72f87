"""Opening the log in this process, which a test has to undo."""

import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import console
from app.errors import UsageError
from app.logs.opened import close_log, log_is_open, open_log
from app.settings import SettingsTree

JSON = SettingsTree.model_validate({"log": {"format": "json"}})


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    root, ours = logging.getLogger().level, logging.getLogger("app").level
    yield
    close_log()
    logging.getLogger().setLevel(root)
    logging.getLogger("app").setLevel(ours)


def test_nothing_is_opened_unless_it_is_asked_for() -> None:
    open_log(SettingsTree())
    assert not log_is_open()
    assert console.is_for_people()


def test_a_conversation_without_a_file_is_told_so_and_not_disturbed(capsys: pytest.CaptureFixture[str]) -> None:
    open_log(JSON, needs_file=True)
    assert not log_is_open()
    assert "set LOG__FILE as well" in capsys.readouterr().err


def test_a_conversation_with_a_file_keeps_its_terminal(tmp_path: Path) -> None:
    file = tmp_path / "agent.jsonl"
    open_log(SettingsTree.model_validate({"log": {"file": file}}), needs_file=True)
    logging.getLogger("app.any").info("something %s", "happened")
    assert console.is_for_people()
    assert json.loads(file.read_text())["message"] == "something happened"


def test_talk_warnings_and_errors_become_lines_and_nobody_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    open_log(JSON)
    console.say(console.styled("hello", "red"))
    console.warn("careful")
    console.report(UsageError("no.", hint="Try again."))
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old habit", stacklevel=1)
    assert not console.can_ask()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["level"] for line in lines] == ["info", "warning", "error", "warning"]
    assert [line["message"] for line in lines[:3]] == ["hello", "careful", "no."]
    assert (lines[2]["hint"], lines[2]["exit_code"]) == ("Try again.", 2)
    assert "old habit" in lines[3]["message"]


def test_of_libraries_only_warnings_are_written_unless_everything_is_wanted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    open_log(JSON)
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("httpx").warning("slow")
    assert [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()] == ["slow"]


def test_an_exception_is_a_field_of_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    open_log(JSON)
    try:
        raise ValueError("with password=abcdef in it")
    except ValueError:
        logging.getLogger("mcp").exception("failed")
    line = json.loads(capsys.readouterr().err)
    assert "ValueError: with password=***" in line["exception"]
    assert line["logger"] == "mcp"
