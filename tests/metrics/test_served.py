"""Where the counts can be read, and what happens where they cannot."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import RunApp
from tests.metrics.page import Page
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

Servers = Callable[..., Path]

NOTES = {"command": "python", "args": ["-m", "mcp_servers.notes"]}


def test_a_run_can_be_watched_by_prometheus_while_it_runs(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, unused_tcp_port: int
) -> None:
    pages: list[Page] = []

    def look(_: object) -> str:
        url = f"http://127.0.0.1:{unused_tcp_port}/metrics"
        pages.append(Page(httpx.get(url, trust_env=False, timeout=10).text))
        return "None."

    usage = {"prompt_tokens": 70, "completion_tokens": 9}
    scripted_openai.enqueue(Reply(calls=[Call("list_notes")], usage=usage), look)
    config = servers(notes=NOTES)
    assert asking("Notes?", "--metrics-port", unused_tcp_port, "--mcp-config", config).code == 0
    (page,) = pages
    assert page("agent_run_active") == 1
    assert page("agent_tool_calls_total", server="notes", tool="list_notes", outcome="ok") == 1
    assert page("agent_tokens_total", model="scripted", direction="input") == 70
    assert page("agent_mcp_session_up", server="notes") == 1
    endpoint = scripted_openai.base_url.removeprefix("http://").removesuffix("/v1")
    called = {"model": "scripted", "endpoint": endpoint}
    assert page("agent_model_call_seconds_count", **called, outcome="ok") == 1
    assert page("agent_model_ttft_seconds_count", **called) == 1
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.1:{unused_tcp_port}/metrics", trust_env=False)


def test_the_setting_serves_as_well_and_the_option_wins(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("METRICS__PORT", str(taken.getsockname()[1]))
        port = other.getsockname()[1]
        outcome = asking("Hello", "--metrics-port", port, "--mcp-config", servers())
    assert f"port {port} of" in outcome.stderr


def test_a_port_of_the_settings_that_is_taken_costs_a_warning_and_no_answer(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_openai.enqueue("Hello.")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("METRICS__PORT", str(port))
        outcome = asking("Hello", "--mcp-config", servers())
    assert (outcome.code, outcome.stdout) == (0, "Hello.\n")
    assert f"warning: port {port} of 127.0.0.1, for metrics, is in use; going on without." in outcome.stderr


def test_a_port_of_the_command_line_that_is_taken_ends_the_run_before_the_model_is_asked(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = asking("Hello", "--metrics-port", port, "--mcp-config", servers())
    assert outcome.code == 2
    assert f"error: port {port} of 127.0.0.1, for metrics, is in use." in outcome.stderr
    assert scripted_openai.requests == []


def test_an_unwritable_file_costs_a_warning_and_no_answer(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("METRICS__FILE", str(tmp_path / "nowhere" / "agent.prom"))
    scripted_openai.enqueue("Hello.")
    outcome = asking("Hello", "--mcp-config", servers())
    assert (outcome.code, outcome.stdout) == (0, "Hello.\n")
    assert "METRICS__FILE" in outcome.stderr


@pytest.mark.slow
def test_nothing_of_prometheus_is_imported_where_nobody_asks() -> None:
    asked = "import sys, app.runtime, app.session, app.batch_cli; sys.exit('prometheus_client' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=60).returncode == 0
