"""The program as its own process, and what it logged."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_openai import ScriptedOpenAI
from tests.source_tree import ROOT

KEY = "sk-scripted-Zq8!/x+=4711"
TOKEN = "tok3n-of-the-arm-0815"
HEADER = "Bearer h3ader-of-the-camera"
PASSWORD = "pa55-in-the-url"


@dataclass(frozen=True)
class Logged:
    """What one command left."""

    code: int
    stdout: str
    stderr: str
    file: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line of stderr; fails on one that is no JSON object."""
        return read(self.stderr)

    def one(self, message: str) -> dict[str, Any]:
        (line,) = (line for line in self.lines if line["message"] == message)
        return line


def read(text: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in text.splitlines()]
    assert all(isinstance(line, dict) for line in lines)
    return lines


Command = Callable[..., Logged]


@pytest.fixture
def command(scripted_openai: ScriptedOpenAI, tmp_path: Path) -> Command:
    """``python -m app ...`` against the scripted endpoint, over the entries of mcp.json given by name."""

    def run(*words: object, servers: dict[str, Any] | None = None, **variables: str) -> Logged:
        config = tmp_path / "mcp.json"
        config.write_text(json.dumps({"mcpServers": servers or {}}))
        file = tmp_path / "agent.jsonl"
        settings = {"MODEL__BASE_URL": scripted_openai.base_url, "MODEL__API_KEY": KEY, "MCP__CONFIG": str(config)}
        done = subprocess.run(
            [sys.executable, "-m", "app", *map(str, words)],
            cwd=ROOT,
            env={**os.environ, **settings, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Logged(done.returncode, done.stdout, done.stderr, file)

    return run
