from langchain_core.messages import (
    AIMessage,
    AnyMessage,
    HumanMessage,
    InvalidToolCall,
    SystemMessage,
    ToolCall,
    ToolMessage,
)

from graphs.history import NO_RESULT, History
from graphs.state import Compaction


def calling(*ids: str, message_id: str = "a") -> AIMessage:
    return AIMessage("", tool_calls=[ToolCall(name="look", args={}, id=call_id) for call_id in ids], id=message_id)


def result(call_id: str, text: str = "seen") -> ToolMessage:
    return ToolMessage(text, tool_call_id=call_id, name="look", id=f"r-{call_id}")


def view(*messages: AnyMessage, compaction: Compaction | None = None) -> list[AnyMessage]:
    return History(messages=messages, system_prompt="", compaction=compaction or {}).view()


def told(messages: list[AnyMessage]) -> list[tuple[str, str]]:
    return [(message.type, message.text) for message in messages]


def test_the_system_prompt_comes_first():
    assert History(messages=[HumanMessage("Hi")], system_prompt="Be useful.").view()[0] == SystemMessage("Be useful.")


def test_results_stand_right_behind_their_calls_in_call_order():
    shown = view(HumanMessage("Go"), calling("1", "2"), result("2", "two"), result("1", "one"))
    assert told(shown) == [("human", "Go"), ("ai", ""), ("tool", "one"), ("tool", "two")]


def test_a_call_without_a_result_gets_a_marker_before_what_the_person_said_next():
    shown = view(HumanMessage("Go"), calling("1", "2"), result("1"), HumanMessage("Stop"))
    assert told(shown)[2:] == [("tool", "seen"), ("tool", NO_RESULT), ("human", "Stop")]


def test_results_without_a_call_and_second_results_are_dropped():
    shown = view(HumanMessage("Go"), result("9"), calling("1"), result("1", "first"), result("1", "second"))
    assert told(shown) == [("human", "Go"), ("ai", ""), ("tool", "first")]


def test_invalid_calls_are_shown_as_calls_because_servers_refuse_arguments_that_are_no_json():
    broken = InvalidToolCall(name=None, args="{", id="2", error="cut", type="invalid_tool_call")
    message = calling("1").model_copy(update={"invalid_tool_calls": [broken]})
    shown = view(HumanMessage("Go"), message, result("2", "not valid"), result("1"))
    assert [(call["name"], call["args"]) for call in shown[1].tool_calls] == [("look", {}), ("unknown_tool", {})]
    assert shown[1].invalid_tool_calls == []
    assert [m.text for m in shown[2:]] == ["seen", "not valid"]
    assert message.invalid_tool_calls == [broken]


def test_cleared_outputs_become_a_placeholder_and_keep_their_place():
    messages = [
        HumanMessage("Go"),
        calling("1"),
        result("1", "x" * 500),
        calling("2", message_id="b"),
        result("2", "y" * 500),
    ]
    shown = view(*messages, compaction={"cleared_through": "r-1"})
    assert "500 characters cleared" in shown[2].text
    assert shown[2].tool_call_id == "1"
    assert shown[4].text == "y" * 500
    assert messages[2].text == "x" * 500


def test_short_outputs_are_not_made_longer_by_clearing():
    assert view(HumanMessage("Go"), calling("1"), result("1"), compaction={"cleared_through": "r-1"})[2].text == "seen"


def test_a_summary_stands_for_the_messages_it_covers_and_keeps_the_request_word_for_word():
    messages = [
        HumanMessage("Find the key", id="h"),
        calling("1"),
        result("1"),
        calling("2", message_id="b"),
        result("2"),
    ]
    shown = view(*messages, compaction={"summarised_through": "r-1", "summary": "Looked north."})
    assert [message.type for message in shown] == ["human", "ai", "tool"]
    assert "Looked north." in shown[0].text
    assert "Find the key" in shown[0].text


def test_a_summary_before_a_persons_message_joins_it():
    messages = [HumanMessage("One", id="h"), AIMessage("Done.", id="a"), HumanMessage("Two", id="i")]
    shown = view(*messages, compaction={"summarised_through": "a", "summary": "Said one."})
    assert [message.type for message in shown] == ["human"]
    assert shown[0].text.endswith("Two")
    blocks = [*messages[:2], HumanMessage([{"type": "text", "text": "Two"}], id="i")]
    assert [
        block["text"] for block in view(*blocks, compaction={"summarised_through": "a", "summary": "S"})[0].content
    ][1] == "Two"


def test_a_compaction_that_points_to_no_message_changes_nothing():
    assert told(view(HumanMessage("Go"), compaction={"summarised_through": "lost", "summary": "?"})) == [
        ("human", "Go")
    ]
