"""The embedded model as a LangChain chat model: streaming, usage, limits, cancellation."""

import asyncio
import threading
from collections.abc import Iterator
from functools import reduce
from operator import add
from pathlib import Path

import pytest
from langchain_core.exceptions import ContextOverflowError
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessageChunk, HumanMessage, ToolMessage

from app.chat.embedded import EmbeddedChatModel
from app.chat.embedded_answer import TOO_LONG
from app.chat.embedded_thread import iterate_in_thread
from app.errors import ConfigurationError
from tests.embedded.conftest import Shipped

LIMIT = 5.0


@pytest.mark.parametrize("text", ["What time is it in Asia/Tokyo?", "hello", "Weather in Paris and in London"])
async def test_streaming_adds_up_to_the_same_answer(model: EmbeddedChatModel, shipped: Shipped, text: str) -> None:
    bound = model.bind_tools(shipped.tools)
    whole = await bound.ainvoke(text)
    chunks = [chunk async for chunk in bound.astream(text)]
    streamed = added(chunks)
    assert streamed.text == whole.text
    assert [(c["name"], c["args"]) for c in streamed.tool_calls] == [(c["name"], c["args"]) for c in whole.tool_calls]
    assert streamed.usage_metadata == whole.usage_metadata
    assert streamed.response_metadata == whole.response_metadata


async def test_text_comes_in_pieces(model: EmbeddedChatModel) -> None:
    pieces = [chunk.text async for chunk in model.astream("hello") if chunk.text]
    assert len(pieces) > 3


async def test_every_call_has_an_id_of_its_own(model: EmbeddedChatModel, shipped: Shipped) -> None:
    bound = model.bind_tools(shipped.tools)
    replies = [await bound.ainvoke("What is the weather in Paris and in London?") for _ in range(2)]
    ids = [call["id"] for reply in replies for call in reply.tool_calls]
    assert len(ids) == 4
    assert len(set(ids)) == 4


async def test_usage_counts_the_prompt_as_count_tokens_does(model: EmbeddedChatModel, shipped: Shipped) -> None:
    conversation = [HumanMessage("What time is it in Asia/Tokyo?")]
    reply = await model.bind_tools(shipped.tools).ainvoke(conversation)
    usage = reply.usage_metadata
    assert usage is not None
    assert usage["input_tokens"] == await model.count_tokens(conversation, shipped.tools)
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert reply.response_metadata["finish_reason"] == "stop"


async def test_an_answer_that_is_cut_off_says_so_and_calls_nothing(shipped: Shipped) -> None:
    short = EmbeddedChatModel.from_directory(max_tokens=4)
    reply = await short.bind_tools(shipped.tools).ainvoke("What time is it in Asia/Tokyo?")
    assert reply.response_metadata["finish_reason"] == "length"
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["output_tokens"] == 4
    assert not reply.tool_calls


async def test_a_quote_counts_as_the_tokens_it_takes(model: EmbeddedChatModel, shipped: Shipped) -> None:
    long = "a long way down the road " * 40
    calls = [{"id": "1", "name": "list_notes", "args": {}}]
    asked = [HumanMessage("list my notes"), AIMessage("", tool_calls=calls), ToolMessage(long, tool_call_id="1")]
    reply = await model.bind_tools(shipped.tools).ainvoke(asked)
    assert long.strip() in reply.text
    assert reply.usage_metadata is not None
    assert reply.usage_metadata["output_tokens"] >= len(model.load().encode(long.strip()))


async def test_a_request_that_is_read_in_part_calls_nothing(model: EmbeddedChatModel, shipped: Shipped) -> None:
    bound, text = model.bind_tools(shipped.tools), "water the plants " * 34
    short, long = [await bound.ainvoke(f'Add a note: "{text.strip()}{more}"') for more in ("", " and the trees")]
    assert [call["args"] for call in short.tool_calls] == [{"text": text.strip()}]
    assert not long.tool_calls
    assert long.text == TOO_LONG


async def test_with_tool_choice_none_nothing_is_called(model: EmbeddedChatModel, shipped: Shipped) -> None:
    reply = await model.bind_tools(shipped.tools, tool_choice="none").ainvoke("What time is it in Asia/Tokyo?")
    assert not reply.tool_calls
    assert "get_current_time" in reply.text


async def test_another_tool_choice_is_refused(model: EmbeddedChatModel, shipped: Shipped) -> None:
    with pytest.raises(ValueError, match="'required'"):
        model.bind_tools(shipped.tools, tool_choice="required")


async def test_a_prompt_beyond_the_window_is_an_overflow(model: EmbeddedChatModel) -> None:
    calls = [{"id": str(n), "name": "get_notes", "args": {"word": f"number {n} of many"}} for n in range(200)]
    results = [ToolMessage("nothing found, sorry", tool_call_id=str(n)) for n in range(200)]
    with pytest.raises(ContextOverflowError, match="4096"):
        await model.ainvoke([HumanMessage("search"), AIMessage("", tool_calls=calls), *results])


async def test_cancelling_an_answer_returns_at_once(model: EmbeddedChatModel, shipped: Shipped) -> None:
    answer = asyncio.create_task(model.bind_tools(shipped.tools).ainvoke("what can you do?"))
    await asyncio.sleep(0)
    answer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(answer, LIMIT)


async def test_the_thread_stops_when_nobody_listens() -> None:
    ended = threading.Event()

    def endless(stop: threading.Event) -> Iterator[int]:
        while not stop.is_set():
            yield 1
        ended.set()

    items = iterate_in_thread(endless)
    assert await anext(items) == 1
    await items.aclose()
    assert await asyncio.to_thread(ended.wait, LIMIT)


def test_generation_stops_at_the_next_token(model: EmbeddedChatModel) -> None:
    engine, stop = model.load(), threading.Event()
    pieces = engine.generate(engine.encode("<|im_start|>user\nhello<|im_end|>\n"), limit=100, stop=stop)
    next(pieces)
    stop.set()
    assert list(pieces) == []


def test_it_answers_without_an_event_loop(model: EmbeddedChatModel, shipped: Shipped) -> None:
    reply = model.bind_tools(shipped.tools).invoke("What time is it in Asia/Tokyo?")
    assert [call["args"] for call in reply.tool_calls] == [{"timezone": "Asia/Tokyo"}]


def test_a_directory_without_the_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="model.onnx"):
        EmbeddedChatModel.from_directory(tmp_path)


def added(chunks: list[BaseMessageChunk]) -> AIMessageChunk:
    total = reduce(add, chunks)
    assert isinstance(total, AIMessageChunk)
    return total
