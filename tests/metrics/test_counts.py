"""What is counted, end to end: the command line against scripted words and real servers, read from the file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.metrics.families import MOST_VALUES, OTHER, Bounded
from tests.conftest import Outcome, RunApp
from tests.faults.places import Place, bare
from tests.metrics.page import Page
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error

Counted = Callable[..., tuple[Outcome, Page]]


@pytest.fixture
def counted(
    run_app: RunApp,
    servers: Callable[..., Path],
    scripted_openai: ScriptedOpenAI,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Counted:
    """Run one query over the entries given by name; what was counted comes back with the outcome."""
    file = tmp_path / "agent.prom"
    monkeypatch.setenv("METRICS__FILE", str(file))

    def run(*flags: object, **entries: dict[str, Any]) -> tuple[Outcome, Page]:
        words = ("run", "Do it", "--base-url", scripted_openai.base_url, "--mcp-config", servers(**entries))
        outcome = run_app(*words, *flags)
        return outcome, Page.of(file)

    return run


@pytest.fixture
def http_place(tmp_path: Path) -> Any:
    place = Place("http", tmp_path)
    place.start()
    yield place
    place.stop()


@pytest.mark.slow
def test_every_way_a_call_can_end_is_counted_under_its_outcome(
    counted: Counted,
    http_place: Place,
    scripted_openai: ScriptedOpenAI,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rules]]\ntool = "arm:big"\ndecision = "deny"\n')
    monkeypatch.setenv("AGENT__POLICY", str(policy))
    scripted_openai.enqueue(
        Reply(calls=[Call("echo", {"n": 1}), Call("echo", {"n": 2}), Call("fail")]),
        Reply(calls=[Call("echo", {"n": -1}), Call("ecko"), Call("big", {"size": 10})]),
        Reply(calls=[Call("echo", '{"n": 1')]),
        Reply(text='<tool_call>{"name": "echo", "arguments": {"n": 3}}</tool_call>'),
        Reply(calls=[Call("wait", {"seconds": 60})]),
        "Done.",
    )
    outcome, page = counted(arm=http_place.entry | {"timeout": 1})
    assert outcome.code == 0

    def calls(tool: str, outcome: str, server: str = "arm") -> float:
        return page("agent_tool_calls_total", server=server, tool=tool, outcome=outcome)

    assert (calls("echo", "ok"), calls("echo", "invalid_args"), calls("fail", "tool_error")) == (3, 2, 1)
    assert (calls("big", "denied"), calls("wait", "timeout")) == (1, 1)
    assert calls("unknown", "invalid_args", server="unknown") == 1
    assert "ecko" not in page.text
    assert page("agent_tool_seconds_count", server="arm", tool="echo") == 3
    for kind in ("schema", "unknown_tool", "json", "leak"):
        assert page("agent_invalid_tool_calls_total", model="scripted", kind=kind) == 1, kind
    assert page("agent_runs_total", status="answer", graph="agent") == 1
    assert (page("agent_run_active"), page("agent_steps_per_run_sum")) == (0, 6)


@pytest.mark.slow
def test_a_server_that_dies_and_comes_back_is_counted(counted: Counted, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("die")]), Reply(calls=[Call("pid")]), "Done.")
    outcome, page = counted("--yes", arm=bare("ok"), camera=bare("exits"))
    assert outcome.code == 0
    assert page("agent_tool_calls_total", server="arm", tool="die", outcome="server_down") == 1
    assert page("agent_tool_calls_total", server="arm", tool="pid", outcome="ok") == 1
    assert page("agent_mcp_reconnects_total", server="arm") == 1
    assert {"server": "camera"} in page.labels_of("agent_mcp_session_up")
    assert page("agent_mcp_session_up", server="camera") == 0


@pytest.mark.slow
def test_attempts_retries_and_the_failed_run_are_counted(counted: Counted, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(http_error(503))
    outcome, page = counted()
    assert outcome.code == 4
    failed = {(labels["model"], labels["outcome"]) for labels in page.labels_of("agent_model_call_seconds_count")}
    assert failed == {("scripted", "server_error")}
    (labels,) = page.labels_of("agent_model_call_seconds_count")
    assert page("agent_model_call_seconds_count", **labels) == 3
    assert page("agent_retries_total", of="request") == 2
    assert page("agent_runs_total", status="endpoint_down", graph="agent") == 1


@pytest.mark.slow
def test_a_model_that_takes_over_is_counted(
    counted: Counted, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedOpenAI("spare") as spare:
        spare.always("Done.")
        scripted_openai.always(http_error(503))
        endpoints = f'{{"spare": {{"base_url": "{spare.base_url}"}}}}'
        monkeypatch.setenv("MODEL__ENDPOINTS", endpoints)
        monkeypatch.setenv("MODEL__FALLBACKS", '["spare"]')
        outcome, page = counted()
    assert outcome.code == 0
    assert page("agent_fallbacks_total", from_="scripted", to="spare", reason="server_error") == 1
    assert page("agent_model_call_seconds_count", model="spare", endpoint="spare", outcome="ok") == 1


def test_the_role_chunk_is_no_first_token(counted: Counted, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="Done.", first_token=0.3))
    _, page = counted()
    (labels,) = page.labels_of("agent_model_ttft_seconds_sum")
    assert page("agent_model_ttft_seconds_sum", **labels) >= 0.3


def test_a_whole_answer_has_no_first_token(
    counted: Counted, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL__STREAM", "false")
    scripted_openai.enqueue("Done.")
    _, page = counted()
    assert page.labels_of("agent_model_ttft_seconds_sum") == []
    (labels,) = page.labels_of("agent_model_call_seconds_count")
    assert labels["outcome"] == "ok"


def test_a_run_that_waits_for_a_person_is_counted_as_waiting(counted: Counted, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("add_note", {"text": "milk"})]))
    outcome, page = counted(notes={"command": "python", "args": ["-m", "mcp_servers.notes"]})
    assert outcome.code == 3
    assert page("agent_runs_total", status="waiting", graph="agent") == 1
    assert page("agent_approvals_total") == 1


def test_a_label_takes_no_more_than_so_many_values() -> None:
    label = Bounded()
    values = {label(f"tool-{number}") for number in range(MOST_VALUES + 50)}
    assert len(values) == MOST_VALUES + 1
    assert OTHER in values
    assert label("tool-0") == "tool-0"
