import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.scripted_openai import ScriptedOpenAI
from tests.studio.dev_server import DevServer, dev_server

NOTES: dict[str, Any] = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
BROKEN: dict[str, Any] = {"command": "no-such-program"}


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Homes inside ``folder`` for everything that the server keeps."""
    homes = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE")}
    return {**homes, "STORAGE__HOME": str(folder / "state"), "NOTES_DB": str(folder / "notes.sqlite"), **settings}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's server runs."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedOpenAI]:
    """What the module's server asks."""
    with ScriptedOpenAI() as server:
        yield server


@pytest.fixture(scope="module")
def studio(folder: Path, model: ScriptedOpenAI) -> Iterator[DevServer]:
    """One ``langgraph dev`` for the whole module, with notes and a server that cannot be started."""
    config = folder / "servers.json"
    config.write_text(json.dumps({"mcpServers": {"notes": NOTES, "broken": BROKEN}}))
    settings = environment(folder, MODEL__BASE_URL=model.base_url, MCP__CONFIG=str(config), AGENT__MAX_STEPS="3")
    with dev_server(folder, settings) as server:
        yield server


@pytest.fixture
async def client(studio: DevServer) -> AsyncIterator[LangGraphClient]:
    """What Studio and agent-chat-ui speak with the server."""
    async with get_client(url=studio.url, timeout=30) as open_client:
        yield open_client
