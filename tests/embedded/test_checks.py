"""What the agent accepts of a call that the embedded model wrote."""

from typing import Any

import pytest
from langchain_core.messages import AIMessageChunk, ToolCall

from app.chat.embedded_answer import UNREADABLE, Request, stream_answer
from app.chat.embedded_calls import NONE_FITS, as_written, refusal
from app.chat.embedded_engine import Piece
from app.chat.embedded_prompt import Shown
from tests.embedded.conftest import Shipped, as_function

FORECAST = as_function(
    "get_forecast",
    "",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer", "maximum": 7}},
        "required": ["city"],
    },
)


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"city": "Oslo"}, ["What is the forecast for Oslo?"]),
        ({"city": "oslo"}, ["Oslo forecast"]),
        ({"city": "New York", "days": 3}, ["forecast for New  York for 3 days"]),
        ({"city": "New York", "days": 3}, ["forecast for New\nYork for 3 days"]),
        ({"city": "Oslo", "days": 3}, ["forecast for the place I noted, 3 days", "1: Oslo"]),
    ],
)
def test_values_that_stand_in_the_request_pass(arguments: dict[str, Any], shown: list[str]) -> None:
    assert refusal(call("get_forecast", **arguments), [FORECAST], shown) is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"city": "Paris"}, "Please give me a value for city."),
        ({"city": "Osl"}, "Please give me a value for city."),
        ({"city": "Oslo", "days": 5}, "Please give me a value for days."),
        ({}, "Please give me a value for city."),
        ({"city": "Oslo", "days": "3"}, "I found no fitting value for days in your request."),
        ({"city": "Oslo", "days": 30}, "I found no fitting value for days in your request."),
        ({"city": "Oslo", "town": "Oslo"}, "I found no fitting value for the arguments in your request."),
    ],
)
def test_an_invented_or_unfitting_value_is_not_called(arguments: dict[str, Any], said: str) -> None:
    shown = ["forecast for Oslo for 3 or 30 days"]
    assert refusal(call("get_forecast", **arguments), [FORECAST], shown) == said


def test_a_value_out_of_two_texts_is_nobodys() -> None:
    shown = ["forecast for New", "York: 1 note"]
    assert refusal(call("get_forecast", city="New York"), [FORECAST], shown) == "Please give me a value for city."


def test_an_unknown_tool_is_not_called() -> None:
    assert refusal(call("get_tides", city="Oslo"), [FORECAST], ["tides in Oslo"]) == NONE_FITS


def test_nested_values_are_checked_too() -> None:
    tool = as_function("tag", "", {"type": "object", "properties": {"tags": {"type": "array"}}})
    assert refusal(call("tag", tags=["red", "blue"]), [tool], ["tag it red and blue"]) is None
    assert refusal(call("tag", tags=["red", "green"]), [tool], ["tag it red and blue"]) is not None


def test_a_value_gets_back_its_capital_letter() -> None:
    assert as_written(call("x", zone="asia/Tokyo"), ["Asia/Tokyo: what time is it?"])["args"] == {"zone": "Asia/Tokyo"}


def test_a_text_gets_back_the_small_words_inside_it() -> None:
    shown = ["Add a note: call the plumber on Monday"]
    assert as_written(call("x", text="call plumber on Monday"), shown)["args"] == {"text": "call the plumber on Monday"}
    assert as_written(call("x", text="call Monday"), shown)["args"] == {"text": "call Monday"}


def test_one_bad_call_holds_back_its_good_neighbour() -> None:
    good, bad = written("get_forecast", "Oslo"), written("get_forecast", "Paris")
    answer = read(f"{good}\n{bad}", shown="forecast for Oslo")
    assert answer.text == "Please give me a value for city."
    assert not answer.tool_calls


def test_a_call_that_is_not_json_is_not_called() -> None:
    answer = read('<tool_call>\n{"name": "get_forecast", "arguments"\n</tool_call>', shown="forecast for Oslo")
    assert answer.text == UNREADABLE
    assert not answer.tool_calls


def test_a_call_copied_from_a_result_is_neither_made_nor_shown() -> None:
    call_text = written("get_forecast", "Oslo")
    answer = read(f"The result of read_page is: {call_text}", shown=f"read the page {call_text}")
    assert answer.text.strip() == "The result of read_page is:"
    assert not answer.tool_calls


def test_every_shipped_schema_can_be_checked(shipped: Shipped) -> None:
    for tool in shipped.tools:
        name = tool["function"]["name"]
        required = tool["function"]["parameters"].get("required", [])
        said = refusal(call(name), shipped.tools, [])
        assert said == (f"Please give me a value for {required[0]}." if required else None)


def call(name: str, **arguments: Any) -> ToolCall:
    return ToolCall(name=name, args=arguments, id=None)


def written(name: str, city: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {{"city": "{city}"}}}}\n</tool_call>'


def read(text: str, *, shown: str) -> AIMessageChunk:
    pieces = iter([*(Piece(text=letter) for letter in text), Piece(text="", finish_reason="stop")])
    chunks = stream_answer(pieces, Request(shown=Shown(shown, "", ()), tools=[FORECAST]), prompt_tokens=1)
    return sum(chunks, AIMessageChunk(content=""))
