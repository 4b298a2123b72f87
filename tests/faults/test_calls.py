"""What a model does well, much, or wrong: calls, end to end."""

from pathlib import Path

import pytest

from tests.faults.conftest import Ask, every_transport, told
from tests.faults.places import Place
from tests.scripted_openai import Call, Reply, ScriptedOpenAI
from tests.scripted_openai.replies import Body


@every_transport
@pytest.mark.slow
def test_twenty_rounds_of_one_call(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(*(Reply(calls=[Call("echo", {"n": n})]) for n in range(20)), "Done.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert (outcome.report["answer"], outcome.report["steps"]) == ("Done.", 21)
    assert [call["result"] for call in outcome.report["tool_calls"]] == [f"n is {n}" for n in range(20)]
    assert [event["arguments"]["n"] for event in place.events("in")] == list(range(20))


@every_transport
@pytest.mark.slow
def test_eight_calls_of_one_turn_overlap(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("slow", {"n": n}) for n in range(8)]), "Done.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert [call["result"] for call in outcome.report["tool_calls"]] == [f"slept for {n}" for n in range(8)]
    last_in = max(event["at"] for event in place.events("in"))
    first_out = min(event["at"] for event in place.events("out"))
    assert len(place.events("in")) == 8
    assert last_in < first_out


def test_an_unknown_tool_is_answered_with_the_nearest_names(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("ecko", {"n": 1})]), "Sorry.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["tool_calls"][0]["status"] == "error"
    assert "echo" in told(scripted_openai)
    assert place.events("in") == []


def test_a_call_whose_arguments_are_no_json_is_not_sent(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("echo", '{"n": 1')]), Reply(calls=[Call("echo", {"n": 1})]), "Done.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert [call["status"] for call in outcome.report["tool_calls"]] == ["error", "success"]
    assert "not valid" in outcome.report["tool_calls"][0]["result"]
    assert len(place.events("in")) == 1


def test_arguments_against_the_schema_are_not_sent(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("echo", {"n": -1}), Call("echo", {})]), "Sorry.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    too_small, missing = (call["result"] for call in outcome.report["tool_calls"])
    assert "n" in too_small
    assert "0" in too_small
    assert "n" in missing
    assert place.events("in") == []


def test_a_call_in_a_reply_that_was_cut_off_is_not_sent(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("echo", {"n": 1})], finish_reason="length"), "Shorter.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert "cut off" in told(scripted_openai)
    assert place.events("in") == []


def test_an_answer_that_was_cut_off_is_shown_and_said_to_be_cut_off(ask: Ask, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(text="The first half of", finish_reason="length"))
    outcome = ask()
    assert outcome.code == 1
    assert (outcome.report["answer"], outcome.report["stopped_by"]) == ("The first half of", "cut_off")
    assert "token limit" in outcome.stderr


def test_an_empty_answer_is_a_failure(ask: Ask, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(" ")
    outcome = ask()
    assert outcome.code == 1
    assert "no answer" in outcome.stderr


@every_transport
def test_a_tools_error_is_told_to_the_model(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    scripted_openai.enqueue(Reply(calls=[Call("fail")]), "It is closed.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    assert outcome.report["tool_calls"][0]["status"] == "error"
    assert told(scripted_openai) == "ERROR: the gripper is closed"


def test_a_call_left_in_the_text_is_made(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    left = 'I will look.\n<tool_call>\n{"name": "echo", "arguments": {"n": 7}}\n</tool_call>'
    scripted_openai.enqueue(left, "It is 7.")
    outcome = ask(arm=place.entry)
    assert outcome.code == 0
    (call,) = outcome.report["tool_calls"]
    assert (call["repaired"], call["result"], outcome.report["answer"]) == (True, "n is 7", "It is 7.")


@pytest.mark.slow
def test_an_endless_loop_with_changing_arguments_ends_at_the_step_limit(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    def endless(body: Body) -> Reply | str:
        if body.get("tool_choice") == "none":
            return "As far as I got."
        return Reply(calls=[Call("echo", {"n": len(body["messages"])})])

    scripted_openai.always(endless)
    outcome = ask(arm=place.entry)
    assert outcome.code == 1
    assert (outcome.report["answer"], outcome.report["stopped_by"]) == ("As far as I got.", "max_steps")
    assert len(place.events("in")) == 25


def test_the_same_call_with_the_same_result_ends_after_three_times(
    ask: Ask, place: Place, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always(
        lambda body: "I am stuck." if body.get("tool_choice") == "none" else Reply(calls=[Call("echo", {"n": 1})])
    )
    outcome = ask(arm=place.entry)
    assert outcome.code == 1
    assert (outcome.report["answer"], outcome.report["stopped_by"]) == ("I am stuck.", "repetition")
    assert len(place.events("in")) == 3


def test_a_call_that_the_policy_denies_is_not_sent(ask: Ask, place: Place, scripted_openai: ScriptedOpenAI) -> None:
    Path("policy.toml").write_text('[[rules]]\ntool = "arm:echo"\ndecision = "deny"\n')
    scripted_openai.enqueue(Reply(calls=[Call("echo", {"n": 1})]), "I may not.")
    outcome = ask("--yes", arm=place.entry)
    assert outcome.code == 0
    assert "Denied by the policy" in told(scripted_openai)
    assert place.events("in") == []
