"""An MCP server with everything a client has to answer for, over stdio, streamable http or sse.

Usage: full.py stdio|http|sse FOLDER [PORT]

What happened inside is written to files in FOLDER: `cancelled`, `overlap`.
"""

import base64
import sys
from pathlib import Path

import anyio
import mcp.types as types
from mcp.server.lowlevel import Server

TRANSPORT, FOLDER = sys.argv[1], Path(sys.argv[2])

server = Server("full", instructions="Ask before you move.")
gate = {"inside": 0, "most": 0}
opened = anyio.Event()
extra: list[str] = []

NAMES = [
    *("echo", "meet", "wait", "picture", "sound", "structured", "confirm", "think", "progress", "log"),
    *("grow", "refuse", "count", "roots", "linked", "header", "slow_question"),
]


def text(value):
    return [types.TextContent(type="text", text=str(value))]


@server.list_tools()
async def list_tools():
    tools = [types.Tool(name=name, inputSchema={"type": "object"}) for name in [*NAMES, *extra]]
    tools[0].annotations = types.ToolAnnotations(
        readOnlyHint=True, idempotentHint=True, openWorldHint=False, title="Echo"
    )
    return tools


@server.call_tool(validate_input=False)
async def call_tool(name, arguments):
    return await globals()[f"tool_{name}"](server.request_context, arguments)


async def tool_echo(context, arguments):
    return text(sorted(arguments.items()))


async def tool_meet(context, arguments):
    """Answers when as many calls are inside as were asked for."""
    gate["inside"] += 1
    if gate["inside"] == arguments["guests"]:
        opened.set()
    await opened.wait()
    return text(gate["inside"])


async def tool_count(context, arguments):
    """Tells how many calls were ever inside together, and in which order they came."""
    gate["inside"] += 1
    gate["most"] = max(gate["most"], gate["inside"])
    await anyio.sleep(0.02)
    gate["inside"] -= 1
    with (FOLDER / "order").open("a") as file:
        file.write(f"{arguments['turn']} ")
    return text(gate["most"])


async def tool_wait(context, arguments):
    (FOLDER / "waiting").touch()
    try:
        await anyio.sleep(60)
    except anyio.get_cancelled_exc_class():
        (FOLDER / "cancelled").touch()
        raise


async def tool_picture(context, arguments):
    data = base64.b64encode(b"\x89PNG" + b"0" * 2000).decode()
    return [*text("Here it is:"), types.ImageContent(type="image", data=data, mimeType="image/png")]


async def tool_sound(context, arguments):
    return [types.AudioContent(type="audio", data=base64.b64encode(b"RIFF").decode(), mimeType="audio/wav")]


async def tool_structured(context, arguments):
    return {"result": {"x": 1.5}}


async def tool_linked(context, arguments):
    link = types.ResourceLink(type="resource_link", uri="demo://manual", name="manual", mimeType="text/plain")
    inner = types.TextResourceContents(uri="demo://note", text="the note's text")
    return [link, types.EmbeddedResource(type="resource", resource=inner)]


async def tool_refuse(context, arguments):
    raise ValueError("the gripper is closed")


async def tool_confirm(context, arguments):
    schema = {"type": "object", "properties": {"speed": {"type": "number"}}, "required": ["speed"]}
    answer = await context.session.elicit_form("How fast?", schema, related_request_id=context.request_id)
    return text(f"{answer.action} {answer.content}")


async def tool_slow_question(context, arguments):
    (FOLDER / "asking").touch()
    return await tool_confirm(context, arguments)


async def tool_think(context, arguments):
    capabilities = context.session.client_params.capabilities
    if capabilities.sampling is None:
        return text("this client does not sample")
    message = types.SamplingMessage(role="user", content=types.TextContent(type="text", text="Name a color."))
    reply = await context.session.create_message(
        [message], max_tokens=7, system_prompt="Be brief.", temperature=0.5, related_request_id=context.request_id
    )
    return text(f"{reply.model} said {reply.content.text}")


async def tool_progress(context, arguments):
    for done in (1, 2):
        await context.session.send_progress_notification(
            context.meta.progressToken, done, 2, f"step {done}", related_request_id=context.request_id
        )
    return text("done")


async def tool_log(context, arguments):
    await context.session.send_log_message("warning", "battery low", related_request_id=context.request_id)
    return text("logged")


async def tool_grow(context, arguments):
    extra.append(arguments["name"])
    globals()[f"tool_{arguments['name']}"] = tool_echo
    await context.session.send_tool_list_changed()
    return text("grown")


async def tool_roots(context, arguments):
    answer = await context.session.list_roots()
    return text(answer.roots[0].uri)


async def tool_header(context, arguments):
    return text(context.request.headers.get("authorization") if context.request else None)


@server.list_resources()
async def list_resources():
    return [types.Resource(uri="demo://manual", name="manual", description="How to", mimeType="text/plain")]


@server.list_resource_templates()
async def list_resource_templates():
    return [types.ResourceTemplate(uriTemplate="demo://page/{number}", name="page")]


@server.read_resource()
async def read_resource(uri):
    if str(uri) != "demo://manual":
        raise ValueError("no such page")
    return "Turn it on."


@server.list_prompts()
async def list_prompts():
    return [types.Prompt(name="greet", arguments=[types.PromptArgument(name="who", required=True)])]


@server.get_prompt()
async def get_prompt(name, arguments):
    content = types.TextContent(type="text", text=f"Greet {arguments['who']}.")
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=content)])


async def run_stdio():
    from mcp.server.lowlevel import NotificationOptions
    from mcp.server.stdio import stdio_server

    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options(NotificationOptions(tools_changed=True)))


def http_app():
    import contextlib

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
