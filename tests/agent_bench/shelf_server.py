"""A real MCP server whose times are known: ``weigh`` takes a fifth of a second; ``put`` and ``look`` share a file.

It lies in the folder that ``SHELF`` names, so a test sees whether attempts meet each other's leftovers.
"""

import os
import time
from pathlib import Path

import jsonschema  # noqa: F401  # mcp_servers.stdio imports it at the first call, which would count as the tool's time

from mcp_servers.stdio import Tool, ToolError, serve

WEIGHING = 0.2
READS = {"readOnlyHint": True}


def weigh(thing: str) -> str:
    time.sleep(WEIGHING)
    return f"{thing} weighs 7 kg"


def put(thing: str) -> str:
    if thing == "elephant":
        raise ToolError("It does not fit.")
    with shelf().open("a") as file:
        file.write(f"{thing}\n")
    return "done"


def look() -> str:
    return shelf().read_text() if shelf().exists() else "empty"


def shelf() -> Path:
    return Path(os.environ["SHELF"]) / "shelf"


def tool(name: str, call: object, *, takes: bool = True, **annotations: bool) -> Tool:
    parameters = {"thing": {"type": "string"}} if takes else {}
    return Tool(
        name=name,
        title=name,
        description=name,
        parameters=parameters,
        required=tuple(parameters),
        annotations=annotations,
        call=call,  # type: ignore[arg-type]  # one of the functions above
    )


if __name__ == "__main__":
    serve("shelf", [tool("weigh", weigh, **READS), tool("put", put), tool("look", look, takes=False, **READS)])
