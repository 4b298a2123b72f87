"""Fixtures that several parts share, and the clean ground every test stands on."""

import io
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.__main__ import main
from app.serving.environment import ensure_environment
from tests.scripted_openai import ScriptedOpenAI

pytest_plugins = ["tests.serving.vllm_server"]

FOREIGN = (
    "MODEL__",
    "AGENT__",
    "MCP__",
    "STORAGE__",
    "SERVING__",
    "METRICS__",
    "LOG__",
    "TRACING__",
    "OTEL_",
    "TRACEPARENT",
    "TRACESTATE",
    "BAGGAGE",
    "ROBOT__",
    "BENCH__",
    "OPENAI_",
    "AGENT_MODEL",
    "WEATHER_",
    "LANGSMITH_",
    "LANGCHAIN_",
)
"""Beginnings of environment variables that would make a test depend on whose machine it runs on."""


def pytest_configure() -> None:
    """What holds for the whole run, and for the programs it starts.

    LangGraph reads its variable once, when its serializer is imported. A suite started by ``nohup`` ignores
    SIGHUP, and so would every program that a test ends with it.
    """
    os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own for state, configuration and notes; started programs inherit it. No secrets are known.

    HOME itself stays, because npm and uv keep their caches there.
    """
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setattr("app.masking._known", set[str]())
    monkeypatch.setattr("app.masking._any_known", None)
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        monkeypatch.delenv(name)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    monkeypatch.setenv("STORAGE__HOME", str(home / "state" / "switchyard"))
    monkeypatch.setenv("NOTES_DB", str(home / "notes.sqlite"))
    return home


@pytest.fixture(scope="session")
def vllm_environment() -> Path:
    """The environment with vLLM's CPU build, made if this machine has none yet."""
    return ensure_environment("cpu", on_progress=print)


@pytest.fixture
def scripted_openai() -> Iterator[ScriptedOpenAI]:
    """A scripted OpenAI-compatible server of this test's own."""
    with ScriptedOpenAI() as server:
        yield server


@dataclass(frozen=True)
class Outcome:
    """What a person would see of one command."""

    code: int
    stdout: str
    stderr: str

    @property
    def report(self) -> dict[str, Any]:
        return json.loads(self.stdout)


RunApp = Callable[..., Outcome]


@pytest.fixture
def run_app(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> RunApp:
    """Run ``python -m app ARGS`` in this process, from an empty folder, with pipes instead of a terminal."""
    monkeypatch.chdir(tmp_path)

    def run(*args: object, stdin: str = "") -> Outcome:
        monkeypatch.setattr(sys, "argv", ["switchyard", *map(str, args)])
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Outcome(int(ended.value.code or 0), printed.out, printed.err)

    return run


@pytest.fixture
def asking(run_app: RunApp, scripted_openai: ScriptedOpenAI) -> RunApp:
    """``run`` against the scripted endpoint."""

    def run(*args: object, stdin: str = "") -> Outcome:
        return run_app("run", *args, "--base-url", scripted_openai.base_url, stdin=stdin)

    return run


@pytest.fixture
def servers(tmp_path: Path) -> Callable[..., Path]:
    """Write an mcp.json with the named servers and give its path."""

    def write(**entries: dict[str, Any]) -> Path:
        path = tmp_path / "servers.json"
        path.write_text(json.dumps({"mcpServers": entries}))
        return path

    return write
