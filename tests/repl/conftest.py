"""A REPL against the scripted endpoint and MCP servers of the test's choice."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.repl.terminal import Terminal
from tests.scripted_openai import ScriptedOpenAI

SERVERS = Path(__file__).parent / "servers"
NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
TIME = {"command": "python", "args": ["-m", "mcp_server_time", "--local-timezone", "UTC"]}
FAILING = {"command": sys.executable, "args": ["-c", "raise SystemExit('no arm is connected')"]}

OpenRepl = Callable[..., Terminal]


@pytest.fixture
def open_repl(tmp_path: Path, scripted_openai: ScriptedOpenAI) -> Iterator[OpenRepl]:
    """Start ``repl`` with the named servers; all are ended with the test."""
    opened: list[Terminal] = []

    def open_terminal(*args: str, servers: dict[str, Any], **terminal: Any) -> Terminal:
        config = tmp_path / "mcp-servers.json"
        config.write_text(json.dumps({"mcpServers": servers}))
        common = ("repl", "--base-url", scripted_openai.base_url, "--mcp-config", str(config))
        opened.append(Terminal(*common, *args, **terminal))
        return opened[-1]

    yield open_terminal
    for terminal in opened:
        terminal.close()
