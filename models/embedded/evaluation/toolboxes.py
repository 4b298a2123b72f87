"""The tools of the cases.

Those of the bundled servers are read from the running servers, as the agent reads them, because a
stored copy would go on scoring well after a tool has changed.
"""

import asyncio
import json
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.runtime import open_hub_for
from app.settings import McpSettings, SettingsTree, StorageSettings
from app.shipped import shipped
from models.embedded.evaluation.words import CASES, Tools, as_functions, unseen_toolboxes

BUNDLED, ROBOT = "bundled", "robot"


@cache
def load_toolboxes() -> dict[str, Tools]:
    """All toolboxes by name; starts the bundled servers for that, once.

    Raises:
        McpError: A bundled server does not start.
    """
    return {BUNDLED: asyncio.run(read_bundled_tools()), ROBOT: robot_tools(), **unseen_toolboxes()}


async def read_bundled_tools() -> Tools:
    """What the servers of the shipped mcp.json offer now."""
    with TemporaryDirectory() as home:
        mcp = McpSettings(config=shipped("mcp.json"), strict=True)
        async with open_hub_for(SettingsTree(mcp=mcp, storage=StorageSettings(home=Path(home)))) as hub:
            await hub.ready()
            return [spec.as_openai() for spec in hub.specs()]


def robot_tools() -> Tools:
    """The flat tools of a robot."""
    return as_functions(json.loads((CASES / "robot_tools.json").read_text(encoding="utf-8")))
