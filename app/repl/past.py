"""A thread's earlier messages: the last turn on the screen, or all of them as a markdown file."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.approval import render_arguments

if TYPE_CHECKING:
    from langchain_core.messages import AnyMessage


def last_turn(messages: "Sequence[AnyMessage]") -> tuple[str, str]:
    """What the person said last, and the last answer to it; empty where there is none."""
    from langchain_core.messages import AIMessage, HumanMessage

    said = max((place for place, message in enumerate(messages) if isinstance(message, HumanMessage)), default=-1)
    if said < 0:
        return "", ""
    answers = [message.text for message in messages[said + 1 :] if isinstance(message, AIMessage) and message.text]
    return messages[said].text, answers[-1] if answers else ""


def as_markdown(thread: str, messages: "Sequence[AnyMessage]") -> str:
    """The whole thread, calls and results included."""
    sections = [section for message in messages if (section := _section(message))]
    return "\n\n".join([f"# Thread {thread}", *sections]) + "\n"


def _section(message: "AnyMessage") -> str:
    from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

    if isinstance(message, ToolMessage):
        return f"**{message.name}** ({message.status}):\n\n{_fenced(message.text)}"
    if isinstance(message, AIMessage):
        calls = [f"- `{call['name']}({render_arguments(call['args'])})`" for call in message.tool_calls]
        parts = [message.text.strip(), "\n".join(calls)]
        return "## Agent\n\n" + "\n\n".join(part for part in parts if part) if any(parts) else ""
    return f"## {'You' if isinstance(message, HumanMessage) else message.type.title()}\n\n{message.text}"


def _fenced(text: str) -> str:
    fence = "`" * max(3, 1 + max((len(run) for run in _backtick_runs(text)), default=0))
    return f"{fence}{'json' if _is_json(text) else ''}\n{text}\n{fence}"


def _backtick_runs(text: str) -> list[str]:
    return [run for run in "".join(c if c == "`" else " " for c in text).split(" ") if run]


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False
