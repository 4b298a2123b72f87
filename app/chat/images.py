"""From file references to request parts: the state holds paths, only a request holds bytes.

A person's image is a content block ``{"type": "image_file", "path", "mime_type"}``; those of a tool result
are listed in ``ToolMessage.artifact["images"]``. Chat templates of most vision models know images in user
messages only, so the images of a step follow its tool messages in one user message. Which images are still
shown is the graph's matter (``graphs.images``); here they are read, scaled and encoded.
"""

import base64
import mimetypes
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from langchain_core.messages import AnyMessage, BaseMessage, HumanMessage, ToolMessage

from app.settings import Placement
from graphs.images import BLIND, images_of, without_images

Block = dict[str, Any]

PERSONS_SIDE = 1536
"""Pixels of the longer side of a person's image: a page of text stays legible, a photograph stays affordable."""


def image_block(path: Path) -> Block:
    """The content block that stands for an image file in a person's message."""
    mime_type = mimetypes.guess_type(path.name)[0] or "image/png"
    return {"type": "image_file", "path": str(path.resolve()), "mime_type": mime_type}


def mentions_files(messages: Sequence[BaseMessage]) -> bool:
    """Whether building the request will read image files."""
    return any(images_of(cast(AnyMessage, message)) for message in messages)


def with_images(messages: Sequence[BaseMessage], placement: Placement, side: int) -> list[BaseMessage]:
    """The messages with every reference replaced by the image, or by a sentence when it cannot be shown.

    Reads files; the messages given are left as they are.

    Args:
        messages: as the graph has them.
        placement: where images of tool results go.
        side: pixels that the longer side of those has at most.
    """
    shown: list[BaseMessage] = []
    waiting: list[Block] = []
    for message in messages:
        if waiting and not isinstance(message, ToolMessage):
            shown.append(HumanMessage(cast(Any, waiting)))
            waiting = []
        if images := images_of(cast(AnyMessage, message)):
            if isinstance(message, ToolMessage):
                message, later = _placed(message, images, placement, side)
                waiting += later
            else:
                content = [_part(block, PERSONS_SIDE) for block in _blocks(message.content)]
                message = message.model_copy(update={"content": content})
        shown.append(message)
    return [*shown, HumanMessage(cast(Any, waiting))] if waiting else shown


def _placed(
    message: ToolMessage, images: list[Block], placement: Placement, side: int
) -> tuple[BaseMessage, list[Block]]:
    """The tool message as it is sent, and the parts for the user message after it."""
    if placement == "off":
        return without_images(message, len(images), BLIND), []
    parts = [_part({"type": "image_file", **image}, side) for image in images]
    if placement == "tool":
        return message.model_copy(update={"content": [*_blocks(message.content), *parts]}), []
    return message, [_text(f"Images from the result of {message.name or message.tool_call_id}:"), *parts]


def _part(block: Block, side: int) -> Block:
    if block.get("type") != "image_file":
        return block
    from app.pictures import UnreadablePictureError  # imports Pillow

    path = Path(str(block["path"]))
    try:
        url = _data_url(path, path.stat().st_mtime_ns, side)
    except OSError:
        return _text(f"[the image {path.name} is no longer there]")
    except UnreadablePictureError as error:
        return _text(f"[the image saved at {path} cannot be shown: {error}]")
    return {"type": "image_url", "image_url": {"url": url}}


@lru_cache(maxsize=8)
def _data_url(path: Path, changed: int, side: int) -> str:
    """Kept for the next step, which sends the same images again; `changed` is when the file was."""
    from app.pictures import fitted

    picture = fitted(path, side)
    return f"data:{picture.mime_type};base64,{base64.b64encode(picture.data).decode('ascii')}"


def _text(text: str) -> Block:
    return {"type": "text", "text": text}


def _blocks(content: str | list[Any]) -> list[Block]:
    if isinstance(content, str):
        return [_text(content)]
    return [_text(block) if isinstance(block, str) else cast(Block, block) for block in content]
