"""An MCP server that tells a client what it was sent beside the arguments, over stdio or streamable http.

Usage: python -m tests.tracing.echo_server stdio | http PORT
"""

import json
import sys
from pathlib import Path

import anyio
import mcp.types as types
from mcp.server.fastmcp import Context, FastMCP

READS = types.ToolAnnotations(readOnlyHint=True)
server = FastMCP("echo", port=int(sys.argv[2]) if sys.argv[2:] else 8000, log_level="WARNING")


@server.tool(annotations=READS)
def context_of_the_call(context: Context) -> str:
    """What the request's `_meta` holds."""
    meta = context.request_context.meta
    return json.dumps(meta.model_dump(exclude_none=True) if meta else None)


@server.tool(annotations=READS)
async def wait(seconds: float, mark: str = "") -> str:
    """Wait, after leaving a mark."""
    if mark:
        Path(mark).touch()
    await anyio.sleep(seconds)
    return "waited"


@server.tool(annotations=READS)
def fail(why: str) -> str:
    """Fail."""
    raise ValueError(why)


if __name__ == "__main__":
    server.run("stdio" if sys.argv[1] == "stdio" else "streamable-http")
