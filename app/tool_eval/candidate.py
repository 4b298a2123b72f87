"""Who is evaluated: a model at an endpoint, asked over plain HTTP so that nothing is mended on the way."""

import time
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, Self

import httpx

from app.chat.endpoint import bearer
from app.chat.transport import transport_options
from app.doctor.answer import read_refusal
from app.doctor.backends import recognise
from app.settings import Endpoint
from app.tool_eval.case import Case, Message
from app.tool_eval.wire_reply import WireReply, read_events, read_whole


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How replies are drawn."""

    temperature: float | None = 0.0
    """None leaves it to the server."""
    max_tokens: int = 512


class Candidate(Protocol):
    """A model that can be asked."""

    @property
    def name(self) -> str:
        """How it is called in tables."""
        ...

    @property
    def model(self) -> str:
        """The served name."""
        ...

    @property
    def place(self) -> str:
        """Its address."""
        ...

    def can_be_asked(self, case: Case) -> bool:
        """Whether it knows what the case asks for."""
        ...

    async def ask(self, case: Case, messages: list[Message], *, stream: bool) -> WireReply:
        """One reply; a failure is a reply too."""
        ...

    async def page(self, path: str) -> str:
        """The text of a page beside `/v1`, for example `metrics`; empty where there is none."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True, kw_only=True)
class ServedCandidate:
    """A model at an OpenAI-compatible endpoint."""

    name: str
    model: str
    place: str
    http: httpx.AsyncClient
    sampling: Sampling
    window: int | None = None
    """Context length in tokens, where the endpoint says it."""
    body: dict[str, Any] = field(default_factory=dict[str, Any])
    """Fields added to every request."""

    @classmethod
    def of(cls, name: str, endpoint: Endpoint, model: str, sampling: Sampling, *, timeout: float, **more: Any) -> Self:
        """The candidate at an endpoint; nothing is sent yet."""
        http = httpx.AsyncClient(
            base_url=endpoint.base_url,
            headers={"Authorization": f"Bearer {bearer(endpoint)}"},
            timeout=httpx.Timeout(timeout, connect=10.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
            **transport_options(endpoint.base_url),
        )
        return cls(name=name, model=model, place=endpoint.base_url, http=http, sampling=sampling, **more)

    def can_be_asked(self, case: Case) -> bool:
        """Always: what an endpoint does not know is a failure of it."""
        return True

    async def ask(self, case: Case, messages: list[Message], *, stream: bool) -> WireReply:
        """One chat request; its failure is a reply with a refusal."""
        began = time.perf_counter()
        reply = await self._sent(self._request(case, messages, stream), stream)
        return replace(reply, seconds=time.perf_counter() - began)

    async def page(self, path: str) -> str:
        """The text of a page beside `/v1`; empty where there is none."""
        try:
            response = await self.http.get(f"{self.place.rstrip('/').removesuffix('/v1')}/{path}")
        except httpx.HTTPError:
            return ""
        return response.text if response.is_success else ""

    async def aclose(self) -> None:
        """Close the connections."""
        await self.http.aclose()

    async def _sent(self, body: dict[str, Any], stream: bool) -> WireReply:
        try:
            response = await self.http.post("chat/completions", json=body)
            if not response.is_success:
                return WireReply(refusal=read_refusal(response.status_code, response.content).refusal, status=400)
            return read_events(response.text.split("\n")) if stream else read_whole(response.json())
        except httpx.HTTPError as error:
            return WireReply(refusal=f"the connection failed: {error or type(error).__name__}", status=0)
        except (ValueError, TypeError, AttributeError) as error:
            return WireReply(refusal=f"the reply cannot be read: {error}", status=0)

    def _request(self, case: Case, messages: list[Message], stream: bool) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "messages": messages, "tools": list(case.tools.schemas)}
        if case.choice != "auto":
            body["tool_choice"] = case.wire_choice()
        if case.parallel is not None:
            body["parallel_tool_calls"] = case.parallel
        if stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        return body | self._limits() | self.body

    def _limits(self) -> dict[str, Any]:
        most = min(self.sampling.max_tokens, self.window // 3) if self.window else self.sampling.max_tokens
        if recognise(self.place, "").name == "OpenAI":
            return {"max_completion_tokens": most}
        temperature = {} if self.sampling.temperature is None else {"temperature": self.sampling.temperature}
        return {"max_tokens": most, **temperature}
