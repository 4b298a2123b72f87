"""Prompts, arguments and answers as attributes, for the few who switched content on.

Messages become what the conventions call parts. Of images only their kind is kept: their bytes would be most of a
trace, and show nothing in it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from app.tracing.span import Value

Part = dict[str, Any]


def prompt_facts(messages: Sequence[Mapping[str, Any]]) -> dict[str, Value]:
    """A prompt in the form of the chat completions API, its system messages apart."""
    system = [part for message in messages if message["role"] == "system" for part in _parts(message)]
    others = [
        {"role": message["role"], "parts": _parts(message)} for message in messages if message["role"] != "system"
    ]
    facts: dict[str, Value] = {"gen_ai.input.messages": _json(others)}
    return {**facts, "gen_ai.system_instructions": _json(system)} if system else facts


def answer_json(thinking: str, text: str, finish_reason: str) -> str:
    """An answer; empty where nothing was said."""
    parts = [
        {"type": kind, "content": content} for kind, content in (("reasoning", thinking), ("text", text)) if content
    ]
    return _json([{"role": "assistant", "parts": parts, "finish_reason": finish_reason}]) if parts else ""


def arguments_json(arguments: Mapping[str, Any]) -> str:
    """Arguments of a call."""
    return _json(arguments)


def _parts(message: Mapping[str, Any]) -> list[Part]:
    content = message.get("content")
    if message["role"] == "tool":
        return [{"type": "tool_call_response", "id": message.get("tool_call_id"), "response": _plain(content)}]
    return [*_said(content), *map(_call, message.get("tool_calls") or ())]


def _said(content: Any) -> list[Part]:
    if isinstance(content, str):
        return [{"type": "text", "content": content}] if content else []
    return [_part(part) for part in content or ()]


def _part(part: Any) -> Part:
    if isinstance(part, dict):
        known = cast("dict[str, Any]", part)
        if known.get("type") == "text":
            return {"type": "text", "content": known.get("text", "")}
        return {"type": "blob", "modality": str(known.get("type", "")).removesuffix("_url")}
    return {"type": "text", "content": str(part)}


def _call(call: Mapping[str, Any]) -> Part:
    function = call["function"]
    return {"type": "tool_call", "id": call.get("id"), "name": function["name"], "arguments": function["arguments"]}


def _plain(content: Any) -> Any:
    return content if isinstance(content, str) else _said(content)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
