"""JSON that means a tool call, in the shapes models write when no parser turned it into a real one.

Kept apart from the search for it (``graphs.tool_text``), because the same shapes come from tags,
code fences and bare text. Arguments are read strictly: what is not a JSON object is not a call.
"""

import json
from collections.abc import Collection
from typing import Any, NoReturn

from langchain_core.messages import ToolCall

ARGUMENT_KEYS = ("arguments", "parameters", "args")


def load_arguments(text: str) -> dict[str, Any]:
    """The arguments of a call from their JSON text; nothing at all means no arguments.

    A JSON string that itself holds the object is unpacked once, because some servers encode twice.

    Raises:
        ValueError: when the text is not one JSON object.
    """
    value = _load(text) if text.strip() else None
    if isinstance(value, str):
        value = _load(value) if value.strip() else None
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {json.dumps(value)[:60]}")
    return value


def read_calls(value: Any, known_names: Collection[str] | None) -> list[ToolCall]:
    """The calls that a decoded JSON value stands for, or none.

    Args:
        value: an object or a list of objects; in a list, all must be calls.
        known_names: tools that may be named; None takes any name.
    """
    entries = value if isinstance(value, list) else [value]
    calls = [call for entry in entries if (call := _read_call(entry, known_names)) is not None]
    return calls if len(calls) == len(entries) else []


def _read_call(entry: Any, known_names: Collection[str] | None) -> ToolCall | None:
    if isinstance(entry, dict) and isinstance(entry.get("function"), dict):
        entry = entry["function"]
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        return None
    if known_names is not None and entry["name"] not in known_names:
        return None
    arguments = _arguments_of(entry, required=known_names is not None)
    return None if arguments is None else ToolCall(name=entry["name"], args=arguments, id=None)


def _arguments_of(entry: dict[str, Any], *, required: bool) -> dict[str, Any] | None:
    for key in ARGUMENT_KEYS:
        if key not in entry:
            continue
        value = entry[key]
        try:
            return load_arguments(value if isinstance(value, str) else json.dumps(value))
        except ValueError:
            return None
    return None if required else {}


def _load(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
