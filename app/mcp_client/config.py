"""mcp.json: which servers there are.

Reading is lenient per entry and strict per value: a bad entry becomes a problem of that server and hides no
other. This module imports neither mcp nor the adapters, so that listing servers and ``--help`` stay cheap.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from app.errors import ConfigurationError
from app.mcp_client.entry import BadEntry, ServerEntry, parse_entry
from app.mcp_client.variables import Variables

_TOP_LEVEL = {"mcpServers", "servers", "inputs", "$schema"}


@dataclass(frozen=True, kw_only=True)
class BadServer:
    """An entry that cannot be used, with the reason in one sentence."""

    name: str
    cause: str
    required: bool = False


@dataclass(frozen=True, kw_only=True)
class McpConfig:
    """What an mcp.json says. ``names`` is the order of the file over good and bad entries alike."""

    path: Path
    workspace: Path
    servers: tuple[ServerEntry, ...] = ()
    bad: tuple[BadServer, ...] = ()
    warnings: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


def load_config(
    path: Path,
    *,
    environment: Mapping[str, str] | None = None,
    workspace: Path | None = None,
    enable: Mapping[str, Path] | None = None,
) -> McpConfig:
    """Read an mcp.json.

    Args:
        path: The file.
        environment: Where variables come from; the process's environment when not given.
        workspace: The folder that ``${workspaceFolder}`` and relative paths mean; the working directory when not given.
        enable: Servers to use although disabled, each with the file to take it from when this one has none such.

    Raises:
        ConfigurationError: The file cannot be read, is not JSON, or holds no servers. A bad entry does not raise.
    """
    document = _read_json(path)
    own, known = _servers_of(document, path), os.environ if environment is None else environment
    raw = own | {name: entry for name, entry in _entries(enable or {}).items() if name not in own}
    read = McpConfig(path=path, workspace=workspace or Path.cwd(), names=tuple(raw))
    warnings = [f"{path}: unknown key `{key}` ignored" for key in document if key not in _TOP_LEVEL]
    servers: list[ServerEntry] = []
    bad: list[BadServer] = []
    for name, value in raw.items():
        variables = Variables(known, read.workspace, Path.home())
        try:
            entry, remarks = parse_entry(name, value, variables, enabled=name in (enable or {}))
        except BadEntry as error:
            bad.append(BadServer(name=name, cause=str(error), required=_is_required(value)))
        else:
            servers.append(entry)
            warnings += [f"{path}: server {name}: {remark}" for remark in remarks]
    return replace(read, servers=tuple(servers), bad=tuple(bad), warnings=tuple(warnings))


def _entries(wanted: Mapping[str, Path]) -> dict[str, Any]:
    """Entries by name, each from the file that is named for it."""
    return {name: _servers_of(_read_json(path), path)[name] for name, path in wanted.items()}


def config_fingerprint(path: Path) -> str:
    """SHA-256 of the file's bytes: a person trusts a content, not a path."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path} cannot be read: {error}", hint="Give another file with --mcp-config."
        ) from None
    try:
        document: object = json.loads(text)
    except json.JSONDecodeError as error:
        line = (text.splitlines() or [""])[min(error.lineno, len(text.splitlines()) or 1) - 1]
        shown = f"{line}\n{' ' * (error.colno - 1)}^"
        where = f"{path}, line {error.lineno}, column {error.colno}"
        raise ConfigurationError(f"{where}: {error.msg}\n{shown}", hint=_json_hint(text, error)) from None
    if not isinstance(document, dict):
        raise ConfigurationError(f"{path} must hold a JSON object", hint='Start it with {"mcpServers": {}}.')
    return cast("dict[str, Any]", document)


def _json_hint(text: str, error: json.JSONDecodeError) -> str:
    rest = text[error.pos :].lstrip()
    before = text[: error.pos].rstrip()
    if rest[:1] == "," and rest[1:].lstrip()[:1] in {"}", "]"}:
        return "Remove the comma before the closing bracket."
    if rest.startswith(("//", "/*", "#")):
        return "JSON has no comments; remove it."
    if before.endswith(",") and (not rest or rest[0] in "}]"):
        return "Remove the comma before the closing bracket."
    if rest[:1] in {"}", "]"} or rest.startswith(","):
        return "Something is missing here, or the comma before it is one too many."
    if rest.startswith("'"):
        return "JSON strings stand in double quotes."
    return "Check commas, quotes and brackets near that place."


def _servers_of(document: dict[str, Any], path: Path) -> dict[str, Any]:
    found = [document[key] for key in ("mcpServers", "servers") if key in document]
    if not found:
        raise ConfigurationError(f"{path} names no servers", hint='Put them under "mcpServers" (or "servers").')
    if len(found) == 2 and found[0] != found[1]:
        raise ConfigurationError(
            f"{path} has both `mcpServers` and `servers`, with different content", hint="Keep one of them."
        )
    if not isinstance(found[0], dict):
        raise ConfigurationError(
            f"{path}: the servers must be an object of name and entry", hint="See docs for a sample."
        )
    return cast("dict[str, Any]", found[0])


def _is_required(value: object) -> bool:
    return isinstance(value, dict) and cast("dict[str, Any]", value).get("required") is True
