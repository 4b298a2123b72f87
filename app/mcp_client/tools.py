"""Tools as servers list them, made into `ToolSpec`."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, cast

from app.mcp_client.entry import ServerEntry
from graphs.toolset import ToolSpec


def is_offered(entry: ServerEntry, tool: str, globs: Sequence[str]) -> bool:
    """Whether the server's ``include`` and ``exclude`` and the run's ``server:tool`` globs let a tool through."""
    if entry.include and not _any(entry.include, tool):
        return False
    if _any(entry.exclude, tool):
        return False
    return not globs or _any(globs, f"{entry.name}:{tool}")


def _any(globs: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs)


def tool_spec(name: str, server: str, raw: dict[str, Any]) -> ToolSpec:
    """One tool; what a server does not say about it is assumed as the protocol says: not read-only, destructive."""
    hints = _object(raw.get("annotations"))
    read_only = hints.get("readOnlyHint") is True
    title = str(raw.get("title") or hints.get("title") or "")
    return ToolSpec(
        name=name,
        server=server,
        tool=str(raw["name"]),
        description=str(raw.get("description") or title),
        input_schema=_input_schema(raw.get("inputSchema")),
        title=title,
        read_only=read_only,
        destructive=not read_only and hints.get("destructiveHint") is not False,
        idempotent=hints.get("idempotentHint") is True,
        open_world=hints.get("openWorldHint") is not False,
    )


def _input_schema(schema: object) -> dict[str, Any]:
    return {"type": "object", "properties": {}, **_object(schema)}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
