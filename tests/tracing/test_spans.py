from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import RunApp
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error
from tests.tracing.conftest import ECHO, Traced
from tests.tracing.spans import read_trace

Servers = Callable[..., Path]

pytestmark = pytest.mark.slow


def test_a_run_is_a_tree_of_run_steps_chats_and_calls(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(
        Reply(
            calls=[Call("context_of_the_call"), Call("no_such_tool")],
            usage={"prompt_tokens": 70, "completion_tokens": 9},
        ),
        Reply(text="Done.", usage={"prompt_tokens": 90, "completion_tokens": 2}),
    )
    outcome, trace = traced("Go", "--thread", "t-1", "--mcp-config", servers(echo=ECHO))
    assert outcome.code == 0, outcome.stderr
    trace.check()
    run = trace.one("invoke_agent switchyard")
    assert run.raw["parent_id"] is None
    assert trace.children(run) == ["step 1", "step 2"]
    first, second = trace.named("step")
    assert trace.children(first) == ["chat scripted", "execute_tool no_such_tool", "execute_tool context_of_the_call"]
    assert trace.children(second) == ["chat scripted"]
    assert trace.children(trace.one("execute_tool context_of_the_call")) == ["tools/call context_of_the_call"]
    assert {line["gen_ai.conversation.id"] for line in trace.lines if "gen_ai.conversation.id" in line} == {"t-1"}
    assert (run["gen_ai.usage.input_tokens"], run["gen_ai.usage.output_tokens"]) == (160, 11)
    assert (run["switchyard.outcome"], run["switchyard.steps"], run["gen_ai.request.model"]) == (
        "answer",
        2,
        "scripted",
    )


def test_a_chat_says_what_came_of_it(traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(
        Reply(calls=[Call("context_of_the_call")], usage={"prompt_tokens": 70, "completion_tokens": 9}),
        Reply(text="Cut", finish_reason="length"),
    )
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    first, second = trace.named("chat scripted")
    assert first["gen_ai.operation.name"] == "chat"
    assert (first["gen_ai.usage.input_tokens"], first["gen_ai.usage.output_tokens"]) == (70, 9)
    assert first["gen_ai.response.finish_reasons"] == ["tool_calls"]
    assert second["gen_ai.response.finish_reasons"] == ["length"]
    assert f"{first['server.address']}:{first['server.port']}" in scripted_openai.base_url
    assert trace.one("invoke_agent switchyard")["switchyard.outcome"] == "cut_off"


def test_the_first_token_is_not_the_empty_piece_that_opens_a_stream(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    """The piece with the role is sent at once; what counts comes after a second, and the rest over half of one."""
    words = "one two three four five six seven"
    scripted_openai.enqueue(Reply(text=words, first_token=1.0, per_token=0.1))
    _, trace = traced("Go", "--mcp-config", servers())
    chat = trace.one("chat scripted")
    assert 1.0 <= chat["gen_ai.response.time_to_first_chunk"] < chat.raw["seconds"] - 0.4
    assert chat.raw["seconds"] >= 1.5


def test_a_call_says_how_it_ended(traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    calls = [Call("fail", {"why": "because"}), Call("wait", {"seconds": "many"}), Call("wait", {"seconds": 0})]
    scripted_openai.enqueue(Reply(calls=calls), "Done.")
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    failed = trace.one("execute_tool fail")
    assert (failed["switchyard.mcp.server"], failed["switchyard.tool.outcome"]) == ("echo", "tool_error")
    assert (failed.raw["status"], failed["error.type"]) == ("error", "tool_error")
    assert trace.one("tools/call fail").raw["status"] == "error"
    refused, waited = trace.named("execute_tool wait")
    assert (refused["switchyard.tool.outcome"], refused["switchyard.tool.fault"]) == ("invalid_args", "schema")
    assert trace.children(refused) == []
    assert (waited["switchyard.tool.outcome"], waited.raw["status"]) == ("ok", "ok")


def test_calls_side_by_side_keep_their_own_requests(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI
) -> None:
    waits = [Call("wait", {"seconds": 0.6 - 0.2 * number}, id=f"wait_{number}") for number in range(3)]
    scripted_openai.enqueue(Reply(calls=waits), "Done.")
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    trace.check()
    spans = {line["gen_ai.tool.call.id"]: line for line in trace.named("execute_tool wait")}
    assert set(spans) == {"wait_0", "wait_1", "wait_2"}
    for span in spans.values():
        assert trace.children(span) == ["tools/call wait"]
    assert spans["wait_0"].raw["seconds"] > spans["wait_2"].raw["seconds"] + 0.2


def test_every_attempt_is_a_chat_of_its_own(traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(http_error(503), Reply(text="Done."))
    outcome, trace = traced("Go", "--mcp-config", servers())
    assert outcome.code == 0
    trace.check()
    failed, answered = trace.named("chat scripted")
    assert (failed.raw["status"], failed["error.type"]) == ("error", "server_error")
    assert answered.raw["status"] == "ok"
    assert trace.children(trace.one("step 1")) == ["chat scripted", "chat scripted"]


def test_a_run_that_fails_says_so(traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(http_error(400, "no"))
    outcome, trace = traced("Go", "--mcp-config", servers())
    run = trace.one("invoke_agent switchyard")
    assert outcome.code == run["switchyard.exit_code"] != 0
    assert run.raw["status"] == "error"
    assert run.raw["error"] in outcome.stderr


def test_whole_answers_are_recorded_too(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL__STREAM", "false")
    scripted_openai.enqueue(Reply(calls=[Call("wait", {"seconds": 0})]), "Done.")
    _, trace = traced("Go", "--mcp-config", servers(echo=ECHO))
    trace.check()
    chats = trace.named("chat scripted")
    assert [chat["gen_ai.response.finish_reasons"] for chat in chats] == [["tool_calls"], ["stop"]]
    assert all("gen_ai.response.time_to_first_chunk" not in chat for chat in chats)


def test_the_embedded_model_is_recorded_too(run_app: RunApp, tmp_path: Path) -> None:
    run_app("run", "What time is it in Tokyo?", "--trace-file", tmp_path / "trace.jsonl")
    trace = read_trace(tmp_path / "trace.jsonl")
    trace.check()
    assert trace.children(trace.one("step 1"))[0] == "chat embedded"
    assert trace.named("tools/call") != []


def test_waiting_for_a_person_ends_a_run_and_its_trace(
    traced: Traced,
    run_app: RunApp,
    servers: Servers,
    scripted_openai: ScriptedOpenAI,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notes = {"command": "python", "args": ["-m", "mcp_servers.notes"]}
    scripted_openai.enqueue(Reply(calls=[Call("add_note", {"text": "call"})]), "Kept.")
    config = servers(notes=notes)
    outcome, before = traced("Note it", "--thread", "t-1", "--mcp-config", config)
    assert outcome.code == 3
    assert before.one("invoke_agent switchyard")["switchyard.outcome"] == "approval_needed"
    monkeypatch.setenv("TRACING__FILE", str(tmp_path / "after.jsonl"))
    again = ("--base-url", scripted_openai.base_url, "--mcp-config", config)
    assert run_app("threads", "resume", "t-1", "--approve", *again).code == 0
    after = read_trace(tmp_path / "after.jsonl")
    after.check()
    assert after.children(after.one("step 1")) == ["execute_tool add_note"]
    assert after.children(after.one("step 2")) == ["chat scripted"]
    assert after.lines[0].raw["trace_id"] != before.lines[0].raw["trace_id"]


def test_items_of_a_batch_are_traces_of_their_own(
    run_app: RunApp, servers: Servers, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    questions, path = tmp_path / "in.jsonl", tmp_path / "trace.jsonl"
    questions.write_text("".join(f'{{"id": "{number}", "query": "q{number}"}}\n' for number in range(6)))

    def answer(body: dict[str, object]) -> Reply:
        asked = str(body["messages"])
        return Reply(text="Done.") if "tool_call_id" in asked else Reply(calls=[Call("wait", {"seconds": 0.1})])

    scripted_openai.always(answer)
    flags = ("--base-url", scripted_openai.base_url, "--mcp-config", servers(echo=ECHO), "--concurrency", 3)
    assert run_app("batch", questions, tmp_path / "out.jsonl", *flags, "--trace-file", path).code == 0
    trace = read_trace(path)
    trace.check()
    runs = trace.named("invoke_agent")
    assert len({run.raw["trace_id"] for run in runs}) == len(runs) == 6
    assert all(trace.children(run) == ["step 1", "step 2"] for run in runs)
    assert len(trace.named("tools/call wait")) == 6
