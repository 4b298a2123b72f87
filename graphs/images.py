"""Which images of a thread the model is shown, and the words in the place of the others.

An image costs hundreds of tokens in every request, and an endpoint takes only so many. So older ones leave, in
batches: in between the prompt only grows, and the server's prefix cache goes on serving it. They are counted from
the thread's beginning, whatever compaction has shortened since; what has left never comes back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, ToolMessage

BLIND = "this model cannot see it"
PAST = "older images are no longer shown"

Image = dict[str, Any]
"""`path`, `mime_type`, and `width` and `height` in pixels where they are known."""


@dataclass(frozen=True, kw_only=True)
class ImageRoom:
    """How many images a model is shown."""

    kept: int = 2
    """The last images of tool results that always stay; they leave `kept` at a time. 0: none is shown."""
    most: int | None = None
    """Images in one prompt that the endpoint takes, a person's included; 0 for a model that cannot see."""

    def within(self, limit: int | None) -> "ImageRoom":
        """This room, with what the endpoint said its limit is."""
        if limit is None or (self.most is not None and self.most <= limit):
            return self
        return replace(self, most=limit)

    def left_out(self, images: int, *, newest: int, persons: int = 0) -> int:
        """How many of a thread's images from tools, the oldest, are not shown.

        Args:
            images: all of them.
            newest: those of the newest step, which wait for its answer unless the endpoint refuses them.
            persons: images that a person shows, which stay.
        """
        if self.kept == 0 or self.most == 0:
            return images
        room = 2 * self.kept - 1
        if self.most is not None:
            room = min(room, max(self.most - persons, (self.most + 1) // 2))
        batch = room // 2 + 1
        return min(-(-max(images - room, 0) // batch) * batch, images - newest)


def show_images(messages: Sequence[AnyMessage], room: ImageRoom) -> list[AnyMessage]:
    """The messages, with words instead of the images that are not shown."""
    counts = [len(images_of(message)) for message in messages]
    if not any(counts):
        return list(messages)
    from_tools = [isinstance(message, ToolMessage) for message in messages]
    replied = max((at for at, message in enumerate(messages) if isinstance(message, AIMessage)), default=-1)
    total = sum(count for count, tool in zip(counts, from_tools, strict=True) if tool)
    newest = sum(count for at, count in enumerate(counts) if from_tools[at] and at > replied)
    hidden = room.left_out(total, newest=newest, persons=sum(counts) - total)
    surplus = 0 if room.most is None else max(sum(counts) - hidden - room.most, 0)
    shown: list[AnyMessage] = []
    for message, count, tool in zip(messages, counts, from_tools, strict=True):
        gone = min(count, hidden) if tool else 0
        hidden -= gone
        refused = min(count - gone, surplus)
        surplus -= refused
        blind = room.most == 0 or (tool and room.kept == 0)
        shown.append(without_images(message, gone + refused, BLIND if blind else PAST))
    return shown


def images_of(message: AnyMessage) -> list[Image]:
    """The image files that a message refers to."""
    if isinstance(message, ToolMessage):
        artifact: Any = message.artifact
        return list(cast(Image, artifact).get("images") or ()) if isinstance(artifact, dict) else []
    if isinstance(message, HumanMessage) and not isinstance(message.content, str):
        return [block for block in message.content if isinstance(block, dict) and _is_image(block)]
    return []


def without_images(message: AnyMessage, count: int, why: str) -> AnyMessage:
    """The message with words in the place of its first `count` images."""
    if count == 0:
        return message
    images = images_of(message)
    if isinstance(message, ToolMessage):
        content: Any = message.content
        for image in images[:count]:
            content = _told(content, image, why)
        artifact = message.artifact | {"images": images[count:]}
        return message.model_copy(update={"content": content, "artifact": artifact})
    blocks: list[Any] = []
    for block in cast(list[Any], message.content):
        gone = count > 0 and isinstance(block, dict) and _is_image(cast(Image, block))
        count -= gone
        blocks.append({"type": "text", "text": placeholder(cast(Image, block), why)} if gone else block)
    return message.model_copy(update={"content": blocks})


def placeholder(image: Image, why: str) -> str:
    """`[image 640x480 saved at /tmp/a.png; this model cannot see it]`."""
    size = f"{image['width']}x{image['height']} " if image.get("width") and image.get("height") else ""
    return f"[image {size}saved at {image['path']}; {why}]"


def _told(content: str | list[Any], image: Image, why: str) -> str | list[Any]:
    """The result's text with the placeholder where it speaks of the image, else at its end."""
    note = placeholder(image, why)
    if not isinstance(content, str):
        return [*content, {"type": "text", "text": note}]
    mention = re.search(rf"\[image/[^\]\n]*: {re.escape(image['path'])}\]", content)
    return content[: mention.start()] + note + content[mention.end() :] if mention else f"{content}\n{note}"


def _is_image(block: Image) -> bool:
    return block.get("type") == "image_file"
