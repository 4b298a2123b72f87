"""One entry of mcp.json, checked and with its variables replaced.

Checked by hand rather than by a model class: the messages name the key as the person wrote it, unknown keys are
remarks instead of errors, and an environment value that vanished with its variable has to be told from an empty
one.
"""

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from app.masking import SECRET_NAME, secrets_in_url
from app.mcp_client.variables import BadVariable, Variables

Transport = Literal["stdio", "http", "sse"]

_SERVER_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_. -]{0,63}")
_TRANSPORTS: dict[str, Transport] = {
    "stdio": "stdio",
    "sse": "sse",
    "http": "http",
    "streamable_http": "http",
    "streamable-http": "http",
    "streamableHttp": "http",
}
KEYS = frozenset(
    {"type", "transport", "command", "args", "env", "envFile", "cwd", "url", "headers", "timeout"}
    | {"disabled", "enabled", "include", "exclude", "required", "serial", "on_connect", "init_timeout"}
)
"""All that an entry may hold."""


class BadEntry(ValueError):
    """An entry that cannot be used; the text is the reason in one sentence."""


@dataclass(frozen=True, kw_only=True)
class OnConnect:
    """A tool call that is made right after the server is connected."""

    tool: str
    arguments: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class ServerEntry:
    """One server. What may hold secrets is left out of the representation."""

    name: str
    transport: Transport
    command: str = ""
    args: tuple[str, ...] = field(default=(), repr=False)
    env: Mapping[str, str | None] = field(default_factory=dict[str, str | None], repr=False)
    """Added to the inherited environment; ``None`` removes a variable."""
    cwd: Path | None = None
    url: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)
    timeout: float | None = None
    """Seconds one call may take; unset means the setting's."""
    init_timeout: float | None = None
    """Seconds it may take to start, where the setting's are too few: `uvx` may have to install it first."""
    disabled: bool = False
    include: tuple[str, ...] = ()
    """Globs over the server's own tool names; empty means all."""
    exclude: tuple[str, ...] = ()
    required: bool = False
    serial: bool = False
    """One call at a time, in the order of the calls."""
    on_connect: tuple[OnConnect, ...] = ()
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Values that no message, log or status may show."""


def parse_entry(
    name: str, value: object, variables: Variables, *, enabled: bool = False
) -> tuple[ServerEntry, list[str]]:
    """Check one entry; with `enabled` it is used although it says that it is disabled.

    Returns:
        The entry, and remarks about what was ignored.

    Raises:
        BadEntry: With the reason. A disabled entry is checked no further than its switches.
    """
    if not _SERVER_NAME.fullmatch(name):
        raise BadEntry("a server's name may hold letters, digits, `_`, `-`, `.` and spaces only")
    if not isinstance(value, dict):
        raise BadEntry("the entry must be an object")
    reader = _Reader(cast("dict[str, Any]", value), variables)
    remarks = [f"unknown key `{key}` ignored" for key in reader.raw if key not in KEYS]
    try:
        if (reader.switch("disabled") or not reader.switch("enabled", default=True)) and not enabled:
            return ServerEntry(name=name, transport="stdio", disabled=True), remarks
        return _enabled_entry(name, reader), remarks
    except BadVariable as error:
        raise BadEntry(str(error)) from None


def _enabled_entry(name: str, reader: "_Reader") -> ServerEntry:
    transport = _transport(reader)
    headers = reader.texts("headers")
    hidden = set(reader.variables.used.values())
    hidden |= {part for value in headers.values() for part in (value, value.rpartition(" ")[2])}
    url = reader.text("url") if transport != "stdio" else ""
    command = reader.text("command") if transport == "stdio" else ""
    args = reader.strings("args")
    env = reader.environment()
    hidden |= {value for key, value in reader.variables.used.items() if SECRET_NAME.search(key)}
    hidden |= {value for key, value in env.items() if value and SECRET_NAME.search(key)} | secrets_in_url(url)
    return ServerEntry(
        name=name,
        transport=transport,
        command=sys.executable if command == "python" else command,
        args=args,
        env=env,
        cwd=reader.folder("cwd"),
        url=url,
        headers=headers,
        timeout=reader.seconds("timeout"),
        init_timeout=reader.seconds("init_timeout"),
        include=reader.strings("include"),
        exclude=reader.strings("exclude"),
        required=reader.switch("required"),
        serial=reader.switch("serial"),
        on_connect=reader.calls("on_connect"),
        secrets=tuple(sorted((value for value in hidden if len(value) >= 4), key=len, reverse=True)),
    )


def _transport(reader: "_Reader") -> Transport:
    stated = reader.raw.get("type", reader.raw.get("transport"))
    if stated is not None and stated not in _TRANSPORTS:
        raise BadEntry(f"the transport {stated!r} is not one of stdio, http, sse")
    has_command, has_url = "command" in reader.raw, "url" in reader.raw
    if has_command and has_url:
        raise BadEntry("it has both `command` and `url`; keep one")
    if not has_command and not has_url:
        raise BadEntry("it needs `command` (a program to start) or `url` (a running server)")
    transport = _TRANSPORTS[stated] if stated is not None else ("stdio" if has_command else "http")
    if (transport == "stdio") != has_command:
        raise BadEntry(f"the transport {transport} needs `{'command' if transport == 'stdio' else 'url'}`")
    return transport


class _Reader:
    """Reads typed values of one entry; every error names the key."""

    def __init__(self, raw: dict[str, Any], variables: Variables) -> None:
        self.raw = raw
        self.variables = variables

    def switch(self, key: str, *, default: bool = False) -> bool:
        value = self.raw.get(key, default)
        if not isinstance(value, bool):
            raise BadEntry(f"`{key}` must be true or false")
        return value

    def text(self, key: str) -> str:
        value = self.raw.get(key)
        if not isinstance(value, str) or not value.strip():
            raise BadEntry(f"`{key}` must be a text that is not empty")
        expanded = self.variables.expand(value)
        if key == "url" and not expanded.startswith(("http://", "https://")):
            raise BadEntry("`url` must start with http:// or https://")
        return expanded

    def strings(self, key: str) -> tuple[str, ...]:
        value = self._of(key, [])
        if not all(isinstance(item, (str, int, float)) for item in value):
            raise BadEntry(f"`{key}` must be a list of texts")
        return tuple(self.variables.expand(str(item)) for item in value)

    def texts(self, key: str) -> dict[str, str]:
        return {name: self.variables.expand(_as_text(key, item)) for name, item in self._of(key, {}).items()}

    def environment(self) -> dict[str, str | None]:
        merged: dict[str, str | None] = dict(self._environment_file())
        for name, item in self._of("env", {}).items():
            written = _as_text("env", item)
            expanded = self.variables.expand(written)
            merged[name] = None if written and not expanded else expanded
        return merged

    def _environment_file(self) -> dict[str, str]:
        if "envFile" not in self.raw:
            return {}
        path = self.variables.workspace / self.text("envFile")
        if not path.is_file():
            raise BadEntry(f"`envFile` {path} does not exist")
        from dotenv import dotenv_values

        return {name: value or "" for name, value in dotenv_values(path, interpolate=False).items()}

    def folder(self, key: str) -> Path | None:
        if key not in self.raw:
            return None
        path = self.variables.workspace / Path(self.text(key)).expanduser()
        if not path.is_dir():
            raise BadEntry(f"`{key}` {path} is no folder")
        return path

    def seconds(self, key: str) -> float | None:
        value = self.raw.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
            raise BadEntry(f"`{key}` must be a number of seconds above 0")
        return float(value)

    def calls(self, key: str) -> tuple[OnConnect, ...]:
        return tuple(self._call(key, item) for item in self._of(key, []))

    def _call(self, key: str, value: object) -> OnConnect:
        call = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        tool, arguments = call.get("tool"), call.get("arguments", {})
        if not isinstance(tool, str) or not isinstance(arguments, dict):
            raise BadEntry(f'`{key}` must be a list of {{"tool": NAME, "arguments": {{}}}}')
        named = cast("dict[str, Any]", arguments)
        expand = self.variables.expand
        expanded = {name: expand(item) if isinstance(item, str) else item for name, item in named.items()}
        return OnConnect(tool=tool, arguments=expanded)

    def _of(self, key: str, empty: list[Any] | dict[str, Any]) -> Any:
        value = self.raw.get(key, empty)
        if not isinstance(value, type(empty)):
            raise BadEntry(f"`{key}` must be {'a list' if isinstance(empty, list) else 'an object'}")
        return value


def _as_text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, int, float)):
        return str(value)
    raise BadEntry(f"the values of `{key}` must be texts")
