"""A small streaming client that only looks at the clock.

The openai package is not used: it parses every event into models before anybody can look at the time.
What counts as a token's arrival: an event with content, reasoning or tool calls. The first event of
vLLM and others is an empty one that only names the role; counting it makes TTFT a quarter of the truth.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import httpx

from app.bench.prompt_set import Prompt
from app.bench.request_record import RequestRecord
from app.bench.target import Target
from app.chat.transport import transport_options

_TEXTS = ("content", "reasoning", "reasoning_content")


@dataclass(frozen=True)
class Slot:
    """Where a request stands in the measurement."""

    protocol: str
    concurrency: int
    number: int
    began: float
    """When the protocol began, by `time.perf_counter`."""


@dataclass
class _Stream:
    """What has come of one answer so far."""

    sent: float
    arrivals: list[float] = field(default_factory=list[float])
    text: list[str] = field(default_factory=list[str])
    called: bool = False
    finish_reason: str = ""
    usage: dict[str, Any] = field(default_factory=dict[str, Any])
    error: str = ""

    def take(self, event: dict[str, Any], now: float) -> None:
        if failure := event.get("error"):
            self.error = _said(failure)
        if isinstance(usage := event.get("usage"), dict):
            self.usage = cast(dict[str, Any], usage)
        for choice in _objects(event.get("choices")):
            delta = choice.get("delta")
            if isinstance(delta, dict) and self._carries(cast(dict[str, Any], delta)):
                self.arrivals.append(now)
            self.finish_reason = choice.get("finish_reason") or self.finish_reason

    def _carries(self, delta: dict[str, Any]) -> bool:
        if isinstance(content := delta.get("content"), str):
            self.text.append(content)
        self.called = self.called or bool(delta.get("tool_calls"))
        return bool(delta.get("tool_calls")) or any(delta.get(name) for name in _TEXTS)

    def record(self, target: Target, slot: Slot, prompt: Prompt, ended: float) -> RequestRecord:
        error = self.error or ("" if self.finish_reason else "the stream ended before the answer did")
        counted = self.usage.get("completion_tokens")
        asked = self.usage.get("prompt_tokens")
        pairs = zip(self.arrivals, self.arrivals[1:], strict=False)
        return RequestRecord(
            target=target.name,
            protocol=slot.protocol,
            concurrency=slot.concurrency,
            number=slot.number,
            started=self.sent - slot.began,
            latency=ended - self.sent,
            ttft=self.arrivals[0] - self.sent if self.arrivals else None,
            gaps=[later - earlier for earlier, later in pairs],
            input_tokens=asked if isinstance(asked, int) else None,
            output_tokens=counted if isinstance(counted, int) else len(self.arrivals) or None,
            counted=isinstance(counted, int),
            text="".join(self.text),
            finish_reason=self.finish_reason,
            error=error,
            expected_language="" if self.called else prompt.language,
        )


def open_client(target: Target, *, timeout: float) -> httpx.AsyncClient:
    """A client that keeps as many connections as there are requests at once."""
    return httpx.AsyncClient(
        base_url=target.url.rstrip("/") + "/",
        headers={"Authorization": f"Bearer {target.key}"},
        timeout=httpx.Timeout(timeout, connect=10.0),
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=None),
        **transport_options(target.url),
    )


async def open_connections(client: httpx.AsyncClient, count: int) -> None:
    """Ask for something small so many times at once that each later request finds a connection open."""
    await asyncio.gather(*(client.get("models") for _ in range(count)), return_exceptions=True)


def request_body(target: Target, prompt: Prompt, max_tokens: int) -> dict[str, Any]:
    """What is sent."""
    usage = {"stream": True, "stream_options": {"include_usage": True}}
    return {"model": target.model, "temperature": 0, "max_tokens": max_tokens} | usage | prompt.body() | target.body


async def time_request(
    client: httpx.AsyncClient, target: Target, prompt: Prompt, slot: Slot, body: dict[str, Any], limit: float
) -> RequestRecord:
    """Send one request and read its stream to the end, for at most `limit` seconds; a failure is part of the record."""
    stream = _Stream(time.perf_counter())
    try:
        async with asyncio.timeout(limit), client.stream("POST", "chat/completions", json=body) as response:
            if response.is_success:
                await _read(stream, response)
            else:
                stream.error = f"{response.status_code}: {_said(await _answer(response))}"
    except TimeoutError:
        stream.error = f"no whole answer after {limit:g} s"
    except httpx.HTTPError as error:
        stream.error = f"{type(error).__name__}: {error}".rstrip(": ")
    return stream.record(target, slot, prompt, time.perf_counter())


async def _read(stream: _Stream, response: httpx.Response) -> None:
    async for data, now in _events(response):
        if data == "[DONE]":
            return
        event: object = json.loads(data)
        if isinstance(event, dict):
            stream.take(cast(dict[str, Any], event), now)


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, float]]:
    """The payload of each event and when it came."""
    async for line in response.aiter_lines():
        now = time.perf_counter()
        if line.startswith("data:"):
            yield line[5:].strip(), now


async def _answer(response: httpx.Response) -> object:
    raw = await response.aread()
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _said(failure: object) -> str:
    """The sentence inside an error object, whatever its shape."""
    while isinstance(failure, dict):
        inner = cast(dict[str, object], failure)
        failure = inner.get("error") or inner.get("message") or inner.get("detail") or json.dumps(inner)
    return " ".join(str(failure).split())[:300]


def _objects(value: object) -> list[dict[str, Any]]:
    entries = cast(list[object], value) if isinstance(value, list) else []
    return [cast(dict[str, Any], entry) for entry in entries if isinstance(entry, dict)]
