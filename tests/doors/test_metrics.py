import re
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

Servers = Callable[..., Path]

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}


def test_a_run_can_be_watched_by_prometheus_while_it_runs(
    asking: RunApp,
    servers: Servers,
    scripted_openai: ScriptedOpenAI,
    unused_tcp_port: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("METRICS__PORT", str(unused_tcp_port))
    pages: list[str] = []

    def look(_: object) -> str:
        pages.append(httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics", trust_env=False, timeout=10).text)
        return "None."

    scripted_openai.enqueue(
        Reply(calls=[Call("list_notes")], usage={"prompt_tokens": 70, "completion_tokens": 9}), look
    )
    assert asking("Notes?", "--mcp-config", servers(notes=NOTES)).code == 0
    (page,) = pages
    assert 'switchyard_tool_call_seconds_count{server="notes",status="success"} 1.0' in page
    assert 'switchyard_tokens_total{kind="input"} 70.0' in page
    assert "switchyard_model_requests_total 1.0" in page
    assert "list_notes" not in re.sub(r"# HELP.*", "", page)
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics", trust_env=False)


def test_a_port_in_use_is_named(asking: RunApp, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("METRICS__PORT", str(port))
        outcome = asking("Hello", "--mcp-config", servers())
    assert outcome.code == 2
    assert f"METRICS__PORT: port {port} of 127.0.0.1 is in use." in outcome.stderr
