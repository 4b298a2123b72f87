"""mcp.json as shipped, with ros-mcp from the tests' own environment in place of `uvx`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.shipped import shipped

WriteConfig = Callable[[Path], Path]


@pytest.fixture(scope="session")
def robot_servers(ros_mcp_program: Path) -> WriteConfig:
    """Writes the shipped entries of the robot's two servers into a folder."""

    def write(folder: Path) -> Path:
        entries = json.loads(shipped("mcp.json").read_text(encoding="utf-8"))["mcpServers"]
        installed = entries["ros"] | {"command": str(ros_mcp_program), "args": ["--transport=stdio"]}
        path = folder / "servers.json"
        path.write_text(json.dumps({"mcpServers": {"robot": entries["robot"], "ros": installed}}))
        return path

    return write
