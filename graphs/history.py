"""What the model is shown of a thread: whole, in order, and growing only at its end.

The state keeps everything that happened; this view of it is a pure function of the messages and of
the last compaction. So a prompt extends the previous one byte for byte and the server's prefix
cache keeps serving it, until a compaction changes the view in one batch.

Repair happens here and not in the state, because interrupted turns, crashes and parallel results
leave gaps at any time: every call gets exactly one result right behind its AIMessage, in call order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from langchain_core.messages import AIMessage, AnyMessage, HumanMessage, SystemMessage, ToolCall, ToolMessage

from graphs.images import PAST, ImageRoom, images_of, show_images, without_images
from graphs.state import Compaction

NO_RESULT = "No result: the turn was interrupted before this call was answered. Its outcome is unknown."
_UNNAMED = "unknown_tool"


@dataclass(frozen=True, kw_only=True)
class History:
    """The messages of a thread, and how they are shortened for the model."""

    messages: Sequence[AnyMessage]
    system_prompt: str
    summary_prompt: str = ""
    """How the model is asked to shorten the middle, when it has to be."""
    compaction: Compaction = field(default_factory=Compaction)
    images: ImageRoom = field(default_factory=ImageRoom)
    """How many images the model that is about to be asked is shown."""

    @property
    def summarised(self) -> int:
        """How many messages the summary stands for."""
        return _count_through(self.messages, self.compaction.get("summarised_through"))

    @property
    def cleared(self) -> int:
        """How many messages have their tool outputs cleared."""
        return _count_through(self.messages, self.compaction.get("cleared_through"))

    def compacted(self, compaction: Compaction) -> "History":
        """The same thread, shortened further."""
        merged: Compaction = {**self.compaction, **compaction}
        return replace(self, compaction=merged)

    @property
    def with_images(self) -> list[AnyMessage]:
        """All messages, with words instead of the images that are not shown."""
        return show_images(self.messages, self.images)

    def tail(self, start: int) -> list[AnyMessage]:
        """The messages from `start` on, as the model is shown them."""
        cleared = self.cleared
        shown = [_clear(message) if index < cleared else message for index, message in enumerate(self.with_images)]
        return _repair(shown[start:])

    def view(self) -> list[AnyMessage]:
        """The whole prompt, system prompt first."""
        start = self.summarised
        shown = self.tail(start)
        if start:
            shown = _lead_in(self._summary(start, shown), shown)
        return [SystemMessage(self.system_prompt), *shown] if self.system_prompt else shown

    def _summary(self, start: int, shown: Sequence[AnyMessage]) -> str:
        text = f"Summary of the conversation so far:\n{self.compaction.get('summary', '')}"
        request = next((m for m in reversed(self.messages[:start]) if isinstance(m, HumanMessage)), None)
        if request is None or (shown and isinstance(shown[0], HumanMessage)):
            return text
        return f"{text}\n\nThe request being worked on, word for word:\n{request.text}"


def _count_through(messages: Sequence[AnyMessage], last_id: str | None) -> int:
    if last_id is None:
        return 0
    return next((index + 1 for index, message in enumerate(messages) if message.id == last_id), 0)


def _clear(message: AnyMessage) -> AnyMessage:
    if not isinstance(message, ToolMessage):
        return message
    message = without_images(message, len(images_of(message)), PAST)
    note = f"[output of {len(message.text)} characters cleared to make room; call the tool again if it is needed]"
    if len(note) >= len(message.text):
        return message
    return message.model_copy(update={"content": note, "artifact": None})


def _lead_in(summary: str, shown: list[AnyMessage]) -> list[AnyMessage]:
    """The summary in front; joined to a person's first message, because many templates want turns to alternate."""
    first = shown[0] if shown else None
    if not isinstance(first, HumanMessage):
        return [HumanMessage(summary), *shown]
    if isinstance(first.content, str):
        content: str | list[str | dict[str, object]] = f"{summary}\n\n{first.content}"
    else:
        content = [{"type": "text", "text": summary}, *first.content]
    return [first.model_copy(update={"content": content}), *shown[1:]]


def _repair(messages: Sequence[AnyMessage]) -> list[AnyMessage]:
    results: dict[str, ToolMessage] = {}
    for message in messages:
        if isinstance(message, ToolMessage):
            results.setdefault(message.tool_call_id, message)
    shown: list[AnyMessage] = []
    for message in messages:
        if isinstance(message, AIMessage):
            readable = _readable(message)
            shown += [readable, *(_result(call, results) for call in readable.tool_calls)]
        elif not isinstance(message, ToolMessage):
            shown.append(message)
    return shown


def _readable(message: AIMessage) -> AIMessage:
    """Invalid calls shown as calls without arguments: servers refuse a history whose arguments are not JSON."""
    if not message.invalid_tool_calls:
        return message
    calls = [
        ToolCall(name=call["name"] or _UNNAMED, args={}, id=call["id"], type="tool_call")
        for call in message.invalid_tool_calls
    ]
    return message.model_copy(update={"tool_calls": message.tool_calls + calls, "invalid_tool_calls": []})


def _result(call: ToolCall, results: dict[str, ToolMessage]) -> ToolMessage:
    call_id = call["id"] or ""
    missing = ToolMessage(NO_RESULT, tool_call_id=call_id, name=call["name"], status="error")
    return results.get(call_id, missing)
