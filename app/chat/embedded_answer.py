"""Turns generated text into message chunks: text as it comes, checked calls at the end.

Calls wait for the end of the answer because they stand or fall together: when one of them does not
fit, the person is asked and nothing is executed, instead of half of what was meant. An answer that
begins with text is text: a call inside it was copied from a tool's result, and results give no orders.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessageChunk, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import ToolCallChunk, tool_call_chunk

from app.chat.embedded_calls import as_written, refusal
from app.chat.embedded_engine import Piece
from app.chat.embedded_prompt import Shown
from graphs.tool_text import TextGate

UNREADABLE = "I could not write a valid call for that request."
TOO_LONG = "I read no more than the first 600 characters of a request, so I did nothing. Please put it shorter."


@dataclass(frozen=True, kw_only=True)
class Request:
    """What an answer is checked against."""

    shown: Shown
    """What the model read."""
    tools: Sequence[dict[str, Any]] = field(default=())
    """The bound OpenAI function schemas."""
    may_call: bool = True


def stream_answer(pieces: Iterator[Piece], request: Request, *, prompt_tokens: int) -> Iterator[AIMessageChunk]:
    """Message chunks that add up to the answer; the last one has usage and finish reason.

    Ends without that last chunk when the generation was stopped.
    """
    gate, said, written = TextGate(None), False, 0
    for piece in pieces:
        written += piece.tokens
        text = gate.feed(piece.text) + (gate.finish() if piece.finish_reason else "")
        if text:
            said = said or bool(text.strip())
            yield AIMessageChunk(content=text)
        if piece.finish_reason:
            if gate.lifted and not said:
                yield _settled(gate, request, cut_off=piece.finish_reason == "length")
            yield _last(prompt_tokens, written, piece.finish_reason)


def _settled(gate: TextGate, request: Request, *, cut_off: bool) -> AIMessageChunk:
    """The calls of the answer, or what is said instead of making them."""
    calls = [as_written(call, request.shown.parts) for call in gate.calls]
    said = "" if cut_off else _objection(calls, request, malformed=bool(gate.malformed))
    if cut_off or said:
        return AIMessageChunk(content=said)
    return AIMessageChunk(content="", tool_call_chunks=[_chunk(call, index) for index, call in enumerate(calls)])


def _objection(calls: Sequence[ToolCall], request: Request, *, malformed: bool) -> str:
    if malformed or not calls:
        return UNREADABLE
    if not request.may_call:
        return f"My next step would be to call {calls[0]['name']}, but this answer must come without a call."
    if request.shown.is_cut:
        return TOO_LONG
    refusals = (refusal(call, request.tools, request.shown.parts) for call in calls)
    return next((said for said in refusals if said), "")


def _chunk(call: ToolCall, index: int) -> ToolCallChunk:
    arguments = json.dumps(call["args"], ensure_ascii=False)
    return tool_call_chunk(name=call["name"], args=arguments, id=f"call_{uuid4().hex[:16]}", index=index)


def _last(prompt_tokens: int, written: int, finish_reason: str) -> AIMessageChunk:
    return AIMessageChunk(
        content="",
        usage_metadata=UsageMetadata(
            input_tokens=prompt_tokens, output_tokens=written, total_tokens=prompt_tokens + written
        ),
        response_metadata={"finish_reason": finish_reason, "model_name": "embedded"},
        chunk_position="last",
    )
