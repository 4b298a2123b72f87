import json
import socket
import threading

import pytest
from langchain_core import exceptions as kinds

from app.chat.error_kinds import is_overflow
from app.chat.vllm_chat import ChatVLLM
from app.settings import Endpoint, ModelSettings
from tests.chat.served import served, streamed
from tests.scripted_openai import Reply, ScriptedOpenAI, http_error, overflow

OVERFLOWS = {
    "vllm": overflow(4096, 5000),
    "vllm engine": http_error(400, "The decoder prompt (length 9) is longer than the maximum model length of 8."),
    "openai": Reply(
        status=400, error={"error": {"message": "Too long.", "type": "x", "code": "context_length_exceeded"}}
    ),
    "llama.cpp": http_error(400, "request (4390 tokens) exceeds the available context size (4096 tokens)"),
    "llama.cpp, status 500": http_error(500, "Context size has been exceeded."),
    "ollama": http_error(400, "the input length exceeds the context length"),
}


@pytest.mark.parametrize("reply", OVERFLOWS.values(), ids=OVERFLOWS.keys())
async def test_a_prompt_that_is_too_long_is_told_from_other_bad_requests(
    scripted_openai: ScriptedOpenAI, reply: Reply
) -> None:
    scripted_openai.always(reply)
    async with served(scripted_openai) as model:
        with pytest.raises(kinds.ContextOverflowError):
            await streamed(model, "hi")
        with pytest.raises(kinds.ContextOverflowError):
            await model.ainvoke("hi")


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (http_error(500), kinds.ModelAPIError),
        (http_error(503), kinds.ModelAPIError),
        (http_error(429, retry_after="1"), kinds.ModelRateLimitError),
        (http_error(400, "tool_choice without tools"), kinds.ModelInvalidRequestError),
        (http_error(401), kinds.ModelAuthenticationError),
        (http_error(404, "no such model"), kinds.ModelNotFoundError),
        (Reply(drop_after=0), kinds.ModelConnectionError),
        (Reply(text="a longer text", drop_after=2), kinds.ModelConnectionError),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else f"{value.status}",
)
async def test_an_error_is_of_one_kind_and_asked_once(
    scripted_openai: ScriptedOpenAI, reply: Reply, kind: type[Exception]
) -> None:
    scripted_openai.always(reply)
    async with served(scripted_openai) as model:
        with pytest.raises(kind):
            await streamed(model, "hi")
    assert len(scripted_openai.requests) == 1


async def test_a_stream_that_stands_still_times_out(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(Reply(text="a longer text", hold=threading.Event(), hold_after=2))
    async with served(scripted_openai, timeout=0.2) as model:
        with pytest.raises(kinds.ModelTimeoutError):
            await streamed(model, "hi")


async def test_an_error_inside_a_stream_is_the_servers(scripted_openai: ScriptedOpenAI) -> None:
    failure = {"message": "EngineCore encountered an issue.", "type": "InternalServerError", "code": 500}
    scripted_openai.enqueue(Reply(text="begun", stream_error={"error": failure}))
    async with served(scripted_openai) as model:
        with pytest.raises(kinds.ModelAPIError, match="EngineCore"):
            await streamed(model, "hi")


async def test_a_dead_port_is_a_connection_error() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unheard.getsockname()[1]}/v1"
        model = ChatVLLM.of(Endpoint(base_url=url), "m", ModelSettings())
        with pytest.raises(kinds.ModelConnectionError):
            await streamed(model, "hi")
        await model.aclose()


def test_ordinary_messages_are_no_overflow() -> None:
    assert not is_overflow(json.dumps({"message": "max_tokens must be at least 1", "context": "length"}))
