"""One streamed reply of the model, made into an AIMessage that the router can trust.

Text that is a call is lifted, calls are read strictly (``graphs.streamed_calls``), and every call
gets an id that is unique in its thread. What was lifted stays known, so that reports can count it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, AnyMessage, ToolCall
from langchain_core.messages.ai import UsageMetadata

from graphs.streamed_calls import CallIds, assemble_calls, invalid_call
from graphs.tool_text import TextGate

REPAIRED = "repaired_calls"
"""Key in `response_metadata`: ids of the calls that were lifted out of the text."""
_RAW_CALLS = ("tool_calls", "function_call")


@dataclass
class Reply:
    """Collects the chunks of one model call.

    Text goes through `gate`, which decides what is shown at once and which calls are lifted.
    """

    gate: TextGate
    chunks: list[AIMessageChunk] = field(default_factory=list[AIMessageChunk])
    shown: list[str] = field(default_factory=list[str])

    def add(self, piece: AIMessage) -> tuple[str, str]:
        """Take one piece of the stream.

        Returns:
            The text and the reasoning that may be shown now.
        """
        chunk = piece if isinstance(piece, AIMessageChunk) else _as_chunk(piece)
        self.chunks.append(chunk)
        reasoning = chunk.additional_kwargs.get("reasoning_content")
        return self._show(self.gate.feed(chunk.text)), reasoning if isinstance(reasoning, str) else ""

    def finish(self) -> str:
        """The stream is over; returns the text that was still held back."""
        return self._show(self.gate.finish())

    @property
    def begun(self) -> bool:
        """Whether anything of the answer has arrived."""
        return any(
            chunk.content or chunk.tool_call_chunks or chunk.additional_kwargs.get("reasoning_content")
            for chunk in self.chunks
        )

    @property
    def usage(self) -> UsageMetadata | None:
        """Tokens of the call, when the server told them."""
        return _sum(self.chunks).usage_metadata

    @property
    def finish_reason(self) -> str:
        """Why the model stopped, in the server's words; empty when it did not say."""
        told = (chunk.response_metadata.get("finish_reason") for chunk in reversed(self.chunks))
        return next((reason for reason in told if isinstance(reason, str)), "")

    def message(self, taken_ids: Collection[str], model_name: str) -> AIMessage:
        """The whole reply.

        Args:
            taken_ids: call ids already used in the thread.
            model_name: who answered, if the reply itself does not say.
        """
        whole = _sum(self.chunks)
        ids = CallIds(taken_ids)
        calls, invalid = assemble_calls((piece for chunk in self.chunks for piece in chunk.tool_call_chunks), ids)
        lifted = [_with_id(call, ids.unique()) for call in self.gate.calls if not _is_among(call, calls)]
        malformed = [invalid_call("", text, ids.unique(), "not JSON") for text in self.gate.malformed]
        metadata = {"model_name": model_name, **whole.response_metadata}
        if lifted:
            metadata[REPAIRED] = [call["id"] for call in lifted]
        return AIMessage(
            content=self._content(whole),
            tool_calls=calls + lifted,
            invalid_tool_calls=invalid + malformed,
            additional_kwargs={key: value for key, value in whole.additional_kwargs.items() if key not in _RAW_CALLS},
            response_metadata=metadata,
            usage_metadata=whole.usage_metadata,
            id=whole.id,
        )

    def _show(self, text: str) -> str:
        self.shown.append(text)
        return text

    def _content(self, whole: AIMessageChunk) -> Any:
        shown = "".join(self.shown)
        if self.gate.lifted:
            return shown.strip()
        return whole.content if shown == whole.text else shown


def repaired_ids(message: AIMessage) -> frozenset[str]:
    """Ids of the calls that were lifted out of the text of `message`."""
    return frozenset(message.response_metadata.get(REPAIRED, ()))


def was_cut_off(message: AIMessage) -> bool:
    """Whether the reply ended because there was no room for more."""
    metadata = message.response_metadata
    return metadata.get("finish_reason") == "length" or metadata.get("stop_reason") == "max_tokens"


def last_reply(messages: Sequence[AnyMessage]) -> AIMessage:
    """The model's last message; the graph only asks after there is one."""
    return next(message for message in reversed(messages) if isinstance(message, AIMessage))


def call_ids(messages: Sequence[AnyMessage]) -> set[str]:
    """Ids of all calls in the messages."""
    return {
        call["id"]
        for message in messages
        if isinstance(message, AIMessage)
        for call in [*message.tool_calls, *message.invalid_tool_calls]
        if call["id"]
    }


def _with_id(call: ToolCall, call_id: str) -> ToolCall:
    return ToolCall(name=call["name"], args=call["args"], id=call_id, type="tool_call")


def _is_among(call: ToolCall, calls: Sequence[ToolCall]) -> bool:
    return any(other["name"] == call["name"] and other["args"] == call["args"] for other in calls)


def _sum(chunks: Sequence[AIMessageChunk]) -> AIMessageChunk:
    if not chunks:
        return AIMessageChunk(content="")
    return chunks[0] + chunks[1:] if len(chunks) > 1 else chunks[0]


def _as_chunk(message: AIMessage) -> AIMessageChunk:
    """A model that does not stream hands over its whole message."""
    return AIMessageChunk(
        content=message.content,
        additional_kwargs=message.additional_kwargs,
        response_metadata=message.response_metadata,
        tool_calls=message.tool_calls,
        invalid_tool_calls=message.invalid_tool_calls,
        usage_metadata=message.usage_metadata,
        id=message.id,
    )
