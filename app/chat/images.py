"""From file references to request parts: the state holds paths, only a request holds bytes.

A person's image is a content block ``{"type": "image_file", "path", "mime_type"}``; those of a tool result
are listed in ``ToolMessage.artifact["images"]``. Chat templates of most vision models know images in user
messages only, so the images of a step follow its tool messages in one user message.
"""

import base64
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, cast

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage

Placement = Literal["user", "tool", "off"]
Block = dict[str, Any]


def image_block(path: Path) -> Block:
    """The content block that stands for an image file in a person's message."""
    mime_type = mimetypes.guess_type(path.name)[0] or "image/png"
    return {"type": "image_file", "path": str(path.resolve()), "mime_type": mime_type}


def mentions_files(messages: Sequence[BaseMessage]) -> bool:
    """Whether building the request will read image files."""
    return any(_tool_images(message) or _has_file_block(message) for message in messages)


def with_images(messages: Sequence[BaseMessage], placement: Placement) -> list[BaseMessage]:
    """The messages with every reference replaced by the image, or by a note when its file is gone.

    Reads files; the messages given are left as they are.
    """
    shown: list[BaseMessage] = []
    waiting: list[Block] = []
    for message in messages:
        if waiting and not isinstance(message, ToolMessage):
            shown.append(HumanMessage(cast(Any, waiting)))
            waiting = []
        if isinstance(message, ToolMessage) and _tool_images(message):
            message, later = _placed(message, placement)
            waiting += later
        elif _has_file_block(message):
            message = message.model_copy(update={"content": [_part(block) for block in _blocks(message.content)]})
        shown.append(message)
    return [*shown, HumanMessage(cast(Any, waiting))] if waiting else shown


def _placed(message: ToolMessage, placement: Placement) -> tuple[ToolMessage, list[Block]]:
    """The tool message as it is sent, and the parts for the user message after it."""
    images = _tool_images(message)
    if placement == "off":
        note = _text(f"[images left out: {len(images)}; this model is not shown any]")
        return _extended(message, [note]), []
    parts = [_part(image) for image in images]
    if placement == "tool":
        return _extended(message, parts), []
    return message, [_text(f"Images from the result of {message.name or message.tool_call_id}:"), *parts]


def _extended(message: ToolMessage, parts: list[Block]) -> ToolMessage:
    return message.model_copy(update={"content": [*_blocks(message.content), *parts]})


def _part(block: Block) -> Block:
    if block.get("type", "image_file") != "image_file":
        return block
    path = Path(str(block["path"]))
    try:
        data = base64.b64encode(path.read_bytes()).decode("ascii")
    except OSError:
        return _text(f"[the image {path.name} is no longer there]")
    return {"type": "image_url", "image_url": {"url": f"data:{block['mime_type']};base64,{data}"}}


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _blocks(content: str | list[Any]) -> list[Block]:
    if isinstance(content, str):
        return [_text(content)]
    return [_text(block) if isinstance(block, str) else cast(Block, block) for block in content]


def _has_file_block(message: BaseMessage) -> bool:
    return not isinstance(message.content, str) and any(
        block.get("type") == "image_file" for block in _blocks(message.content)
    )


def _tool_images(message: BaseMessage) -> list[Block]:
    artifact: Any = message.artifact if isinstance(message, ToolMessage) else None
    return list(cast(dict[str, Any], artifact).get("images", ())) if isinstance(artifact, dict) else []
