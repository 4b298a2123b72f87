"""The shipped model over the tools of the shipped servers: what the README says that it can do."""

import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage, ToolMessage

from app.chat.embedded import EmbeddedChatModel
from tests.embedded.conftest import Shipped

SYSTEM = SystemMessage("You are Switchyard, an agent that answers by calling tools.")

REQUESTS: list[tuple[str, list[tuple[str, dict[str, Any]]]]] = [
    ("What time is it in Asia/Tokyo?", [("get_current_time", {"timezone": "Asia/Tokyo"})]),
    ("What time is it in Europe/Berlin?", [("get_current_time", {"timezone": "Europe/Berlin"})]),
    ("what is the current time in America/New_York", [("get_current_time", {"timezone": "America/New_York"})]),
    ("What is the weather in Berlin?", [("get_current_weather", {"city": "Berlin"})]),
    ("What is the weather in San Francisco?", [("get_current_weather", {"city": "San Francisco"})]),
    ("Give me the forecast for Oslo for 3 days", [("get_forecast", {"city": "Oslo", "days": 3})]),
    ("Add a note: buy milk", [("add_note", {"text": "buy milk"})]),
    ("Add a note: call the plumber on Monday", [("add_note", {"text": "call the plumber on Monday"})]),
    ("list my notes", [("list_notes", {})]),
    ("search my notes for milk", [("search_notes", {"query": "milk"})]),
    ("delete note 3", [("delete_note", {"id": 3})]),
    (
        "Convert 10:30 from Europe/Berlin to Asia/Tokyo",
        [("convert_time", {"source_timezone": "Europe/Berlin", "time": "10:30", "target_timezone": "Asia/Tokyo"})],
    ),
    (
        "What is the weather in Paris and in London?",
        [("get_current_weather", {"city": "Paris"}), ("get_current_weather", {"city": "London"})],
    ),
    (
        "What time is it in Asia/Tokyo and what is the weather in Paris?",
        [("get_current_time", {"timezone": "Asia/Tokyo"}), ("get_current_weather", {"city": "Paris"})],
    ),
]


@pytest.mark.parametrize(("request_text", "wanted"), REQUESTS, ids=[text for text, _ in REQUESTS])
async def test_a_request_becomes_the_calls_it_asks_for(
    model: EmbeddedChatModel, shipped: Shipped, request_text: str, wanted: list[tuple[str, dict[str, Any]]]
) -> None:
    reply = await model.bind_tools(shipped.tools).ainvoke([SYSTEM, HumanMessage(request_text)])
    assert [(call["name"], call["args"]) for call in reply.tool_calls] == wanted
    assert not reply.content


async def test_the_answer_has_the_time_that_the_server_gave(model: EmbeddedChatModel, shipped: Shipped) -> None:
    reply = await model.bind_tools(shipped.tools).ainvoke(asked_for_tokyo(shipped.tokyo))
    assert json.loads(shipped.tokyo)["datetime"] in reply.text
    assert not reply.tool_calls


async def test_another_result_is_another_answer(model: EmbeddedChatModel, shipped: Shipped) -> None:
    moment = {**json.loads(shipped.tokyo), "datetime": "1999-12-31T23:59:00+09:00", "day_of_week": "Friday"}
    for result in (json.dumps(moment, indent=2), "1999-12-31T23:59"):
        reply = await model.bind_tools(shipped.tools).ainvoke(asked_for_tokyo(result))
        assert "23:59" in reply.text


@pytest.mark.parametrize("text", ["What time is it in Asia/Tokyo?", "What time is it in Europe/Berlin?"])
async def test_without_a_clock_it_says_that_it_cannot(model: EmbeddedChatModel, shipped: Shipped, text: str) -> None:
    rest = shipped.without("get_current_time", "convert_time")
    for reply in (await model.bind_tools(rest).ainvoke(text), await model.ainvoke(text)):
        assert not reply.tool_calls
        assert reply.text in ("None of my tools fits that request.", "I have no tools here.")


