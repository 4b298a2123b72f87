"""What langgraph.json names, loaded the way the server does it, without the server."""

import asyncio
import importlib.util
import json
import logging
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from app.errors import RequiredServerDown
from tests.source_tree import ROOT

CONFIG: dict[str, Any] = json.loads((ROOT / "langgraph.json").read_text())
SOON = 20.0


def load(name: str) -> ModuleType:
    """Load the Studio file as a module of its own, as the server does twice."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "app" / "studio.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An mcp.json without servers, used by settings from the environment."""
    path = tmp_path / "servers.json"
    path.write_text('{"mcpServers": {}}')
    monkeypatch.setenv("MCP__CONFIG", str(path))
    return path


def test_langgraph_json_names_what_the_file_defines():
    studio = load("named")
    for target in (CONFIG["graphs"]["agent"]["path"], CONFIG["http"]["app"]):
        path, _, name = target.rpartition(":")
        assert (ROOT / path).samefile(str(studio.__file__))
        assert hasattr(studio, name)


async def test_both_copies_of_the_file_share_one_agent(servers: Path):
    for_graph, for_lifespan = load("for_graph"), load("for_lifespan")
    waiting = asyncio.create_task(for_graph.agent())
    async with for_lifespan.app.router.lifespan_context(for_lifespan.app):
        agent = await asyncio.wait_for(waiting, SOON)
        assert await for_graph.agent() is agent
        edges = {(edge.source, edge.target) for edge in agent.get_graph().edges}
    assert len(edges) == 9
    assert {("tool_router", "__end__"), ("approval", "tool_execution"), ("tool_execution", "model")} <= edges


async def test_the_form_of_a_run_has_the_defaults_of_the_settings(servers: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AGENT__MAX_STEPS", "7")
    studio = load("form")
    async with studio.app.router.lifespan_context(studio.app):
        form = (await studio.agent()).get_context_jsonschema()
    assert form["properties"]["max_steps"]["default"] == 7
    assert form["properties"]["system_prompt"]["description"] == "Replaces the shipped system prompt."


async def test_a_required_server_that_fails_ends_the_start_with_its_cause_and_hint(
    servers: Path, caplog: pytest.LogCaptureFixture
):
    servers.write_text(json.dumps({"mcpServers": {"gone": {"command": "no-such-program", "required": True}}}))
    studio = load("required")
    with pytest.raises(RequiredServerDown):
        async with studio.app.router.lifespan_context(studio.app):
            pytest.fail("started")
    [last] = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert last.startswith("MCP server gone is required and failed")
    assert "Hint:" in last
