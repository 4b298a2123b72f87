"""The tools whose very schemas the model is trained on: those of the bundled servers, and of the robot.

`known_tools.json` is a copy, because the servers cannot run where the model is trained; a test compares
it with what the servers really list.
"""

import json
from functools import cache
from pathlib import Path

from models.embedded.recipe.toolset import Arg, Tool

FILE = Path(__file__).parent / "known_tools.json"


@cache
def load_tools(group: str) -> tuple[Tool, ...]:
    """The tools of a group (`bundled` or `robot`), in the order they are bound."""
    return tuple(_tool(function) for function in json.loads(FILE.read_text(encoding="utf-8"))[group])


@cache
def named(name: str) -> Tool:
    """One of them."""
    return next(tool for group in ("bundled", "robot") for tool in load_tools(group) if tool.name == name)


def _tool(function: dict) -> Tool:
    parameters = function["parameters"]
    args = (Arg(key, schema["type"], key in parameters["required"]) for key, schema in parameters["properties"].items())
    return Tool(function["name"], function["description"], tuple(args), frozenset((function["name"],)))
