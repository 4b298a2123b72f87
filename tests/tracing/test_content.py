import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.tracing.content import prompt_facts
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.tracing.conftest import ECHO, Traced

Servers = Callable[..., Path]


@pytest.mark.slow
def test_nothing_that_was_said_is_recorded_unless_asked(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, tmp_path: Path
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("fail", {"why": "argumentword"})]), "answerword")
    outcome, _ = traced("questionword", "--mcp-config", servers(echo=ECHO))
    assert "answerword" in outcome.stdout
    written = (tmp_path / "trace.jsonl").read_text()
    assert all(word not in written for word in ("questionword", "argumentword", "answerword"))


@pytest.mark.slow
def test_what_was_said_is_recorded_when_asked_but_for_secrets(
    traced: Traced, servers: Servers, scripted_openai: ScriptedOpenAI, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRACING__CONTENT", "true")
    monkeypatch.setenv("MODEL__API_KEY", "verysecret42")
    scripted_openai.enqueue(
        Reply(calls=[Call("fail", {"why": "it says verysecret42"})]), Reply(text="answerword", reasoning="thoughtword")
    )
    traced("questionword", "--mcp-config", servers(echo={**ECHO, "env": {"HOUSE_TOKEN": "othersecret43"}}))
    _, trace = traced("othersecret43 too", "--mcp-config", servers(echo=ECHO))  # fails, as no reply is left
    written = (tmp_path / "trace.jsonl").read_text()
    assert "verysecret42" not in written
    call = trace.one("execute_tool fail")
    assert json.loads(call["gen_ai.tool.call.arguments"]) == {"why": "it says ***"}
    assert "it says ***" in call["gen_ai.tool.call.result"]
    run = trace.named("invoke_agent switchyard")[0]
    assert json.loads(run["gen_ai.input.messages"]) == [
        {"role": "user", "parts": [{"type": "text", "content": "questionword"}]}
    ]
    [last] = json.loads(trace.named("chat scripted")[1]["gen_ai.output.messages"])
    assert last["parts"] == [
        {"type": "reasoning", "content": "thoughtword"},
        {"type": "text", "content": "answerword"},
    ]
    asked = json.loads(trace.named("chat scripted")[1]["gen_ai.input.messages"])
    assert [message["role"] for message in asked] == ["user", "assistant", "tool"]


def test_images_are_named_and_not_kept():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    facts = prompt_facts(
        [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "See"}, picture]},
        ]
    )
    assert "AAAA" not in str(facts)
    assert json.loads(str(facts["gen_ai.system_instructions"])) == [{"type": "text", "content": "Be brief."}]
    [message] = json.loads(str(facts["gen_ai.input.messages"]))
    assert message["parts"] == [{"type": "text", "content": "See"}, {"type": "blob", "modality": "image"}]