@pytest.mark.parametrize("text", ["tell me a joke", "book a flight to Rome", "drive forward 0.3 m"])
async def test_a_request_that_no_tool_fits_is_refused(model: EmbeddedChatModel, shipped: Shipped, text: str) -> None:
    reply = await model.bind_tools(shipped.tools).ainvoke(text)
    assert not reply.tool_calls
    assert reply.text == "None of my tools fits that request."


async def test_a_note_of_two_lines_becomes_one_of_one_line(model: EmbeddedChatModel, shipped: Shipped) -> None:
    reply = await model.bind_tools(shipped.tools).ainvoke('Add a note: "water the plants\ncall the plumber"')
    assert [call["args"] for call in reply.tool_calls] == [{"text": "water the plants call the plumber"}]


async def test_a_missing_value_is_asked_for(model: EmbeddedChatModel, shipped: Shipped) -> None:
    reply = await model.bind_tools(shipped.tools).ainvoke("What time is it?")
    assert not reply.tool_calls
    assert reply.text == "Please give me a value for timezone."


async def test_two_results_are_both_in_the_answer(model: EmbeddedChatModel, shipped: Shipped) -> None:
    calls = [call("1", "get_current_weather", city="Paris"), call("2", "get_current_weather", city="London")]
    conversation = [
        HumanMessage("What is the weather in Paris and in London?"),
        AIMessage("", tool_calls=calls),
        ToolMessage("Paris, France: 12.3 °C, overcast", tool_call_id="1"),
        ToolMessage("London, United Kingdom: 9.8 °C, light rain", tool_call_id="2"),
    ]
    reply = await model.bind_tools(shipped.tools).ainvoke(conversation)
    assert "12.3 °C" in reply.text
    assert "9.8 °C" in reply.text


async def test_a_tool_that_gave_nothing_takes_no_other_result_away(model: EmbeddedChatModel, shipped: Shipped) -> None:
    calls = [call("1", "delete_note", id=3), call("2", "list_notes")]
    said = HumanMessage("delete note 3 and list my notes")
    results = [ToolMessage("", tool_call_id="1"), ToolMessage("1: milk", tool_call_id="2")]
    reply = await model.bind_tools(shipped.tools).ainvoke([said, AIMessage("", tool_calls=calls), *results])
    assert reply.text == "The result of delete_note is: \nThe result of list_notes is: 1: milk"


async def test_an_answer_ends_when_every_result_was_quoted(model: EmbeddedChatModel, shipped: Shipped) -> None:
    long = "\n".join(
        f"{number}: bring {number * 37} boxes of \u00e9clairs, 2026-01-{number:02d}" for number in range(1, 29)
    )
    calls = [call("1", "get_current_time", timezone="Asia/Tokyo"), call("2", "list_notes")]
    conversation = [
        HumanMessage("What time is it in Asia/Tokyo and list my notes"),
        AIMessage("", tool_calls=calls),
        ToolMessage("12:00", tool_call_id="1"),
        ToolMessage(long, tool_call_id="2"),
    ]
    reply = await model.bind_tools(shipped.tools).ainvoke(conversation)
    assert reply.text == f"The result of get_current_time is: 12:00\nThe result of list_notes is: {long}"


async def test_a_failed_tool_is_reported_as_failed(model: EmbeddedChatModel, shipped: Shipped) -> None:
    *conversation, result = asked_for_tokyo("the network is unreachable")
    failed = result.model_copy(update={"status": "error"})
    reply = await model.bind_tools(shipped.tools).ainvoke([*conversation, failed])
    assert reply.text == "Sorry, get_current_time failed: Error: the network is unreachable"


def asked_for_tokyo(result: str) -> list[BaseMessage]:
    calls = [call("1", "get_current_time", timezone="Asia/Tokyo")]
    said = HumanMessage("What time is it in Asia/Tokyo?")
    return [SYSTEM, said, AIMessage("", tool_calls=calls), ToolMessage(result, tool_call_id="1")]


def call(identifier: str, name: str, **arguments: Any) -> dict[str, Any]:
    return {"id": identifier, "name": name, "args": arguments}
