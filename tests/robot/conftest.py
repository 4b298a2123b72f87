"""What all robot tests may use."""

from pathlib import Path

import pytest

from tests.robot.ros_mcp import ensure_ros_mcp


@pytest.fixture(scope="session")
def ros_mcp_program() -> Path:
    """The real ros-mcp server, installed if this machine has none yet."""
    return ensure_ros_mcp()
