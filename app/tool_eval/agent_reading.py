"""The same reply as our agent would act on it: calls lifted out of the text, ids made unique, JSON unpacked.

It goes through the very code of the graph, so a repair counts here only if a run would have made it.
"""

import json
from collections.abc import Collection
from dataclasses import replace

from langchain_core.messages import AIMessageChunk
from langchain_core.messages.tool import tool_call_chunk

from app.tool_eval.wire_reply import ReceivedCall, WireReply
from graphs.reply import Reply, was_cut_off
from graphs.tool_text import TextGate


def as_the_agent_reads(reply: WireReply, known_names: Collection[str]) -> WireReply:
    """The reply after our router's repairs; a cut-off reply has no calls, because they are never sent.

    Args:
        reply: What came.
        known_names: The tools that were offered.
    """
    if reply.refusal:
        return reply
    collected = Reply(TextGate(known_names))
    collected.add(_as_chunk(reply))
    collected.finish()
    message = collected.message((), "")
    calls = [
        ReceivedCall(name=call["name"], raw_arguments=json.dumps(call["args"], ensure_ascii=False), id=call["id"] or "")
        for call in message.tool_calls
    ]
    calls += [
        ReceivedCall(name=call["name"] or "", raw_arguments=call["args"] or "", id=call["id"] or "")
        for call in message.invalid_tool_calls
    ]
    kept = () if was_cut_off(message) else tuple(calls)
    return replace(reply, text=str(message.text), calls=kept, disorder="")


def repairs(reply: WireReply, read: WireReply) -> int:
    """How many calls the agent gained or mended."""
    came = [call.shape for call in reply.calls if call.arguments is not None]
    return sum(call.shape not in came for call in read.calls if call.arguments is not None)


def _as_chunk(reply: WireReply) -> AIMessageChunk:
    calls = [
        tool_call_chunk(name=call.name, args=call.raw_arguments, id=call.id or None, index=index)
        for index, call in enumerate(reply.calls)
    ]
    return AIMessageChunk(
        content=reply.text, tool_call_chunks=calls, response_metadata={"finish_reason": reply.finish_reason}
    )
