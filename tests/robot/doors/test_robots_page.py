"""The page about robots names commands, files and words that exist."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.repl.keys import ROBOT_KEYS
from tests.source_tree import ROOT

PAGE = (ROOT / "docs/robots.md").read_text()
COMMANDS = re.findall(r"^(?:\w+=\S+ )?uv run python -m app (.+)$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_exists_with_these_options(command: str) -> None:
    asked = CliRunner().invoke(app, [*shlex.split(command), "--help"])
    assert asked.exit_code == 0, asked.output


def test_the_page_begins_with_two_commands_for_a_newcomer() -> None:
    assert COMMANDS[:2] == ["robot sim", "repl --robot"]


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", PAGE) if not link.startswith("http")]
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []


def test_the_keys_it_names_are_those_of_the_first_screen() -> None:
    assert "Ctrl-\\ or `/stop`" in PAGE
    assert "Ctrl-\\ or /stop" in ROBOT_KEYS[0]
