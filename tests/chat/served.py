"""A ChatVLLM against the scripted server, as the tests of this folder build it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from langchain_core.messages import AIMessageChunk

from app.chat.vllm_chat import ChatVLLM
from app.settings import Endpoint, ModelSettings
from tests.scripted_openai import ScriptedOpenAI

GET_TIME = {
    "type": "function",
    "function": {
        "name": "get_time",
        "description": "The time in a zone.",
        "parameters": {"type": "object", "properties": {"zone": {"type": "string"}}, "required": ["zone"]},
    },
}


@asynccontextmanager
async def served(server: ScriptedOpenAI, **settings: object) -> AsyncIterator[ChatVLLM]:
    model = ChatVLLM.of(Endpoint(base_url=server.base_url), "scripted", ModelSettings(**settings))
    try:
        yield model
    finally:
        await model.aclose()


async def streamed(model, messages, **kwargs) -> AIMessageChunk:
    chunks = [chunk async for chunk in model.astream(messages, **kwargs)]
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole
