from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.scripted_openai import ScriptedOpenAI


def test_a_system_prompt_of_ones_own_replaces_the_shipped_one(
    asking: RunApp, scripted_openai: ScriptedOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompt = tmp_path / "mine.md"
    prompt.write_text("Be a pirate.")
    monkeypatch.setenv("AGENT__SYSTEM_PROMPT", str(prompt))
    scripted_openai.enqueue("Arr.")
    asking("Hello", "--tools", "none:*")
    assert scripted_openai.requests[0].body["messages"][0] == {"role": "system", "content": "Be a pirate."}


def test_a_prompt_that_cannot_be_read_is_named(asking: RunApp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGENT__SYSTEM_PROMPT", "nowhere.md")
    outcome = asking("Hello", "--tools", "none:*")
    assert outcome.code == 2
    assert "the prompt nowhere.md cannot be read" in outcome.stderr


def test_the_shipped_system_prompt_stays_under_a_kilobyte() -> None:
    assert len((Path(__file__).parent.parent.parent / "prompts/system.md").read_bytes()) < 1000
