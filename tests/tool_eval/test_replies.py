"""Every kind of right and wrong reply, sent by a real server and judged."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.scripted_openai import Call, Reply, ScriptedOpenAI, http_error, overflow
from tests.tool_eval.conftest import Evaluate

Write = Callable[[str], Path]
BOTH = (
    "- {id: both, tools: [get_weather, add_note], user: Do both., "
    "calls: [{get_weather: {city: [Rome]}}, {add_note: {text: [hi]}}]}\n"
)
ONE = "- {id: a, tools: [get_weather, set_heat], user: Rome., calls: [{get_weather: {city: [Rome], days: ['', 3]}}]}\n"
HEAT = "- {id: heat, tools: [set_heat], user: Warm., calls: [{set_heat: {room: [hall], degrees: [20]}}]}\n"
PIN = "- {id: pin, tools: [add_note], user: Pin., calls: [{add_note: {text: [hi], pinned: [true]}}]}\n"
NONE = "- {id: none, tools: [get_weather], user: Hello., none: true, says: hello}\n"
FORCED = "- {id: forced, tools: [get_weather], choice: required, user: Rome., calls: [{get_weather: {city: [Rome]}}]}\n"

ROME, HI = Call("get_weather", {"city": "Rome"}), Call("add_note", {"text": "hi"})
TAGGED = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Rome"}}\n</tool_call>'


FOREIGN = "<function=get_weather><parameter=city>Rome</parameter></function>"
DEAD = {"error": {"message": "EngineDead"}}
FENCED = f"```json\n{TAGGED.splitlines()[1]}\n```"


def rome(**more: Any) -> Reply:
    return Reply(calls=[Call("get_weather", {"city": "Rome", **more})])


def raw(arguments: str) -> Reply:
    return Reply(calls=[Call("get_weather", arguments)])


def hall(degrees: Any) -> Reply:
    return Reply(calls=[Call("set_heat", {"room": "hall", "degrees": degrees})])


Verdict = tuple[str, str]
RIGHT: Verdict = ("", "")
SAVED: Verdict = ("markup in text", "")


def both(kind: str) -> Verdict:
    return kind, kind


REPLIES: dict[str, tuple[str, Reply | str, Verdict]] = {
    "both calls in order": (BOTH, Reply(calls=[ROME, HI]), RIGHT),
    "both calls in another order": (BOTH, Reply(calls=[HI, ROME]), RIGHT),
    "only one of two": (BOTH, Reply(calls=[HI]), both("number of calls")),
    "one call twice": (ONE, Reply(calls=[ROME, ROME]), both("number of calls")),
    "two calls with one id": (BOTH, Reply(calls=[replace(ROME, id="a"), replace(HI, id="a")]), ("call ids", "")),
    "calls without ids": (ONE, Reply(calls=[replace(ROME, id=None)]), ("call ids", "")),
    "int for float": (HEAT, hall(20), RIGHT),
    "float for float": (HEAT, hall(20.0), RIGHT),
    "bool for int": (ONE, rome(days=True), both("wrong type")),
    "float for int": (ONE, rome(days=3.0), both("wrong type")),
    "text for float": (HEAT, hall("20"), both("wrong type")),
    "int for bool": (PIN, Reply(calls=[Call("add_note", {"text": "hi", "pinned": 1})]), both("wrong type")),
    "the optional one as expected": (ONE, rome(days=3), RIGHT),
    "a missing argument": (HEAT, Reply(calls=[Call("set_heat", {"room": "hall"})]), both("missing argument")),
    "an invented argument": (ONE, rome(sky=1), both("unexpected argument")),
    "another tool": (ONE, hall(20), both("wrong tool")),
    "an invented tool": (ONE, Reply(calls=[Call("get_wether", {"city": "Rome"})]), both("unknown tool")),
    "arguments that are no JSON": (ONE, raw('{"city": "Ro'), both("arguments not JSON")),
    "arguments encoded twice": (ONE, raw(json.dumps('{"city": "Rome"}')), ("arguments not JSON", "")),
    "arguments that are a list": (ONE, raw('["Rome"]'), both("arguments not JSON")),
    "a call in tags in the text": (ONE, TAGGED, SAVED),
    "a call beside the same in the text": (ONE, Reply(text=TAGGED, calls=[ROME]), SAVED),
    "a call as JSON in a fence": (ONE, FENCED, SAVED),
    "a call in a form only its parser knows": (ONE, FOREIGN, both("markup in text")),
    "a wrong call in the text": (ONE, TAGGED.replace("Rome", "Oslo"), ("markup in text", "wrong value")),
    "half a call in the text": (ONE, TAGGED[:40], ("markup in text", "arguments not JSON")),
    "cut off in a call": (ONE, Reply(calls=[ROME], finish_reason="length"), both("cut off")),
    "cut off before a call": (ONE, Reply(text="Let me think", finish_reason="length"), both("cut off")),
    "a text in place of a call": (ONE, "It is sunny.", both("no call")),
    "the right text": (NONE, "Hello to you.", RIGHT),
    "a long text that is cut off": (NONE, Reply(text="Hello, hello", finish_reason="length"), RIGHT),
    "a text about something else": (NONE, "Sunny.", both("wrong text")),
    "a call where none was wanted": (NONE, Reply(calls=[ROME]), both("unexpected call")),
    "nothing at all": (NONE, "", both("empty answer")),
    "a named choice that ends with stop": (FORCED, Reply(calls=[ROME], finish_reason="stop"), RIGHT),
    "tool_choice refused": (FORCED, http_error(400, "auto tool choice requires a parser"), both("refused")),
    "a prompt that is too long": (ONE, overflow(), both("refused")),
    "an engine that fails in the middle": (ONE, Reply(text="It", stream_error=DEAD), both("refused")),
    "a stream that ends early": (ONE, Reply(calls=[ROME], drop_after=2), both("no answer")),
}


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_judged_for_the_model_and_for_the_agent(
    name: str, evaluate: Evaluate, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    case, reply, wanted = REPLIES[name]
    scripted_openai.always(reply)
    [outcome] = evaluate("--cases", cases(case))["outcomes"]
    [came] = outcome["replies"]
    first = [faults[0]["kind"] if faults else "" for faults in (came["faults"], came["agent_faults"])]
    assert tuple(first) == wanted
    assert (outcome["model"], outcome["agent"]) == (not wanted[0], not wanted[1])


PARITY = ONE.replace("user:", "both_ways: true, user:")


def by_way(streamed: Reply | str, whole: Reply | str) -> Callable[[dict[str, Any]], Reply | str]:
    return lambda body: streamed if body.get("stream") else whole


@pytest.mark.parametrize(
    ("streamed", "whole", "kinds"),
    [
        (Reply(calls=[ROME]), Reply(calls=[ROME]), []),
        (raw('{"city":"Rome"}'), Reply(calls=[ROME]), []),
        ("", Reply(calls=[ROME]), ["no call", "stream differs"]),
        (rome(days=3), Reply(calls=[ROME]), ["stream differs"]),
        (Reply(calls=[ROME]), TAGGED, ["markup in text", "no call", "stream differs"]),
        (raw('{"a":"x"}, "name": "f"'), Reply(calls=[ROME]), ["arguments not JSON", "stream differs"]),
    ],
)
def test_a_stream_that_differs_from_the_whole_reply_is_a_fault(
    streamed: Reply | str,
    whole: Reply | str,
    kinds: list[str],
    evaluate: Evaluate,
    cases: Write,
    scripted_openai: ScriptedOpenAI,
) -> None:
    scripted_openai.always(by_way(streamed, whole))
    [outcome] = evaluate("--cases", cases(PARITY))["outcomes"]
    assert [fault["kind"] for fault in outcome["replies"][0]["faults"]] == kinds


def test_a_conversation_goes_on_with_what_the_tools_answer(
    evaluate: Evaluate, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.enqueue(Reply(calls=[ROME]), "It is 31 degrees.")
    folder = cases(
        "- id: turns\n  tools: [get_weather]\n  turns:\n"
        "    - {user: Rome, calls: [{get_weather: {city: [Rome]}}], results: {get_weather: 31 degrees}}\n"
        "    - {none: true, says: '31'}\n"
    )
    [outcome] = evaluate("--cases", folder)["outcomes"]
    assert outcome["model"] is True
    user, assistant, result = scripted_openai.requests[1].body["messages"]
    assert (user["role"], result["content"]) == ("user", "31 degrees")
    assert result["tool_call_id"] == assistant["tool_calls"][0]["id"]


def test_a_conversation_ends_at_its_first_wrong_turn(
    evaluate: Evaluate, cases: Write, scripted_openai: ScriptedOpenAI
) -> None:
    scripted_openai.always("No.")
    turns = "- {id: t, tools: [get_weather], turns: [{user: a, some: true}, {none: true}]}\n"
    [outcome] = evaluate("--cases", cases(turns))["outcomes"]
    assert outcome["model"] is False
    assert len(scripted_openai.requests) == 1
