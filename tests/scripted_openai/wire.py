"""A reply in vLLM's words: the events of a stream, or one JSON answer."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.scripted_openai.replies import Body, Call, Reply

NewId = Callable[[], str]


def count_tokens(messages: list[Body], tools: list[Body] | None) -> int:
    """A count that only grows with its input: four characters of JSON are a token."""
    return len(json.dumps([messages, tools or []], ensure_ascii=False)) // 4


def usage_of(reply: Reply, body: Body) -> dict[str, int]:
    if reply.usage is not None:
        return reply.usage
    prompt = count_tokens(body["messages"], body.get("tools"))
    written = len(reply.text) + len(reply.reasoning) + sum(len(call.raw_arguments) for call in reply.calls)
    completion = max(1, written // 4)
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def token_count(reply: Reply) -> int:
    """How many streamed events carry something; they come right after the role chunk."""
    texts = [reply.reasoning, reply.text, *(call.raw_arguments for call in reply.calls)]
    return sum(len(list(_pieces(text, reply.piece))) for text in texts) + len(reply.calls)


def completion(reply: Reply, body: Body, new_id: NewId) -> Body:
    """The answer to a request that did not ask for a stream."""
    message: Body = {"role": "assistant", "content": reply.text or None}
    if reply.reasoning:
        message[reply.reasoning_field] = reply.reasoning
    if reply.calls:
        message["tool_calls"] = [_whole_call(call, new_id) for call in reply.calls]
    answer = _frame(body, "chat.completion", [{"index": 0, "message": message, "finish_reason": _finish(reply)}])
    usage = usage_of(reply, body)
    return answer | {"usage": usage} if usage else answer


def events(reply: Reply, body: Body, new_id: NewId) -> Iterator[str]:
    """The `data:` payloads of a stream, `[DONE]` included."""
    yield _chunk(body, {"role": "assistant", "content": ""})
    for piece in _pieces(reply.reasoning, reply.piece):
        yield _chunk(body, {reply.reasoning_field: piece})
    for piece in _pieces(reply.text, reply.piece):
        yield _chunk(body, {"content": piece})
    if reply.stream_error:
        yield json.dumps(reply.stream_error)
        return
    for index, call in enumerate(reply.calls):
        yield from _call_events(body, index, call, reply.piece, new_id)
    yield _chunk(body, {}, finish_reason=_finish(reply))
    usage = usage_of(reply, body)
    if usage and (body.get("stream_options") or {}).get("include_usage"):
        yield json.dumps(_frame(body, "chat.completion.chunk", []) | {"usage": usage})
    yield "[DONE]"


def _call_events(body: Body, index: int, call: Call, size: int, new_id: NewId) -> Iterator[str]:
    head = _with_id({"index": index, "type": "function"}, call, new_id)
    yield _chunk(body, {"tool_calls": [head | {"function": {"name": call.name, "arguments": ""}}]})
    for piece in _pieces(call.raw_arguments, size):
        yield _chunk(body, {"tool_calls": [{"index": index, "function": {"arguments": piece}}]})


def _whole_call(call: Call, new_id: NewId) -> Body:
    function = {"name": call.name, "arguments": call.raw_arguments}
    return _with_id({"type": "function", "function": function}, call, new_id)


def _with_id(entry: Body, call: Call, new_id: NewId) -> Body:
    if call.id is None:
        return entry
    return entry | {"id": new_id() if call.id == "auto" else call.id}


def _pieces(text: str, size: int) -> Iterator[str]:
    return (text[start : start + size] for start in range(0, len(text), size))


def _finish(reply: Reply) -> str:
    return reply.finish_reason or ("tool_calls" if reply.calls else "stop")


def _chunk(body: Body, delta: Body, finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return json.dumps(_frame(body, "chat.completion.chunk", [choice]), ensure_ascii=False)


def _frame(body: Body, kind: str, choices: list[Any]) -> Body:
    return {"id": "chatcmpl-scripted", "object": kind, "created": 0, "model": body["model"], "choices": choices}
