"""An MCP server that does what servers do to a client, over stdio, streamable http or sse.

Usage: python -m tests.faults.server stdio|http|sse FOLDER [PORT]

Every call is written to FOLDER/calls.jsonl when it comes in and when it leaves.
"""

import base64
import contextlib
import json
import os
import struct
import sys
import time
import zlib
from pathlib import Path

import anyio
import mcp.types as types
from mcp.server.lowlevel import Server

TRANSPORT, FOLDER = sys.argv[1], Path(sys.argv[2])

server = Server("faulty")
NUMBER = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}, "required": ["n"]}
ANYTHING = {"type": "object"}
SCHEMAS = {"echo": NUMBER, "slow": NUMBER}
OTHERS = ("fail", "big", "picture", "broken_picture", "sound", "confirm", "think", "wait", "pid", "die")
READS = types.ToolAnnotations(readOnlyHint=True)


def text(value):
    return [types.TextContent(type="text", text=str(value))]


def note(event, name, arguments):
    line = {"event": event, "tool": name, "arguments": arguments, "at": time.monotonic()}
    with (FOLDER / "calls.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def png(width, height, claims=None):
    """A red rectangle; `claims` is the size that its header states."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    header = struct.pack(">IIBBBBB", *(claims or (width, height)), 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@server.list_tools()
async def list_tools():
    names = [*SCHEMAS, *OTHERS]
    return [types.Tool(name=name, inputSchema=SCHEMAS.get(name, ANYTHING), annotations=READS) for name in names]


@server.call_tool(validate_input=False)
async def call_tool(name, arguments):
    note("in", name, arguments)
    try:
        return await globals()[f"tool_{name}"](server.request_context, arguments)
    except anyio.get_cancelled_exc_class():
        note("cancelled", name, arguments)
        raise
    finally:
        note("out", name, arguments)


async def tool_echo(context, arguments):
    return text(f"n is {arguments['n']}")


async def tool_slow(context, arguments):
    await anyio.sleep(0.5)
    return text(f"slept for {arguments['n']}")


async def tool_fail(context, arguments):
    raise ValueError("the gripper is closed")


async def tool_big(context, arguments):
    return text("0123456789" * (arguments["size"] // 10))


async def tool_picture(context, arguments):
    data = base64.b64encode(png(*arguments.get("size", (64, 48)), arguments.get("claims"))).decode()
    return [*text("Here it is:"), types.ImageContent(type="image", data=data, mimeType="image/png")]


async def tool_broken_picture(context, arguments):
    data = base64.b64encode(png(64, 48)[:60]).decode()
    return [types.ImageContent(type="image", data=data, mimeType="image/png")]


async def tool_sound(context, arguments):
    return [types.AudioContent(type="audio", data=base64.b64encode(b"RIFF").decode(), mimeType="audio/wav")]


async def tool_confirm(context, arguments):
    schema = {"type": "object", "properties": {"speed": {"type": "number"}}, "required": ["speed"]}
    answer = await context.session.elicit_form("How fast?", schema, related_request_id=context.request_id)
    return text(f"{answer.action} {json.dumps(answer.content)}")


async def tool_think(context, arguments):
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text="Name a color."))
    reply = await context.session.create_message(
        [message], max_tokens=7, system_prompt="Be brief.", related_request_id=context.request_id
    )
    return text(f"{reply.model} said {reply.content.text}")


async def tool_wait(context, arguments):
    await anyio.sleep(60)
    return text("waited")


async def tool_pid(context, arguments):
    return text(os.getpid())


async def tool_die(context, arguments):
    os._exit(9)


async def run_stdio():
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def http_app():
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from starlette.applications import Starlette
    from starlette.routing import Mount

    manager = StreamableHTTPSessionManager(app=server)

    @contextlib.asynccontextmanager
    async def lifespan(app):
        async with manager.run():
            yield

    return Starlette(routes=[Mount("/mcp", manager.handle_request)], lifespan=lifespan)


def sse_app():
    from mcp.server.sse import SseServerTransport
    from starlette.applications import Starlette
    from starlette.responses import Response
    from starlette.routing import Mount, Route

    transport = SseServerTransport("/messages/")

    async def connect(request):
        async with transport.connect_sse(request.scope, request.receive, request._send) as (read, write):
            await server.run(read, write, server.create_initialization_options())
        return Response()

    return Starlette(routes=[Route("/sse", connect), Mount("/messages/", transport.handle_post_message)])


if TRANSPORT == "stdio":
    anyio.run(run_stdio)
else:
    import uvicorn

    app = http_app() if TRANSPORT == "http" else sse_app()
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="error", timeout_graceful_shutdown=1)
