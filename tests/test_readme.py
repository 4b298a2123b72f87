"""Runs what the README tells a newcomer to run, as it is written there."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def commands() -> Iterator[str]:
    for block in re.findall(r"<!-- run -->\n```sh\n(.*?)```", README, re.DOTALL):
        yield from (line for line in block.splitlines() if line != "pip install uv")


def run(command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=60
    )


@pytest.mark.slow
def test_the_commands_of_the_readme_do_what_it_says_one_after_the_other() -> None:
    for command in commands():
        outcome = run(command)
        assert outcome.returncode == 0, (command, outcome.stderr)
        assert outcome.stdout.strip(), command


@pytest.mark.slow
def test_the_first_command_answers_with_the_time_the_server_gave() -> None:
    first = next(commands())
    before = datetime.now(ZoneInfo("Asia/Tokyo"))
    outcome = run(f"{first} --output json")
    after = datetime.now(ZoneInfo("Asia/Tokyo"))
    report = json.loads(outcome.stdout)
    (call,) = report["tool_calls"]
    assert (call["server"], call["name"], call["arguments"]) == ("time", "get_current_time", {"timezone": "Asia/Tokyo"})
    given = datetime.fromisoformat(json.loads(call["result"])["datetime"])
    assert before.replace(microsecond=0) <= given <= after
    assert f"{given:%H:%M}" in report["answer"]


def test_every_page_the_readme_links_to_exists() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("http") or (ROOT / target).exists(), target


def test_the_exit_codes_of_the_readme_are_those_of_the_error_tree() -> None:
    from app import errors

    codes = {
        kind.exit_code
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.SwitchyardError)
    }
    assert {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)} == codes | {0}
