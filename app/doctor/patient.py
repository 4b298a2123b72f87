"""Asking the endpoint under examination: chat requests as the agent's would be, over httpx alone.

Every failure to answer is an answer too (`Answer.refusal`), because what an endpoint refuses, and in which
words, is what the checks are about.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import httpx

from app.chat.endpoint import bearer
from app.chat.transport import transport_options
from app.doctor.answer import Answer, read_completion, read_refusal, read_stream
from app.doctor.backends import Backend, recognise
from app.settings import Endpoint, ModelSettings

MOST_TOKENS = 1024
"""Of one answer: enough to think before a call, little enough that a model gone astray ends."""

Message = Mapping[str, Any]
Tool = Mapping[str, Any]


@dataclass(frozen=True)
class Patient:
    """An endpoint, the model asked there, and a way to ask; close it after use."""

    http: httpx.AsyncClient
    model: str
    backend: Backend
    window: int | None
    """Context length in tokens, where the endpoint says it."""

    @classmethod
    def of(cls, endpoint: Endpoint, model: str, backend: Backend, window: int | None, settings: ModelSettings) -> Self:
        """The patient for a served model; nothing is sent yet."""
        client = httpx.AsyncClient(
            base_url=endpoint.base_url,
            headers={"Authorization": f"Bearer {bearer(endpoint)}"},
            timeout=httpx.Timeout(settings.timeout, connect=settings.connect_timeout),
            **transport_options(endpoint.base_url),
        )
        return cls(client, model, backend, window)

    async def ask(
        self, messages: Sequence[Message], *, tools: Sequence[Tool] = (), stream: bool = False, **more: Any
    ) -> Answer:
        """One chat request with the least randomness the endpoint allows."""
        body: dict[str, Any] = {"model": self.model, "messages": list(messages)} | self._limits() | more
        if tools:
            body["tools"] = list(tools)
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        try:
            response = await self.http.post("chat/completions", json=body)
            if not response.is_success:
                return read_refusal(response.status_code, response.content)
            return read_stream(response.text.split("\n")) if stream else read_completion(response.json())
        except httpx.HTTPError as error:
            return Answer(refusal=f"the connection failed: {error or type(error).__name__}", status=0)
        except (ValueError, TypeError, AttributeError) as error:
            return Answer(refusal=f"the answer cannot be read: {error}", status=0)

    async def recognise(self) -> Backend:
        """The kind of server, by its list of models."""
        try:
            models = (await self.http.get("models")).json()["data"]
            owner = str(models[0].get("owned_by", ""))
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError):
            owner = ""
        return recognise(str(self.http.base_url), owner)

    async def read(self, path: str) -> str:
        """The text of a page beside `/v1`, for example `metrics`; empty where there is none."""
        root = str(self.http.base_url).rstrip("/").removesuffix("/v1")
        try:
            response = await self.http.get(f"{root}/{path}")
        except httpx.HTTPError:
            return ""
        return response.text if response.is_success else ""

    def _limits(self) -> dict[str, Any]:
        if self.backend.name == "OpenAI":
            return {"max_completion_tokens": MOST_TOKENS}
        most = min(MOST_TOKENS, self.window // 3) if self.window else MOST_TOKENS
        return {"max_tokens": most, "temperature": 0}
