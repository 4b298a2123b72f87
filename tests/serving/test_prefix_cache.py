"""The prompt only grows at its end, so vLLM's prefix cache serves all but the newest tokens: ten turns, replayed.

The agent's own requests are recorded against the scripted endpoint and sent again to vLLM with the template for
Qwen2.5. The embedded weights serve here because any will do: the cache looks at tokens, not at what they mean.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.commands.one_shot import context_for
from app.runtime import open_runtime
from app.session import Session
from app.settings_sources import load_settings
from app.shipped import shipped
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.serving.vllm_server import BLOCK, INSTALL_AND_BOOT_SECONDS, ServedEmbedded

TURNS = 10
SHARE = 0.85
TEMPLATE = shipped("prompts/templates/qwen2_5.jinja")
ZONES = ("Asia/Tokyo", "Europe/Lisbon", "America/Lima", "Africa/Cairo", "Asia/Kolkata")


@dataclass(frozen=True)
class Sent:
    """One request, and what vLLM made of it."""

    turn: int
    tokens: list[int]
    cached: float
    """Prompt tokens that came from the cache, by vLLM's counter."""


def replies_of(turn: int) -> list[Reply]:
    zone = ZONES[turn % len(ZONES)]
    now = Call("get_current_time", {"timezone": zone})
    note = Call("add_note", {"text": f"Call {zone} in turn {turn}, „später“."})
    calls = [now, note] if turn % 3 == 2 else [now]
    return [Reply(text="Let me look." if turn % 2 else "", calls=calls), Reply(text=f"That is the time in {zone}.")]


async def recorded(endpoint: ScriptedOpenAI) -> list[tuple[int, dict[str, Any]]]:
    """What the agent sends in a thread of ten turns, each with its turn."""
    settings = load_settings({"model": {"base_url": endpoint.base_url}, "mcp": {"config": shipped("mcp.json")}})
    sent: list[tuple[int, dict[str, Any]]] = []
    async with open_runtime(settings) as runtime:
        session = Session(runtime, "ten-turns", context_for(settings, approve_all=True))
        for turn in range(TURNS):
            endpoint.enqueue(*replies_of(turn))
            already = len(endpoint.requests)
            async for _ in session.send(f"What time is it in {ZONES[turn % len(ZONES)]}, for the {turn + 1}. time?"):
                pass
            sent += [(turn + 1, request.body) for request in endpoint.requests[already:]]
    return sent


def replay(server: ServedEmbedded, turn: int, body: dict[str, Any]) -> Sent:
    template = {"chat_template": TEMPLATE.read_text(encoding="utf-8"), "model": server.model}
    prompt = {"messages": body["messages"], "tools": body["tools"], **template}
    tokens = server.post("/tokenize", prompt)["tokens"]
    hits = server.counter("vllm:prefix_cache_hits_total")
    server.post("/v1/chat/completions", {**prompt, "max_tokens": 1, "temperature": 0})
    return Sent(turn, tokens, server.counter("vllm:prefix_cache_hits_total") - hits)


def common_prefix(one: list[int], other: list[int]) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


@pytest.mark.slow
@pytest.mark.vllm
@pytest.mark.timeout(INSTALL_AND_BOOT_SECONDS + 120)
async def test_the_prefix_cache_serves_what_a_thread_has_in_common_with_its_last_request(
    served_embedded: ServedEmbedded, scripted_openai: ScriptedOpenAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    requests = await recorded(scripted_openai)
    assert len(requests) == 2 * TURNS
    sent = [replay(served_embedded, turn, body) for turn, body in requests]
    print(f"\nblocks of {BLOCK} tokens\nturn  prompt  common with the last  from the cache")
    for previous, request in zip(sent, sent[1:], strict=False):
        common = common_prefix(previous.tokens, request.tokens)
        print(f"{request.turn:4}  {len(request.tokens):6}  {common:20}  {request.cached:14.0f}")
        if request.turn >= 3:
            assert request.cached >= SHARE * common
            assert common >= SHARE * len(previous.tokens)
