"""Messages as chat templates can print them: tool results are text, assistant content is never null.

The same message always becomes the same bytes, so that the endpoint's prefix cache serves all but the
newest. Decided against sending a call's broken arguments back: vLLM shows the model `{}` in their place
anyway, other servers refuse the request; the error result after it says what was wrong.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from langchain_core.messages import BaseMessage, ToolMessage

from app.chat.images import with_images
from app.settings import Placement

_ERROR_PREFIX = "ERROR: "


def prepared(messages: Sequence[BaseMessage], images: Placement, side: int) -> list[BaseMessage]:
    """The messages with images in place and tool results as text. Reads image files.

    Args:
        messages: as the graph has them.
        images: where those of tool results go.
        side: pixels that their longer side has at most.
    """
    return [
        _plain_result(message) if isinstance(message, ToolMessage) else message
        for message in with_images(messages, images, side)
    ]


def printable(message: dict[str, Any]) -> dict[str, Any]:
    """A request message whose content is text and whose calls hold JSON objects, if it is an assistant's."""
    if message["role"] != "assistant":
        return message
    message = message | {"content": message.get("content") or ""}
    if calls := message.get("tool_calls"):
        message["tool_calls"] = [_sound_call(call) for call in calls]
    return message


def _plain_result(message: ToolMessage) -> ToolMessage:
    content = cast(str | list[Any], message.content)
    if not isinstance(content, str) and all(_is_text(block) for block in content):
        content = "\n".join(block if isinstance(block, str) else block["text"] for block in content)
    if message.status == "error":
        content = _marked(content)
    return message if content is message.content else message.model_copy(update={"content": content})


def _marked(content: str | list[Any]) -> str | list[Any]:
    if not isinstance(content, str):
        return [{"type": "text", "text": _ERROR_PREFIX.strip()}, *content]
    return content if content.startswith(_ERROR_PREFIX) else _ERROR_PREFIX + content


def _is_text(block: str | dict[str, Any]) -> bool:
    return isinstance(block, str) or (block.get("type") == "text" and isinstance(block.get("text"), str))


def _sound_call(call: dict[str, Any]) -> dict[str, Any]:
    function = call["function"]
    try:
        sound = isinstance(json.loads(function["arguments"] or ""), dict)
    except ValueError:
        sound = False
    return call if sound else call | {"function": function | {"arguments": "{}"}}
