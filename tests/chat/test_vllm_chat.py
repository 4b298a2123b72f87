import asyncio
import json
import threading
from typing import Annotated

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph
from langgraph.graph.message import add_messages
from typing_extensions import TypedDict

from tests.chat.served import GET_TIME, served, streamed
from tests.scripted_openai import Call, Reply, ScriptedOpenAI


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_thinking_is_kept_apart_from_the_answer(scripted_openai: ScriptedOpenAI, field: str) -> None:
    scripted_openai.always(Reply(text="It is noon.", reasoning="The sun is high.", reasoning_field=field))
    async with served(scripted_openai) as model:
        for answer in (await streamed(model, "hi"), await model.ainvoke("hi")):
            assert answer.content == "It is noon."
            assert answer.additional_kwargs["reasoning_content"] == "The sun is high."
            assert answer.response_metadata["model_provider"] == "vllm"
            assert [block["type"] for block in answer.content_blocks] == ["reasoning", "text"]


async def test_a_stream_tells_its_usage_and_why_it_ended(scripted_openai: ScriptedOpenAI) -> None:
    usage = {"prompt_tokens": 33, "completion_tokens": 21, "total_tokens": 54}
    scripted_openai.enqueue(Reply(text="cut", finish_reason="length", usage=usage))
    async with served(scripted_openai) as model:
        answer = await streamed(model, "hi")
    assert answer.usage_metadata["input_tokens"] == 33
    assert answer.usage_metadata["output_tokens"] == 21
    assert answer.response_metadata["finish_reason"] == "length"


async def test_calls_come_in_pieces_and_broken_ones_are_told_from_sound_ones(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("get_time", {"zone": "Asia/Tokyo"}), Call("get_time", '{"zone": Tok}')]))
    async with served(scripted_openai) as model:
        answer = await streamed(model.bind_tools([GET_TIME]), "hi")
    assert [call["args"] for call in answer.tool_calls] == [{"zone": "Asia/Tokyo"}]
    assert [call["args"] for call in answer.invalid_tool_calls] == ['{"zone": Tok}']
    assert scripted_openai.requests[0].body["tools"] == [GET_TIME]


async def test_no_tools_means_no_tools_field(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    async with served(scripted_openai) as model:
        await streamed(model.bind_tools([], tool_choice="none"), "hi")
    assert {"tools", "tool_choice", "parallel_tool_calls"}.isdisjoint(scripted_openai.requests[0].body)


async def test_tool_choice_none_keeps_the_tools_in_the_prompt(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    async with served(scripted_openai) as model:
        await streamed(model.bind_tools([GET_TIME], tool_choice="none"), "hi")
    body = scripted_openai.requests[0].body
    assert (body["tools"], body["tool_choice"]) == ([GET_TIME], "none")


async def test_sampling_settings_go_out_only_when_set(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    async with served(scripted_openai) as model:
        await streamed(model, "hi")
    async with served(scripted_openai, temperature=0, max_tokens=7) as model:
        await streamed(model, "hi")
    plain, tuned = (request.body for request in scripted_openai.requests)
    assert set(plain) == {"model", "messages", "stream", "stream_options"}
    assert (tuned["temperature"], tuned["max_completion_tokens"]) == (0, 7)


async def test_results_are_text_and_content_is_never_null(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    calls = [{"name": "f", "args": {}, "id": "1"}]
    broken = [{"name": "f", "args": "{oops", "id": "2", "error": None}]
    history = [
        HumanMessage("hi"),
        AIMessage("", tool_calls=calls, invalid_tool_calls=broken),
        ToolMessage([{"type": "text", "text": "one"}, {"type": "text", "text": "two"}], tool_call_id="1"),
        ToolMessage("not valid JSON", tool_call_id="2", status="error"),
    ]
    async with served(scripted_openai) as model:
        await streamed(model, history)
    _, assistant, first, second = scripted_openai.requests[0].body["messages"]
    assert assistant["content"] == ""
    assert [call["function"]["arguments"] for call in assistant["tool_calls"]] == ["{}", "{}"]
    assert first == {"role": "tool", "tool_call_id": "1", "content": "one\ntwo"}
    assert second["content"] == "ERROR: not valid JSON"
    assert history[3].content == "not valid JSON"


class _State(TypedDict):
    messages: Annotated[list, add_messages]


def _loop(model, steps: int):
    """A model that is asked again after every call, through LangGraph and its checkpoints."""

    async def ask(state: _State) -> dict:
        answer = await streamed(model, [SystemMessage("Be brief."), *state["messages"]])
        results = [ToolMessage(f"result {len(state['messages'])}", tool_call_id=c["id"]) for c in answer.tool_calls]
        return {"messages": [answer, *results]}

    builder = StateGraph(_State).add_node("ask", ask).add_edge(START, "ask")
    builder.add_conditional_edges("ask", lambda state: "ask" if len(state["messages"]) < 2 * steps else "__end__")
    return builder.compile(checkpointer=InMemorySaver())


async def test_every_request_begins_with_the_one_before_byte_for_byte(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(
        lambda body: Reply(
            text="Ünï", reasoning="hm", calls=[Call("get_time", {"zone": "日本", "n": len(body["messages"])})]
        )
    )
    async with served(scripted_openai) as model:
        config = {"configurable": {"thread_id": "t 1/ü"}}
        await _loop(model.bind_tools([GET_TIME]), steps=5).ainvoke({"messages": [HumanMessage("go")]}, config)
    sent = [
        json.dumps(request.body["messages"], ensure_ascii=False).removesuffix("]")
        for request in scripted_openai.requests
    ]
    assert len(sent) >= 4
    assert all(later.startswith(earlier) for earlier, later in zip(sent, sent[1:], strict=False))
    assert {request.headers["x-session-id"] for request in scripted_openai.requests} == {"t%201/%C3%BC"}


async def test_without_a_thread_no_session_is_named(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always("ok")
    async with served(scripted_openai) as model:
        await streamed(model, "hi")
    assert "x-session-id" not in scripted_openai.requests[0].headers


async def test_a_cancelled_question_closes_its_connection(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="never", hold=threading.Event(), hold_after=2))
    async with served(scripted_openai) as model:
        asking = asyncio.create_task(streamed(model, "hi"))
        await asyncio.to_thread(scripted_openai.wait_for_requests, 1)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert await asyncio.to_thread(scripted_openai.requests[0].abandoned.wait, 5)


async def test_counting_tokens_needs_no_download(scripted_openai: ScriptedOpenAI) -> None:
    async with served(scripted_openai) as model:
        assert model.get_num_tokens_from_messages([HumanMessage("four words are here")]) > 0
        with pytest.raises(NotImplementedError):
            model.get_token_ids("hi")
