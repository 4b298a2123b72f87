"""The doctor against a scripted endpoint, without MCP servers, its table read back by the names of its rows."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import RunApp
from tests.doctor.scripted_model import healthy
from tests.scripted_openai import ScriptedOpenAI

Row = dict[str, str]


@dataclass(frozen=True)
class Table:
    """What the doctor said."""

    code: int
    rows: dict[str, Row]

    def of(self, state: str) -> list[str]:
        return [name for name, row in self.rows.items() if row["state"] == state]


Examined = Callable[..., Table]


@pytest.fixture
def examined(run_app: RunApp, servers: Callable[..., Path]) -> Examined:
    """Run ``doctor --json ARGS`` and read its rows."""

    def run(*args: object, **mcp: Any) -> Table:
        outcome = run_app("doctor", "--json", "--mcp-config", servers(**mcp), *args)
        rows: Any = outcome.report
        return Table(outcome.code, {row["check"]: row for row in rows})

    return run


@pytest.fixture
def endpoint(scripted_openai: ScriptedOpenAI) -> ScriptedOpenAI:
    """An endpoint in good health; a test replaces what is to be ill."""
    scripted_openai.always(healthy)
    return scripted_openai
