import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.tracing.opened import collector_address
from app.tracing.otlp import Collector
from app.tracing.tracing import Tracing
from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.tracing.collector import closed_address, collecting, silent_address
from tests.tracing.conftest import ECHO, Traced

Servers = Callable[..., Path]
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


@pytest.mark.slow
def test_a_collector_gets_what_the_file_gets(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("fail", {"why": "x"})]), "Done.")
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.address)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=robots")
        monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=lab")
        outcome, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    assert outcome.code == 0
    assert "traces" not in outcome.stderr
    assert set(collector.spans) == {line.id for line in trace.lines}
    assert collector.resources[0]["service.name"] == "switchyard"
    assert collector.resources[0]["deployment.environment.name"] == "lab"
    assert collector.headers[0]["x-tenant"] == "robots"
    chat = trace.named("chat scripted")[0]
    sent = collector.spans[chat.id]
    assert (sent.name, sent.parent_span_id.hex()) == (chat.name, chat.raw["parent_id"])
    assert sent.kind == sent.SPAN_KIND_CLIENT
    attributes = {entry.key: entry.value for entry in sent.attributes}
    assert attributes["gen_ai.usage.input_tokens"].int_value == chat["gen_ai.usage.input_tokens"]
    assert attributes["gen_ai.response.finish_reasons"].array_value.values[0].string_value == "tool_calls"
    failed = collector.spans[trace.one("execute_tool fail").id]
    assert failed.status.code == failed.status.STATUS_CODE_ERROR
    assert (sent.end_time_unix_nano - sent.start_time_unix_nano) / 1e9 == pytest.approx(chat.raw["seconds"], abs=1e-5)


@pytest.mark.slow
def test_a_service_may_be_named_by_the_usual_variable(
    asking: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_openai.enqueue("Done.")
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.address)
        monkeypatch.setenv("OTEL_SERVICE_NAME", "robot-7")
        asking("Go", "--mcp-config", servers())
    assert collector.resources[0]["service.name"] == "robot-7"
    assert len(collector.spans) == 3


@pytest.mark.slow
def test_traces_that_the_sampler_leaves_out_are_not_sent_and_others_are_told(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripted_openai.enqueue("Done.")
    with collecting() as collector:
        monkeypatch.setenv(ENDPOINT, collector.address)
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
        _, trace = traced("Go", "--mcp-config", servers())
    assert collector.spans == {}
    assert scripted_openai.requests[0].headers["traceparent"].endswith("-00")
    assert len(trace.lines) == 3


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "reason"),
    [("closed", "the connection was refused"), ("silent", "no answer within 0.5 s"), ("refusing", "it answered 403")],
)
def test_a_collector_that_is_dead_costs_a_run_one_line_and_half_a_second(
    asking: RunApp,
    servers: Servers,
    scripted_openai: ScriptedOpenAI,
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    reason: str,
) -> None:
    monkeypatch.setenv("TRACING__FLUSH", "0.5")
    ended: list[float] = []

    def answer(_: object) -> str:
        ended.append(time.monotonic())
        return "Done."

    scripted_openai.enqueue(answer)
    with silent_address() as silent, collecting(403) as refusing:
        address = {"closed": closed_address(), "silent": silent, "refusing": refusing.address}[place]
        monkeypatch.setenv(ENDPOINT, address)
        outcome = asking("Go", "--mcp-config", servers())
        seconds = time.monotonic() - ended[0]
    assert (outcome.code, outcome.stdout) == (0, "Done.\n")
    [line] = [line for line in outcome.stderr.splitlines() if "spans could not be sent" in line]
    assert address in line
    assert reason in line
    assert len(outcome.stderr.splitlines()) == 1
    assert seconds < 3, "half a second of waiting, and whatever a busy machine adds"


def test_spans_pile_up_no_higher_than_the_queue_while_nobody_takes_them(monkeypatch: pytest.MonkeyPatch):
    """What a run pays for a span does not depend on the collector."""
    with silent_address() as silent:
        monkeypatch.setenv(ENDPOINT, silent)
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "600")
        collector = Collector("switchyard", silent)
        tracing = Tracing(sinks=[collector])
        began = time.monotonic()
        for _ in range(3000):
            tracing.end(tracing.begin_trace("busy", {}))
        assert time.monotonic() - began < 3
        assert "no answer" in collector.close(0.1)


@pytest.mark.slow
def test_without_the_extra_a_collector_costs_one_line_and_a_file_works(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "app.tracing.otlp", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    monkeypatch.setenv(ENDPOINT, "http://127.0.0.1:9")
    scripted_openai.enqueue("Done.")
    outcome, trace = traced("Go", "--mcp-config", servers())
    assert (outcome.code, outcome.stdout) == (0, "Done.\n")
    assert 'pip install "switchyard[otel]"' in outcome.stderr
    assert len(trace.lines) == 3


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ""),
        ({ENDPOINT: "http://a:4318"}, "http://a:4318"),
        ({ENDPOINT: "http://a:4318", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/v1/traces"}, "http://b/v1/traces"),
        ({ENDPOINT: "http://a:4318", "OTEL_SDK_DISABLED": "TRUE"}, ""),
        ({ENDPOINT: "http://a:4318", "OTEL_TRACES_EXPORTER": "none"}, ""),
        ({ENDPOINT: "http://a:4318", "OTEL_TRACES_EXPORTER": "otlp"}, "http://a:4318"),
        ({"OTEL_SERVICE_NAME": "x"}, ""),
    ],
)
def test_the_usual_variables_say_whether_anything_is_sent(environment: dict[str, str], address: str):
    assert collector_address(environment) == address
