"""The embedded model as a candidate, in this process. It takes one request at a time and decodes greedily."""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.chat.models import EMBEDDED
from app.tool_eval.candidate import Sampling
from app.tool_eval.case import Case, Message
from app.tool_eval.wire_reply import ReceivedCall, WireReply

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

    from app.chat.embedded import EmbeddedChatModel


@dataclass(frozen=True)
class EmbeddedCandidate:
    """The model that comes along."""

    chat: "EmbeddedChatModel"
    sampling: Sampling
    name: str = EMBEDDED
    model: str = EMBEDDED
    place: str = "in process"

    def can_be_asked(self, case: Case) -> bool:
        """It cannot be made to call, or to call only once."""
        return case.is_plain

    async def ask(self, case: Case, messages: list[Message], *, stream: bool) -> WireReply:
        """One reply; a prompt that is too long is a refusal."""
        from langchain_core.exceptions import ContextOverflowError
        from langchain_core.messages import convert_to_messages

        tools = [dict(schema) for schema in case.tools.schemas]
        bound = self.chat.bind_tools(tools, tool_choice=case.choice, max_tokens=self.sampling.max_tokens)
        began = time.perf_counter()
        try:
            reply = await _streamed(bound, messages) if stream else await bound.ainvoke(convert_to_messages(messages))
        except ContextOverflowError as error:
            return WireReply(refusal=str(error), status=400)
        return _as_wire(reply, time.perf_counter() - began)

    async def page(self, path: str) -> str:
        """There are no pages."""
        return ""

    async def aclose(self) -> None:
        """Nothing is open."""


async def _streamed(bound: Any, messages: list[Message]) -> "AIMessage":
    from langchain_core.messages import convert_to_messages

    chunks = [chunk async for chunk in bound.astream(convert_to_messages(messages))]
    return chunks[0] + chunks[1:] if len(chunks) > 1 else chunks[0]


def _as_wire(reply: "AIMessage", seconds: float) -> WireReply:
    calls = [
        ReceivedCall(name=call["name"], raw_arguments=json.dumps(call["args"], ensure_ascii=False), id=call["id"] or "")
        for call in reply.tool_calls
    ]
    calls += [
        ReceivedCall(name=call["name"] or "", raw_arguments=call["args"] or "", id=call["id"] or "")
        for call in reply.invalid_tool_calls
    ]
    usage = reply.usage_metadata
    return WireReply(
        text=str(reply.text),
        calls=tuple(calls),
        finish_reason=str(reply.response_metadata.get("finish_reason") or ""),
        prompt_tokens=usage["input_tokens"] if usage else None,
        output_tokens=usage["output_tokens"] if usage else None,
        seconds=seconds,
    )
