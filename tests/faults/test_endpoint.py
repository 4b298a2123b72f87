"""A chat model that is down, fails or finds the prompt too long, end to end."""

import json

import pytest

from tests.conftest import RunApp
from tests.faults.conftest import Ask, told
from tests.faults.places import Place
from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error, overflow
from tests.scripted_openai.replies import Body

pytestmark = pytest.mark.slow


def test_an_endpoint_that_is_down_is_named_and_the_message_is_kept(
    ask: Ask, run_app: RunApp, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.close()
    outcome = ask("--thread", "t1")
    assert outcome.code == 4
    assert scripted_openai.base_url in outcome.stderr
    assert outcome.report["answer"] == ""
    (message,) = json.loads(run_app("threads", "show", "t1", "--json").stdout)
    assert message["content"] == "Do it"


def test_an_endpoint_that_goes_down_in_a_turn_is_named(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("echo", {"n": 1})]))
    scripted_openai.always(Reply(drop_after=0))
    outcome = ask(arm=place.entry)
    assert outcome.code == 4
    assert f"the chat model at {scripted_openai.base_url} stopped answering" in outcome.stderr
    assert outcome.report["tool_calls"][0]["result"] == "n is 1"


def test_a_500_once_is_asked_again(ask: Ask, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(http_error(500, "engine restarting"), "Here I am.")
    outcome = ask()
    assert outcome.code == 0
    assert outcome.report["answer"] == "Here I am."
    assert "asking again" in outcome.stderr


def test_a_500_for_ever_ends_the_turn_after_three_attempts(ask: Ask, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(http_error(500, "out of memory"))
    outcome = ask()
    assert outcome.code == 4
    assert "out of memory" in outcome.stderr
    assert len(scripted_openai.requests) == 3


def test_a_stream_that_breaks_after_its_first_words_is_not_begun_again(
    ask: Ask, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(text="The answer is for", drop_after=3))
    outcome = ask()
    assert outcome.code == 4
    assert outcome.report["answer"].startswith("The")
    assert len(scripted_openai.requests) == 1


def test_an_overflow_is_answered_with_a_shorter_history(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    big = Reply(calls=[Call("big", {"size": 12_000})])
    scripted_openai.enqueue(big, big, Reply(calls=[Call("echo", {"n": 1})]), overflow(), "It fits now.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["answer"] == "It fits now."
    assert "were cleared for the model" in outcome.stderr
    assert told(scripted_openai) == "n is 1"
    assert size(scripted_openai.requests[-1].body) < size(scripted_openai.requests[-2].body) / 2


def test_an_overflow_with_nothing_left_to_shorten_ends_the_turn(ask: Ask, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.always(overflow())
    outcome = ask()
    assert outcome.code == 1
    assert "no longer fits the model's context" in outcome.stderr
    assert "--max-model-len" in outcome.stderr


def size(body: Body) -> int:
    return len(json.dumps(body["messages"]))
