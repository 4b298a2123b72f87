"""Completions by the chat model for MCP servers that ask for one, as far as the policy and a person allow.

To the policy a request is a call of the pseudo-tool `SERVER:sampling` with the argument `max_tokens`: rules and
limits work as for any tool, and without a rule it asks, because what a server makes the model say costs tokens
and may carry what the model should not read. Temperature and model hints are left aside: the person's settings
say how their model is asked. Stop sequences are applied to the finished text, since not every model takes them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

from app.mcp_client.handlers import NOBODY, SamplingReply, SamplingRequest
from graphs.policy import Policy
from graphs.toolset import ToolSpec

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, AnyMessage

    from graphs.chat_models import ChatModels, ModelChoice

TOOL = "sampling"

AskSampling = Callable[[SamplingRequest], Awaitable[str]]
"""Asks the person about a request: the reason against it, empty to allow it."""

_LARGEST_SHARE = 2
"""An answer may take at most one part in so many of the model's context window."""


class Sampling:
    """Answers `ServerHandlers.sample`. Servers start before the models are open; an early request waits for them."""

    def __init__(self, policy: Policy, ask: AskSampling | None) -> None:
        self._policy = policy
        self._ask = ask
        self._models: asyncio.Future[ChatModels] = asyncio.get_running_loop().create_future()

    def open(self, models: "ChatModels") -> None:
        """Serve requests with these models from now on."""
        self._models.set_result(models)

    async def sample(self, request: SamplingRequest) -> SamplingReply:
        """The completion, or why there is none."""
        if reason := await self._reason_against(request):
            return SamplingReply(refused=f"The chat model was not asked: {reason}.")
        from langchain_core.exceptions import ModelError

        try:
            messages = chat_messages(request)
        except ValueError as error:
            return SamplingReply(refused=f"The chat model was not asked: {error}.")
        models = await asyncio.shield(self._models)
        failure = "there is no model"
        for choice in await models.choose(""):
            try:
                return _reply(await _complete(choice, messages, request), choice, request)
            except ModelError as error:
                failure = " ".join(str(error).split())[:300]
        return SamplingReply(refused=f"The chat model failed: {failure}.")

    async def _reason_against(self, request: SamplingRequest) -> str:
        spec = ToolSpec(name=TOOL, server=request.server, tool=TOOL)
        verdict = self._policy.judge(spec, {"max_tokens": request.max_tokens})
        if verdict["decision"] == "deny":
            return f"denied by the policy ({verdict['reason']})"
        if verdict["decision"] == "allow":
            return ""
        if self._ask is None:
            return f"{NOBODY}, and no rule of the policy allows {spec.qualified}"
        return await self._ask(request)


async def approve_sampling(request: SamplingRequest) -> str:
    """An `AskSampling` for whoever approved everything beforehand; what the policy denies never gets here."""
    return ""


def chat_messages(request: SamplingRequest) -> "list[AnyMessage]":
    """The request's messages for the chat model.

    Raises:
        ValueError: a message holds what cannot be shown to a chat model, such as audio.
    """
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

    messages: list[AnyMessage] = [SystemMessage(request.system_prompt)] if request.system_prompt else []
    for message in request.messages:
        kind = AIMessage if message["role"] == "assistant" else HumanMessage
        messages.append(kind(cast(Any, _content(message["content"]))))
    return messages


def _content(content: dict[str, Any] | list[dict[str, Any]]) -> str | list[dict[str, Any]]:
    blocks = content if isinstance(content, list) else [content]
    if all(block["type"] == "text" for block in blocks):
        return "\n".join(block["text"] for block in blocks)
    return [_part(block) for block in blocks]


def _part(block: dict[str, Any]) -> dict[str, Any]:
    if block["type"] == "text":
        return {"type": "text", "text": block["text"]}
    if block["type"] == "image":
        return {"type": "image_url", "image_url": {"url": f"data:{block['mimeType']};base64,{block['data']}"}}
    raise ValueError(f"it cannot be shown content of the type {block['type']}")


async def _complete(choice: "ModelChoice", messages: "list[AnyMessage]", request: SamplingRequest) -> "AIMessage":
    """Ask once. The text is the server's, so it is kept out of what streams to the person."""
    largest = choice.context_window // _LARGEST_SHARE if choice.context_window else request.max_tokens
    limit = min(request.max_tokens, largest)
    return await choice.model.ainvoke(messages, {"tags": ["nostream"], "callbacks": []}, max_tokens=limit)


def _reply(answer: "AIMessage", choice: "ModelChoice", request: SamplingRequest) -> SamplingReply:
    text, stop_reason = answer.text, "endTurn"
    if answer.response_metadata.get("finish_reason") == "length":
        stop_reason = "maxTokens"
    ends = [at for stop in request.stop_sequences if stop and (at := text.find(stop)) >= 0]
    if ends:
        text, stop_reason = text[: min(ends)], "stopSequence"
    return SamplingReply(text=text, model=choice.name, stop_reason=stop_reason)
