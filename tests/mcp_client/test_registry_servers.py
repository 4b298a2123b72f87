"""One real server of each registry, started the way people start them. Fetching them may need the network."""

import shutil
from pathlib import Path

import pytest

from tests.mcp_client.conftest import hub_of, is_alive, state_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


async def test_the_reference_server_from_npm(tmp_path: Path) -> None:
    assert shutil.which("npx"), "npx is needed for this test"
    entry = {"command": "npx", "args": ["-y", "@modelcontextprotocol/server-everything"]}
    async with hub_of(tmp_path, {"everything": entry}, init_timeout=180) as hub:
        assert state_of(hub, "everything") == ("ready", "")
        echo = await hub.call("echo", {"message": "over npx"}, call_id="1")
        assert (echo.status, echo.text) == ("success", "Echo: over npx")
        image = next(spec.name for spec in hub.specs() if "image" in spec.tool.lower())
        picture = await hub.call(image, {}, call_id="2")
        assert picture.artifact is not None
        assert Path(picture.artifact["images"][0]["path"]).stat().st_size > 0
        assert await hub.resources()
        assert await hub.prompts()
        pid = hub.statuses()[0].pid
        assert pid is not None
    assert not is_alive(pid)


async def test_the_time_server_from_pypi(tmp_path: Path) -> None:
    assert shutil.which("uvx"), "uvx is needed for this test"
    async with hub_of(tmp_path, {"time": {"command": "uvx", "args": ["mcp-server-time"]}}, init_timeout=180) as hub:
        assert state_of(hub, "time") == ("ready", "")
        result = await hub.call("get_current_time", {"timezone": "Asia/Tokyo"}, call_id="1")
        assert '"timezone": "Asia/Tokyo"' in result.text
