"""Renders a conversation with a Jinja chat template the way vLLM does.

The embedded model must read byte for byte what the same weights read behind vLLM, so tool-call
arguments reach the template as objects, and ``app.chat.chat_template`` compiles it.
onnxruntime-genai can render templates itself; it was decided against because it is another dialect.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from langchain_core.messages import BaseMessage, ToolMessage, convert_to_openai_messages

from app.chat.chat_template import compile_template


def render_prompt(file: Path, messages: Sequence[BaseMessage], tools: Sequence[dict[str, Any]]) -> str:
    """The text that the model continues: conversation, tool schemas and the opening of its reply.

    Args:
        file: A chat template.
        messages: The conversation, oldest first.
        tools: OpenAI function schemas.
    """
    template = compile_template(file.read_text(encoding="utf-8"))
    return template.render(messages=as_openai(messages), tools=list(tools), add_generation_prompt=True)


def as_openai(messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """OpenAI messages as vLLM hands them to a template: call arguments are objects, failures say so."""
    return [_with_object_arguments(plain) for plain in convert_to_openai_messages([_marked(m) for m in messages])]


def text_of(message: BaseMessage) -> str:
    """The text of a message; images and other parts left out."""
    if isinstance(message.content, str):
        return message.content
    parts = (part if isinstance(part, str) else str(part.get("text", "")) for part in message.content)
    return "".join(parts)


def _marked(message: BaseMessage) -> BaseMessage:
    """A failed tool result that begins with `Error`: the OpenAI format has no other place for it."""
    if not isinstance(message, ToolMessage) or message.status != "error":
        return message
    text = text_of(message)
    return message if text.lower().startswith("error") else message.model_copy(update={"content": f"Error: {text}"})


def _with_object_arguments(message: dict[str, Any]) -> dict[str, Any]:
    calls = [{**call, "function": _parsed(call["function"])} for call in message.get("tool_calls") or []]
    return {**message, "tool_calls": calls} if calls else message


def _parsed(function: dict[str, Any]) -> dict[str, Any]:
    return {**function, "arguments": json.loads(function["arguments"] or "{}")}
