"""Completions for servers, asked of a real endpoint."""

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from app.chat.models import open_chat_models
from app.mcp_client.handlers import SamplingRequest
from app.sampling import Sampling, approve_sampling
from app.settings import ModelSettings, SettingsTree
from graphs.policy import Policy
from tests.scripted_openai import Reply, ScriptedOpenAI


@pytest_asyncio.fixture
async def sampling(scripted_openai: ScriptedOpenAI) -> AsyncIterator[Sampling]:
    models = open_chat_models(SettingsTree(model=ModelSettings(base_url=scripted_openai.base_url)))
    answering = Sampling(Policy(), approve_sampling)
    answering.open(models)
    yield answering
    await models.aclose()


def request(*contents: Any, **keys: Any) -> SamplingRequest:
    messages = [{"role": "user", "content": content} for content in contents]
    return SamplingRequest(server="arm", messages=messages, **{"max_tokens": 50, **keys})


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


async def test_a_stop_sequence_ends_the_text(sampling: Sampling, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue("one, two; three")
    reply = await sampling.sample(request(text("count"), stop_sequences=[";", ","]))
    assert (reply.text, reply.stop_reason, reply.model) == ("one", "stopSequence", "scripted")


async def test_an_answer_at_its_limit_says_so(sampling: Sampling, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="one, tw", finish_reason="length"))
    reply = await sampling.sample(request(text("count")))
    assert (reply.text, reply.stop_reason) == ("one, tw", "maxTokens")


async def test_no_answer_may_take_more_than_half_of_the_window(
    sampling: Sampling, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue("long")
    await sampling.sample(request(text("write"), max_tokens=1_000_000))
    assert scripted_openai.requests[0].body["max_completion_tokens"] == 32768 // 2


async def test_an_image_of_the_server_is_shown(sampling: Sampling, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue("a cat")
    image = {"type": "image", "data": "aGk=", "mimeType": "image/png"}
    assert (await sampling.sample(request([text("what?"), image]))).text == "a cat"
    shown = scripted_openai.requests[0].body["messages"][0]["content"]
    assert shown[1]["image_url"]["url"] == "data:image/png;base64,aGk="


async def test_what_no_chat_model_can_be_shown_is_refused(sampling: Sampling, scripted_openai: ScriptedOpenAI) -> None:
    reply = await sampling.sample(request({"type": "audio", "data": "aGk=", "mimeType": "audio/wav"}))
    assert "content of the type audio" in reply.refused
    assert scripted_openai.requests == []
