"""Whose request it is: what servers of tools and models are told, and what we were told ourselves."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.tracing.span import Place, read_place
from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.source_tree import ROOT
from tests.tracing.conftest import ECHO, Traced

Servers = Callable[..., Path]
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def listens(port: int) -> bool:
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def echo_over_http(unused_tcp_port: int) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "tests.tracing.echo_server", "http", str(unused_tcp_port)]
    with subprocess.Popen(command, cwd=ROOT) as server:
        try:
            end = time.monotonic() + 20
            while not listens(unused_tcp_port):
                assert time.monotonic() < end, "the server never listened"
                time.sleep(0.02)
            yield {"url": f"http://127.0.0.1:{unused_tcp_port}/mcp"}
        finally:
            server.terminate()


def ask_for_context(scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("context_of_the_call")]), "Done.")


def echoed(scripted_openai: ScriptedOpenAI) -> dict[str, str]:
    """What the server said it was sent, as the model read it."""
    return json.loads(scripted_openai.requests[-1].body["messages"][-1]["content"])


@pytest.mark.slow
def test_a_server_over_stdio_is_told_the_request_it_answers(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    ask_for_context(scripted_openai)
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    assert echoed(scripted_openai)["traceparent"] == trace.one("tools/call").traceparent


@pytest.mark.slow
def test_a_server_over_http_is_told_the_request_it_answers(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, echo_over_http: dict[str, Any]
) -> None:
    ask_for_context(scripted_openai)
    _, trace = traced("Go", "--mcp-config", servers(echo=echo_over_http))
    assert echoed(scripted_openai)["traceparent"] == trace.one("tools/call").traceparent


@pytest.mark.slow
def test_a_model_server_is_told_the_chat_it_answers(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    ask_for_context(scripted_openai)
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    told = [request.headers["traceparent"] for request in scripted_openai.requests]
    assert told == [chat.traceparent for chat in trace.named("chat")]


@pytest.mark.slow
def test_nobody_is_told_anything_while_nothing_is_recorded(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    ask_for_context(scripted_openai)
    asking("Go", "--mcp-config", servers(echo=ECHO))
    assert "traceparent" not in (echoed(scripted_openai) or {})
    assert all("traceparent" not in request.headers for request in scripted_openai.requests)


@pytest.mark.slow
def test_a_run_belongs_to_the_trace_of_whoever_started_it(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "TRACEPARENT": f"00-{TRACE}-{PARENT}-01",
        "TRACESTATE": "vendor=1",
        "BAGGAGE": "team=robots",
    }.items():
        monkeypatch.setenv(name, value)
    ask_for_context(scripted_openai)
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    assert {line.raw["trace_id"] for line in trace.lines} == {TRACE}
    assert trace.one("invoke_agent switchyard").raw["parent_id"] == PARENT
    told = echoed(scripted_openai)
    assert (told["tracestate"], told["baggage"]) == ("vendor=1", "team=robots")
    assert scripted_openai.requests[0].headers["tracestate"] == "vendor=1"


def test_a_place_is_read_as_it_is_written():
    place = Place(trace_id=int(TRACE, 16), span_id=int(PARENT, 16), carried=(("tracestate", "a=b"),))
    assert place.traceparent == f"00-{TRACE}-{PARENT}-01"
    assert read_place(place.as_carrier()) == place


def test_a_trace_that_nobody_samples_stays_that_way():
    place = read_place({"traceparent": f"00-{TRACE}-{PARENT}-00"})
    assert place is not None
    assert not place.sampled
    assert place.traceparent.endswith("-00")


@pytest.mark.parametrize(
    "told",
    [
        "",
        "rubbish",
        f"ff-{TRACE}-{PARENT}-01",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE[1:]}-{PARENT}-01",
    ],
)
def test_a_place_that_cannot_be_read_is_none(told: str):
    assert read_place({"traceparent": told, "tracestate": "a=b"}) is None
