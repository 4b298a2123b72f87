"""ChatOpenAI as vLLM needs it.

langchain-openai drops `reasoning`, sends tool results as lists that plain templates cannot print, and
does not know vLLM's words for a prompt that is too long. Retries are the graph's, so there are none here.
Decided against a client of our own over httpx: it would save half a second of imports, and lose what
langchain-openai knows of OpenAI-compatible servers.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Self
from urllib.parse import quote

import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import BaseMessage
from langchain_core.messages.utils import count_tokens_approximately
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.runnables.config import ensure_config
from langchain_openai.chat_models.base import ChatOpenAI
from pydantic import SecretStr

from app.chat.endpoint import bearer
from app.chat.error_kinds import told_apart
from app.chat.images import mentions_files
from app.chat.transport import transport_options
from app.chat.wire_format import prepared, printable
from app.settings import Endpoint, ModelSettings, Placement
from app.tracing.current import chat_headers

_REASONING_FIELDS = ("reasoning", "reasoning_content")
_TOOL_FIELDS = ("tools", "tool_choice", "parallel_tool_calls")


class ChatVLLM(ChatOpenAI):
    """A model served by vLLM, or by another server that speaks its dialect.

    Raises the errors of `langchain_core.exceptions`. Thinking arrives in
    `additional_kwargs["reasoning_content"]` of messages and chunks.
    """

    images: Placement = "user"
    """Where images of tool results go."""
    image_side: int = 640
    """Pixels that the longer side of such an image has at most when it is sent."""

    @classmethod
    def of(cls, endpoint: Endpoint, model: str, settings: ModelSettings) -> Self:
        """The chat model for a served name, with HTTP clients of its own; nothing is sent yet."""
        options = transport_options(endpoint.base_url)
        fields: dict[str, Any] = {
            "model": model,
            "base_url": endpoint.base_url,
            "api_key": SecretStr(bearer(endpoint)),
            "temperature": settings.temperature,
            "max_tokens": settings.max_tokens,
            "timeout": openai.Timeout(settings.timeout, connect=settings.connect_timeout),
            "images": endpoint.images or settings.images,
            "image_side": settings.image_side,
            "max_retries": 0,
            "disable_streaming": not settings.stream,
            "stream_usage": True,
            "stream_chunk_timeout": None,  # the read timeout above bounds every chunk
            "use_responses_api": False,
            "openai_proxy": None,
            "http_client": openai.DefaultHttpxClient(**options),
            "http_async_client": openai.DefaultAsyncHttpxClient(**options),
        }
        return cls(**fields)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.root_async_client.close()
        self.root_client.close()

    async def wire_messages(self, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
        """The messages as a request carries them."""
        return self._payload(await self._prepared(messages))["messages"]

    def get_num_tokens_from_messages(self, messages: Sequence[BaseMessage], tools: Any = None, **kwargs: Any) -> int:
        """An estimate; the inherited count downloads OpenAI's vocabulary, which is another model's anyway."""
        return count_tokens_approximately(messages)

    def get_token_ids(self, text: str) -> list[int]:
        """Not available: only the endpoint has the vocabulary."""
        raise NotImplementedError("only the endpoint knows token ids")

    async def _prepared(self, messages: Sequence[BaseMessage]) -> list[BaseMessage]:
        if mentions_files(messages):
            return await asyncio.to_thread(prepared, messages, self.images, self.image_side)
        return prepared(messages, self.images, self.image_side)

    def _get_request_payload(
        self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        payload = self._payload(input_, stop=stop, **kwargs)
        if headers := chat_headers(payload["messages"]):
            payload["extra_headers"] = {**headers, **payload.get("extra_headers", {})}
        return _as_extra_body(payload)

    def _payload(self, input_: LanguageModelInput, *, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        payload = super()._get_request_payload(input_, stop=stop, **_with_session_header(kwargs))
        payload["messages"] = [printable(message) for message in payload["messages"]]
        if payload.get("tools"):
            return payload
        return {name: value for name, value in payload.items() if name not in _TOOL_FIELDS}

    def _create_chat_result(
        self, response: dict[str, Any] | openai.BaseModel, generation_info: dict[str, Any] | None = None
    ) -> ChatResult:
        result = super()._create_chat_result(response, generation_info)
        answer = response if isinstance(response, dict) else response.model_dump()
        for generation, choice in zip(result.generations, answer["choices"], strict=True):
            _adopt(generation.message, choice["message"])
        return result

    def _convert_chunk_to_generation_chunk(
        self, chunk: dict[str, Any], default_chunk_class: type, base_generation_info: dict[str, Any] | None
    ) -> ChatGenerationChunk | None:
        generation = super()._convert_chunk_to_generation_chunk(chunk, default_chunk_class, base_generation_info)
        choices = chunk.get("choices")
        if generation and choices:
            _adopt(generation.message, choices[0]["delta"])
        return generation

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        sent = await self._prepared(messages)
        with told_apart():
            async for chunk in super()._astream(sent, stop, run_manager, **kwargs):
                yield chunk

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        sent = await self._prepared(messages)
        with told_apart():
            return await super()._agenerate(sent, stop, run_manager, **kwargs)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        with told_apart():
            yield from super()._stream(prepared(messages, self.images, self.image_side), stop, run_manager, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with told_apart():
            return super()._generate(prepared(messages, self.images, self.image_side), stop, run_manager, **kwargs)


def _adopt(message: BaseMessage, raw: dict[str, Any]) -> None:
    """Take over what langchain-openai drops, and say whose dialect it is, or its translator hides it again."""
    message.response_metadata["model_provider"] = "vllm"
    thinking = next((raw[name] for name in _REASONING_FIELDS if raw.get(name)), None)
    if thinking:
        message.additional_kwargs["reasoning_content"] = thinking


def _as_extra_body(payload: dict[str, Any]) -> dict[str, Any]:
    """Let openai's client send messages and tools as they are.

    It walks through all of them in every request, looking for fields to rename; there are none, and in a thread of
    forty messages the search costs as much as the rest of a step. The body that is sent is the same.
    """
    if "response_format" in payload:  # there the client itself reads the tools
        return payload
    heavy = {name: payload.pop(name) for name in ("messages", "tools") if name in payload}
    return payload | {"messages": [], "extra_body": heavy | (payload.get("extra_body") or {})}


def _with_session_header(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Name the thread to routers in front of several replicas, so that it stays with the one that has its cache."""
    thread = ensure_config().get("configurable", {}).get("thread_id")
    if not thread:
        return kwargs
    return kwargs | {"extra_headers": {"X-Session-ID": quote(str(thread))} | kwargs.get("extra_headers", {})}
