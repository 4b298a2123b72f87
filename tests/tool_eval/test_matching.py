"""The matching rules, one by one; each verdict was worked out by hand from BFCL's rules."""

from typing import Any

import pytest

from app.tool_eval.call_matching import match_calls
from app.tool_eval.case import ExpectedCall, Tools
from app.tool_eval.fault import FaultKind
from app.tool_eval.matching import match_arguments
from app.tool_eval.wire_reply import ReceivedCall

POINT = {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}}
PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "heat": {"type": "number"},
        "loud": {"type": "boolean"},
        "names": {"type": "array", "items": {"type": "string"}},
        "sizes": {"type": "array", "items": {"type": "number"}},
        "at": POINT,
        "path": {"type": "array", "items": POINT},
        "either": {"type": ["string", "null"]},
        "free": {},
    },
    "required": [],
}

RULES: list[tuple[str, dict[str, list[Any]], dict[str, Any], FaultKind | None]] = [
    ("the same text", {"city": ["Rome"]}, {"city": "Rome"}, None),
    ("case does not count", {"city": ["Rome"]}, {"city": "ROME"}, None),
    ("these marks do not count", {"city": ["New York, N.Y."]}, {"city": "new_york NY*"}, None),
    ("one quote is the other", {"city": ["O'Hara"]}, {"city": 'O"Hara'}, None),
    ("other marks do count", {"city": ["Rome"]}, {"city": "Rome!"}, "wrong value"),
    ("letters of other scripts count", {"city": ["서울"]}, {"city": "서 울"}, None),
    ("a part is not the whole", {"city": ["Rome"]}, {"city": "Rome Italy"}, "wrong value"),
    ("any accepted value will do", {"city": ["Rome", "Roma"]}, {"city": "roma"}, None),
    ("a number in place of a text", {"city": ["7"]}, {"city": 7}, "wrong type"),
    ("a text in place of a number", {"days": [7]}, {"days": "7"}, "wrong type"),
    ("a whole number where a number is wanted", {"heat": [20.0]}, {"heat": 20}, None),
    ("a float where a whole number is wanted", {"days": [5]}, {"days": 5.0}, "wrong type"),
    ("true is no whole number", {"days": [1]}, {"days": True}, "wrong type"),
    ("true is no number", {"heat": [1]}, {"heat": True}, "wrong type"),
    ("one is not true", {"loud": [True]}, {"loud": 1}, "wrong type"),
    ("false is not true", {"loud": [True]}, {"loud": False}, "wrong value"),
    ("the text false is not false", {"loud": [False]}, {"loud": "false"}, "wrong type"),
    ("an argument that may be left out", {"city": ["Rome"], "days": ["", 3]}, {"city": "Rome"}, None),
    ("and has its value where it is given", {"days": ["", 3]}, {"days": 4}, "wrong value"),
    ("one that may not be left out", {"city": ["Rome"], "days": [3]}, {"city": "Rome"}, "missing argument"),
    ("one that was not expected", {"city": ["Rome"]}, {"city": "Rome", "days": 3}, "unexpected argument"),
    ("one that the tool does not have", {"city": ["Rome"]}, {"city": "Rome", "when": "now"}, "unexpected argument"),
    ("a list in its order", {"names": [["Ann", "Bob"]]}, {"names": ["ann", "bob"]}, None),
    ("a list in another order", {"names": [["Ann", "Bob"]]}, {"names": ["Bob", "Ann"]}, "wrong value"),
    ("a list that is too long", {"names": [["Ann"]]}, {"names": ["Ann", "Bob"]}, "wrong value"),
    ("a list of the wrong kind", {"names": [["1"]]}, {"names": [1]}, "wrong type"),
    ("no list at all", {"names": [["Ann"]]}, {"names": "Ann"}, "wrong type"),
    ("whole numbers in a list of numbers", {"sizes": [[1, 2.5]]}, {"sizes": [1, 2.5]}, None),
    ("an object", {"at": [{"x": [1], "y": [2, 3]}]}, {"at": {"x": 1, "y": 3}}, None),
    ("an object with a wrong value", {"at": [{"x": [1], "y": [2]}]}, {"at": {"x": 1, "y": 9}}, "wrong value"),
    ("an object that lacks a value", {"at": [{"x": [1], "y": [2]}]}, {"at": {"x": 1}}, "wrong value"),
    ("an object that may lack it", {"at": [{"x": [1], "y": ["", 2]}]}, {"at": {"x": 1}}, None),
    ("an object with more than expected", {"at": [{"x": [1]}]}, {"at": {"x": 1, "y": 2}}, "wrong value"),
    ("true inside an object is not one", {"at": [{"x": [1]}]}, {"at": {"x": True}}, "wrong value"),
    ("a list of objects", {"path": [[{"x": [1]}, {"x": [2]}]]}, {"path": [{"x": 1}, {"x": 2}]}, None),
    ("and their order", {"path": [[{"x": [1]}, {"x": [2]}]]}, {"path": [{"x": 2}, {"x": 1}]}, "wrong value"),
    ("null where it is allowed", {"either": [None]}, {"either": None}, None),
    ("an argument without a type", {"free": [3]}, {"free": 3}, None),
    ("the answer's own type is fine", {"days": ["tomorrow"]}, {"days": "tomorrow"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("accepted", "given", "kind"), [rule[1:] for rule in RULES], ids=[rule[0] for rule in RULES])
def test_an_argument(accepted: dict[str, list[Any]], given: dict[str, Any], kind: FaultKind | None) -> None:
    fault = match_arguments(PARAMETERS, accepted, given)
    assert (fault.kind if fault else None) == kind


def test_what_is_required_is_missed_first() -> None:
    fault = match_arguments({**PARAMETERS, "required": ["city"]}, {"city": ["", "Rome"]}, {})
    assert fault is not None
    assert fault.kind == "missing argument"


def test_exact_texts_are_the_same_to_the_letter() -> None:
    assert match_arguments(PARAMETERS, {"city": ["Rome"]}, {"city": "rome"}, exact=True) is not None
    assert match_arguments(PARAMETERS, {"city": ["a\nb"]}, {"city": "a\nb"}, exact=True) is None


def tool(name: str) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": PARAMETERS}}


TOOLS = Tools((tool("go"), tool("look")))
TWO = (ExpectedCall("go", {"city": ["Rome"]}), ExpectedCall("look", {"days": [2]}))
GO = ReceivedCall(name="go", raw_arguments='{"city": "Rome"}')
LOOK = ReceivedCall(name="look", raw_arguments='{"days": 2}')


@pytest.mark.parametrize(
    ("calls", "kinds"),
    [
        ([GO, LOOK], []),
        ([LOOK, GO], []),
        ([GO], ["number of calls"]),
        ([GO, LOOK, LOOK], ["number of calls"]),
        ([GO, GO], ["wrong tool"]),
        ([LOOK, ReceivedCall(name="go", raw_arguments='{"city": "Oslo"}')], ["wrong value"]),
        ([LOOK, ReceivedCall(name="go", raw_arguments="{}")], ["missing argument"]),
    ],
)
def test_calls_made_at_once_match_in_any_order(calls: list[ReceivedCall], kinds: list[str]) -> None:
    assert [fault.kind for fault in match_calls(TWO, calls, TOOLS)] == kinds


def test_the_same_call_twice_is_not_two_different_ones() -> None:
    expected = (ExpectedCall("go", {"city": ["Rome"]}), ExpectedCall("go", {"city": ["Oslo"]}))
    [fault] = match_calls(expected, [GO, GO], TOOLS)
    assert (fault.kind, fault.said) == ("wrong value", 'go: city="Rome", expected "Oslo"')
