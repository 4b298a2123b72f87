"""What servers offer besides tools: resources and prompts, for a person rather than for the model."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.errors import SwitchyardError, UsageError
from app.mcp_client.connection import Connection
from app.mcp_client.content import object_list, render_blocks, render_contents
from app.mcp_client.failures import CallFailed, ServerDown

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Resource:
    """Something a server lets one read."""

    server: str
    uri: str
    """For a template: with ``{placeholders}``."""
    name: str
    description: str = ""
    mime_type: str = ""
    is_template: bool = False


@dataclass(frozen=True, kw_only=True)
class PromptArgument:
    """One value that a prompt wants."""

    name: str
    description: str = ""
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """A text that a server writes for us."""

    server: str
    name: str
    description: str = ""
    arguments: tuple[PromptArgument, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PromptMessage:
    """One message of a rendered prompt."""

    role: str
    text: str


async def list_resources(connections: Iterable[Connection]) -> list[Resource]:
    """Resources and resource templates of every server that is up."""
    plain = await _list_all(connections, "resources")
    templates = await _list_all(connections, "resourceTemplates")
    return [_resource(server, raw, "uri") for server, raw in plain] + [
        _resource(server, raw, "uriTemplate") for server, raw in templates
    ]


async def list_prompts(connections: Iterable[Connection]) -> list[Prompt]:
    """Prompts of every server that is up."""
    return [_prompt(server, raw) for server, raw in await _list_all(connections, "prompts")]


async def read_resource(connection: Connection, uri: str, folder: Path) -> str:
    """The text of a resource; what is not text goes to files in ``folder`` and is named.

    Raises:
        SwitchyardError: The server refused or is down.
    """
    raw = await _asked(connection, connection.request(lambda session: session.read_resource(uri)))
    return await asyncio.to_thread(render_contents, raw, folder=folder, origin=connection.entry.name)


async def get_prompt(connection: Connection, name: str, arguments: dict[str, str], folder: Path) -> list[PromptMessage]:
    """The messages of a prompt; raises as `read_resource` does."""
    raw = await _asked(connection, connection.request(lambda session: session.get_prompt(name, arguments)))
    return [
        PromptMessage(
            role=str(message.get("role", "user")),
            text=await asyncio.to_thread(
                render_blocks, [message.get("content")], folder=folder, origin=connection.entry.name
            ),
        )
        for message in object_list(raw.get("messages"))
    ]


async def ping(connection: Connection) -> float:
    """Seconds until the server answered; raises as `read_resource` does."""
    began = asyncio.get_running_loop().time()
    await _asked(connection, connection.request(lambda session: session.ping()))
    return asyncio.get_running_loop().time() - began


def connection_named(connections: dict[str, Connection], server: str) -> Connection:
    """The connection of that server.

    Raises:
        UsageError: There is none.
    """
    if server not in connections:
        raise UsageError(f"there is no MCP server named {server}", hint=f"There are: {', '.join(connections)}.")
    return connections[server]


async def _asked(connection: Connection, asking: Awaitable[T]) -> T:
    try:
        return await asking
    except (ServerDown, CallFailed, ValueError) as error:
        hint = f"Its log is {connection.log.path}."
        raise SwitchyardError(f"{connection.entry.name}: {error}", hint=hint) from None


async def _list_all(connections: Iterable[Connection], kind: str) -> list[tuple[str, dict[str, Any]]]:
    async def of_one(connection: Connection) -> list[tuple[str, dict[str, Any]]]:
        try:
            found = await connection.request(lambda session: session.list_all(kind))
        except (ServerDown, CallFailed):
            return []
        return [(connection.entry.name, raw) for raw in found]

    up = [connection for connection in connections if connection.state == "ready"]
    return [item for items in await asyncio.gather(*map(of_one, up)) for item in items]


def _resource(server: str, raw: dict[str, Any], key: str) -> Resource:
    return Resource(
        server=server,
        uri=str(raw.get(key, "")),
        name=str(raw.get("name") or raw.get(key, "")),
        description=str(raw.get("description") or ""),
        mime_type=str(raw.get("mimeType") or ""),
        is_template=key == "uriTemplate",
    )


def _prompt(server: str, raw: dict[str, Any]) -> Prompt:
    return Prompt(
        server=server,
        name=str(raw.get("name", "")),
        description=str(raw.get("description") or ""),
        arguments=tuple(
            PromptArgument(
                name=str(argument.get("name", "")),
                description=str(argument.get("description") or ""),
                required=argument.get("required") is True,
            )
            for argument in object_list(raw.get("arguments"))
        ),
    )
