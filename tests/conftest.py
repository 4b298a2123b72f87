"""Fixtures that several parts share, and the clean ground every test stands on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scripted_openai import ScriptedOpenAI

FOREIGN = ("MODEL__", "AGENT__", "MCP__", "STORAGE__", "OPENAI_", "AGENT_MODEL", "WEATHER_", "LANGSMITH_", "LANGCHAIN_")
"""Beginnings of environment variables that would make a test depend on whose machine it runs on."""


def pytest_configure() -> None:
    """LangGraph reads this once, when its serializer is imported."""
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own for state, configuration and notes; started programs inherit it.

    HOME itself stays, because npm and uv keep their caches there.
    """
    home = tmp_path_factory.mktemp("home")
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("STORAGE__HOME", str(home / "state" / "switchyard"))
    monkeypatch.setenv("NOTES_DB", str(home / "notes.sqlite"))
    return home


@pytest.fixture
def scripted_openai() -> Iterator[ScriptedOpenAI]:
    """A scripted OpenAI-compatible server of this test's own."""
    with ScriptedOpenAI() as server:
        yield server
