"""What servers ask in the middle of a call where nobody sits at a keyboard, end to end."""

from pathlib import Path

import pytest

from tests.faults.conftest import Ask, every_transport, told
from tests.faults.places import Place
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error

pytestmark = pytest.mark.slow

THINK = Reply(calls=[Call("think")])


@every_transport
def test_a_question_that_nobody_can_answer_is_declined_with_the_reason(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("confirm")]), "I cannot ask.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert "decline null" in told(scripted_openai)
    assert 'The server asked "How fast?"; this was not answered: nobody is here to answer.' in told(scripted_openai)


@every_transport
def test_a_completion_that_nobody_can_allow_is_refused_with_the_reason(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(THINK, "It may not think.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert "nobody is here to answer, and no rule of the policy allows arm:sampling" in told(scripted_openai)
    assert len(scripted_openai.requests) == 2


@pytest.mark.parametrize(
    ("flags", "rule"), [(["--yes"], ""), ([], 'tool = "arm:sampling"\nlimits.max_tokens = { max = 7 }')]
)
def test_a_completion_that_is_allowed_comes_from_the_chat_model(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, flags: list[str], rule: str
) -> None:
    Path("policy.toml").write_text(f"[[rules]]\n{rule}\n" if rule else "")
    scripted_openai.enqueue(THINK, "blue", "Blue.")
    outcome = ask(*flags, arm=place.entry)
    assert outcome.code == 0
    assert (outcome.report["answer"], outcome.report["steps"]) == ("Blue.", 2)
    assert outcome.report["tool_calls"][0]["result"] == "scripted said blue"
    sampled = scripted_openai.requests[1].body
    assert [message["content"] for message in sampled["messages"]] == ["Be brief.", "Name a color."]
    assert (sampled["max_completion_tokens"], "tools" in sampled) == (7, False)


@pytest.mark.parametrize("rule", ['decision = "deny"', "limits.max_tokens = { max = 5 }"])
def test_a_completion_that_the_policy_denies_is_refused_even_with_yes(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI, rule: str
) -> None:
    Path("policy.toml").write_text(f'[[rules]]\ntool = "*:sampling"\n{rule}\n')
    scripted_openai.enqueue(THINK, "It may not think.")
    outcome = ask("--yes", arm=place.entry)
    assert outcome.code == 0
    assert "denied by the policy" in told(scripted_openai)
    assert len(scripted_openai.requests) == 2


def test_a_completion_that_fails_is_an_error_of_the_tool(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(THINK, http_error(500, "out of memory"), "It could not think.")
    outcome = ask("--yes", arm=place.entry)
    assert outcome.code == 0
    assert "The chat model failed" in told(scripted_openai)
    assert "out of memory" in told(scripted_openai)
