"""What happened in the current turn, read from the messages alone, and whether it should stop."""

import json
from collections.abc import Iterator, Sequence
from typing import Literal

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

SAME_RESULT_LIMIT = 3
"""A call that had the same result in this many steps of one turn is a loop."""
DENIED_STEPS_LIMIT = 3
"""A model that was denied in this many steps of one turn, whatever the arguments, does not listen."""


def is_new_turn(messages: Sequence[AnyMessage]) -> bool:
    """Whether the person spoke last."""
    return bool(messages) and isinstance(messages[-1], HumanMessage)


def stop_reason(
    messages: Sequence[AnyMessage], steps: int, max_steps: int
) -> Literal["max_steps", "denied", "repetition"] | None:
    """Why the next request must be the last of this turn, if it must."""
    if is_new_turn(messages):
        return None
    if steps >= max_steps:
        return "max_steps"
    if _denied_steps(messages) >= DENIED_STEPS_LIMIT:
        return "denied"
    return "repetition" if _repeats(messages) else None


def _repeats(messages: Sequence[AnyMessage]) -> bool:
    counts: dict[str, int] = {}
    for step in _steps(messages):
        for outcome in step:
            counts[outcome] = counts.get(outcome, 0) + 1
    return max(counts.values(), default=0) >= SAME_RESULT_LIMIT


def _denied_steps(messages: Sequence[AnyMessage]) -> int:
    """Steps of the turn in which a tool's side, not the model's mistake, refused a call."""
    turn = _turn(messages)
    denied = {message.tool_call_id for message in turn if isinstance(message, ToolMessage) and _is_denied(message)}
    replies = (message for message in turn if isinstance(message, AIMessage))
    return sum(any(call["id"] in denied for call in reply.tool_calls) for reply in replies)


def _is_denied(message: ToolMessage) -> bool:
    return isinstance(message.artifact, dict) and "denied" in message.artifact


def _turn(messages: Sequence[AnyMessage]) -> Sequence[AnyMessage]:
    """From the person's last message on."""
    start = max((index for index, message in enumerate(messages) if isinstance(message, HumanMessage)), default=0)
    return messages[start:]


def _steps(messages: Sequence[AnyMessage]) -> Iterator[set[str]]:
    """Per step of the turn, its calls with their results. A set: the same call twice in one step is no loop."""
    turn = _turn(messages)
    results = {message.tool_call_id: message.text for message in turn if isinstance(message, ToolMessage)}
    for message in turn:
        if isinstance(message, AIMessage):
            calls = [(call["id"], call["name"], call["args"]) for call in message.tool_calls]
            calls += [(call["id"], call["name"] or "", call["args"]) for call in message.invalid_tool_calls]
            yield {
                json.dumps([name, args, results[call_id]], sort_keys=True)
                for call_id, name, args in calls
                if call_id in results
            }
