"""How many tokens a prompt will have, without asking anybody unless it is close.

The last response says exactly what its prompt cost; only what was added since is estimated. No
tokenizer is loaded: it would have to be the served model's, and downloading one is out of the
question.
"""

import json
from collections.abc import Sequence
from typing import Any

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage

from graphs.chat_models import ModelChoice

CLOSE = 0.15
"""Share of the limit within which an estimate is not trusted."""
_CHARACTERS_PER_TOKEN = 4
_TOKENS_PER_MESSAGE = 5
_TOKENS_PER_ATTACHMENT = 1_000
_FIRST_WIDE_CHARACTER = "\u2e80"
"""From here on (CJK, kana, hangul, emoji) a character is about one token."""
_MOST_ANSWER_ROOM = 4_096


def prompt_limit(context_window: int) -> int:
    """Tokens a prompt may have so that an answer still fits: a fifth of the window stays free, at most 4096."""
    return context_window - min(_MOST_ANSWER_ROOM, context_window // 5)


def estimate_text(text: str) -> int:
    """Estimated tokens of a text."""
    wide = 0 if text.isascii() else sum(character >= _FIRST_WIDE_CHARACTER for character in text)
    return wide + (len(text) - wide + _CHARACTERS_PER_TOKEN - 1) // _CHARACTERS_PER_TOKEN


def estimate_messages(messages: Sequence[AnyMessage]) -> int:
    """Estimated tokens of messages, calls and attachments included."""
    return sum(_estimate_message(message) for message in messages)


def estimate_prompt(view: Sequence[AnyMessage], tools: Sequence[dict[str, Any]], *, measured: bool) -> int:
    """Tokens of the next prompt.

    Args:
        view: what would be sent.
        tools: the tool schemas bound to it.
        measured: whether the last AIMessage answered a prompt that this one extends, so that its usage counts.
    """
    last = max((index for index, message in enumerate(view) if isinstance(message, AIMessage)), default=None)
    if measured and last is not None:
        reply = view[last]
        if isinstance(reply, AIMessage) and reply.usage_metadata:
            return reply.usage_metadata["input_tokens"] + estimate_messages(view[last:])
    return estimate_messages(view) + sum(estimate_text(json.dumps(tool)) for tool in tools)


async def is_over(
    limit: int, view: Sequence[AnyMessage], tools: Sequence[dict[str, Any]], choice: ModelChoice, *, measured: bool
) -> bool:
    """Whether the prompt is longer than `limit`; asks the endpoint only when the estimate is within 15 % of it."""
    estimate = estimate_prompt(view, tools, measured=measured)
    if choice.count_tokens is None or abs(estimate - limit) > CLOSE * limit:
        return estimate > limit
    counted = await choice.count_tokens(view, tools)
    return (estimate if counted is None else counted) > limit


def _estimate_message(message: AnyMessage) -> int:
    tokens = _TOKENS_PER_MESSAGE + estimate_text(message.text)
    if isinstance(message.content, list):
        blocks = [block for block in message.content if isinstance(block, dict) and block.get("type") != "text"]
        tokens += _TOKENS_PER_ATTACHMENT * len(blocks)
    if isinstance(message, AIMessage):
        tokens += sum(estimate_text(call["name"] + json.dumps(call["args"])) for call in message.tool_calls)
    if isinstance(message, ToolMessage) and isinstance(message.artifact, dict):
        tokens += _TOKENS_PER_ATTACHMENT * len(message.artifact.get("images") or ())
    return tokens
