"""Runs that leave a trace file."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Outcome, RunApp
from tests.tracing.spans import Trace, read_trace

Traced = Callable[..., tuple[Outcome, Trace]]

ECHO: dict[str, Any] = {"command": sys.executable, "args": ["-m", "tests.tracing.echo_server", "stdio"]}
"""Entry of mcp.json for the echo server."""


@pytest.fixture(autouse=True)
def echo_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Programs started from any folder find the tests' server."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent.parent))


@pytest.fixture
def traced(asking: RunApp, tmp_path: Path) -> Traced:
    """``run --trace-file`` against the scripted endpoint: what a person sees, and the spans."""

    def run(*args: object) -> tuple[Outcome, Trace]:
        path = tmp_path / "trace.jsonl"
        outcome = asking(*args, "--trace-file", path)
        return outcome, read_trace(path)

    return run
