import pytest
from langchain_core.exceptions import (
    ModelAPIError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelRateLimitError,
    ModelTimeoutError,
)
from langchain_core.messages import AIMessage, AIMessageChunk

from graphs.chat_models import ModelChoice
from graphs.events import ModelRequest, Notice, Reasoning, Token, ToolFinished, ToolStarted, Usage
from graphs.model_call import Attempts
from graphs.state import Context
from tests.graphs.bench import Bench, results
from tests.graphs.scripted import ScriptedModel, call_piece, ending


def get_time(tz: str = "UTC") -> str:
    return f"12:00 in {tz}"


def shown(bench: Bench) -> str:
    return "".join(event.text for event in bench.of(Token))


async def test_an_answer_streams_and_ends_the_turn(bench: Bench):
    bench.model.enqueue("It is noon.")
    state = await bench.send("What time is it?")
    assert len(bench.of(Token)) > 1
    assert shown(bench) == state["messages"][-1].text == "It is noon."
    assert (state["stopped_by"], state["steps"]) == ("answer", 1)


async def test_reasoning_is_told_apart_from_the_answer(bench: Bench):
    thought = AIMessageChunk(content="", additional_kwargs={"reasoning_content": "hm"})
    bench.model.enqueue(thought, "Yes.")
    state = await bench.send("Well?")
    assert [event.text for event in bench.of(Reasoning)] == ["hm"]
    assert shown(bench) == state["messages"][-1].text == "Yes."


async def test_usage_is_reported_with_the_window_it_counts_against(bench: Bench):
    bench.context_window = 8000
    bench.model.enqueue("Yes.", ending(used=(10, 2)), finish=None)
    await bench.send("Well?")
    assert bench.of(Usage) == [Usage(input_tokens=10, output_tokens=2, context_window=8000)]


async def test_every_request_tells_how_long_it_took_and_when_its_first_token_came(bench: Bench):
    bench.model.enqueue(ModelConnectionError("no luck")).enqueue(AIMessageChunk(content=""), "Here.")
    await bench.send("Hello?")
    failed, answered = bench.of(ModelRequest)
    assert (failed.model, failed.outcome, failed.first_token) == ("first", "unreachable", None)
    assert (answered.model, answered.outcome) == ("first", "ok")
    assert 0 < answered.first_token < answered.seconds


async def test_a_piece_that_only_names_the_role_is_not_the_first(bench: Bench):
    bench.model.enqueue(AIMessageChunk(content=""), finish=None)
    await bench.send("Hello?")
    assert [event.first_token for event in bench.of(ModelRequest)] == [None]


async def test_a_reply_of_calls_alone_has_a_first_token(bench: Bench):
    bench.toolset.add(get_time)
    bench.model.enqueue_calls(("get_time", {"tz": "UTC"})).enqueue("Noon.")
    await bench.send("Time?")
    assert all(event.first_token is not None for event in bench.of(ModelRequest))


@pytest.mark.parametrize("error", [ModelConnectionError, ModelTimeoutError, ModelRateLimitError, ModelAPIError])
async def test_passing_failures_are_tried_again(bench: Bench, error):
    bench.model.enqueue(error("no luck")).enqueue(error("no luck")).enqueue("Here.")
    state = await bench.send("Hello?")
    assert state["messages"][-1].text == "Here."
    assert [notice.text for notice in bench.of(Notice)] == ["first failed (no luck); asking again."] * 2


async def test_after_three_attempts_the_error_is_raised_and_the_message_is_kept(bench: Bench):
    for _ in range(3):
        bench.model.enqueue(ModelAPIError("500"))
    with pytest.raises(ModelAPIError):
        await bench.send("Hello?")
    assert [message.text for message in (await bench.state())["messages"]] == ["Hello?"]


async def test_a_bad_request_is_not_tried_again(bench: Bench):
    bench.model.enqueue(ModelInvalidRequestError("400"))
    with pytest.raises(ModelInvalidRequestError):
        await bench.send("Hello?")
    assert len(bench.model.requests) == 1


async def test_no_further_attempt_when_connecting_took_longer_than_patience(bench: Bench):
    bench.attempts = Attempts(backoff=0, patience=-1)
    bench.model.enqueue(ModelConnectionError("unreachable"))
    with pytest.raises(ModelConnectionError):
        await bench.send("Hello?")
    assert len(bench.model.requests) == 1


async def test_a_fallback_takes_over_and_is_announced(bench: Bench):
    bench.attempts = Attempts(most=1)
    bench.model.enqueue(ModelConnectionError("refused"))
    bench.fallbacks = [ModelChoice(name="second", model=ScriptedModel().enqueue("I am here."))]
    state = await bench.send("Hello?")
    assert state["messages"][-1].text == "I am here."
    assert state["messages"][-1].response_metadata["model_name"] == "second"
    assert [notice.text for notice in bench.of(Notice)] == ["first failed (refused); second takes over."]


async def test_a_long_error_is_announced_in_one_short_line(bench: Bench):
    bench.model.enqueue(ModelAPIError("x" * 900 + "\nbody")).enqueue(ModelAPIError()).enqueue("Here.")
    await bench.send("Hello?")
    first, second = [notice.text for notice in bench.of(Notice)]
    assert len(first) < 250
    assert "\n" not in first
    assert second == "first failed (ModelAPIError); asking again."


async def test_a_model_picked_by_name_is_asked_first(bench: Bench):
    bench.fallbacks = [ModelChoice(name="second", model=ScriptedModel().enqueue("I am second."))]
    bench.context = Context(model="second")
    assert (await bench.send("Hello?"))["messages"][-1].text == "I am second."
    assert bench.model.requests == []


@pytest.mark.parametrize("begun", ["Par", call_piece("get_time", '{"tz')])
async def test_after_the_first_token_nothing_is_tried_again(bench: Bench, begun):
    second = ScriptedModel()
    bench.fallbacks = [ModelChoice(name="second", model=second)]
    bench.model.enqueue(begun, ModelConnectionError("gone"))
    with pytest.raises(ModelConnectionError):
        await bench.send("Hello?")
    assert len(bench.model.requests) == 1
    assert second.requests == []


async def test_json_that_langchain_would_repair_is_not_executed(bench: Bench):
    bench.toolset.add(get_time)
    bench.model.enqueue(call_piece("get_time", '{"tz": "Asia/To'), finish="tool_calls").enqueue("Sorry.")
    state = await bench.send("Time?")
    assert bench.toolset.calls == []
    assert "not valid" in results(state)[0].text
    assert '{"tz": "Asia/To' in results(state)[0].text
    assert [event.status for event in bench.of(ToolFinished)] == ["error"]


@pytest.mark.parametrize("arguments", ['{"tz": NaN}', '["UTC"]', '"UTC"', "{'tz': 'UTC'}"])
async def test_arguments_that_are_not_one_json_object_are_not_executed(bench: Bench, arguments):
    bench.toolset.add(get_time)
    bench.model.enqueue_calls(("get_time", arguments)).enqueue("Sorry.")
    await bench.send("Time?")
    assert bench.toolset.calls == []


@pytest.mark.parametrize("arguments", ["", "{}", "null"])
async def test_no_arguments_at_all_are_an_empty_object(bench: Bench, arguments):
    bench.toolset.add(get_time)
    bench.model.enqueue_calls(("get_time", arguments)).enqueue("Noon.")
    await bench.send("Time?")
    assert bench.toolset.calls == [("get_time", {})]


async def test_arguments_streamed_in_fragments_are_put_together(bench: Bench):
    bench.toolset.add(get_time)
    pieces = [
        call_piece("get_time", '{"tz"'),
        call_piece("", ': "As', call_id=None),
        call_piece("", 'ia"}', call_id=None),
    ]
    bench.model.enqueue(*pieces, finish="tool_calls").enqueue("Noon.")
    await bench.send("Time?")
    assert bench.toolset.calls == [("get_time", {"tz": "Asia"})]


async def test_call_ids_are_unique_in_the_thread(bench: Bench):
    bench.toolset.add(get_time)
    bench.model.enqueue(
        call_piece("get_time", {}, call_id=None),
        call_piece("get_time", {"tz": "A"}, call_id="c0", index=1),
        call_piece("get_time", {"tz": "B"}, call_id="c0", index=2),
        finish="tool_calls",
    )
    bench.model.enqueue_calls(("get_time", {"tz": "C"})).enqueue("Noon.")
    state = await bench.send("Time?")
    ids = [result.tool_call_id for result in results(state)]
    assert len(set(ids)) == 4
    assert all(ids)
    assert len(bench.toolset.calls) == 4


async def test_a_call_in_the_text_runs_and_counts_as_repaired(bench: Bench):
    bench.toolset.add(get_time)
    bench.model.enqueue('One moment. <tool_call>{"name": "get_time", "arguments": {"tz": "UTC"}}</tool_call>')
    bench.model.enqueue("Noon.")
    state = await bench.send("Time?")
    assert bench.toolset.calls == [("get_time", {"tz": "UTC"})]
    assert [event.repaired for event in bench.of(ToolStarted)] == [True]
    assert shown(bench) == "One moment.Noon."
    lifted: AIMessage = state["messages"][1]
    assert lifted.text == "One moment."
    assert lifted.response_metadata["repaired_calls"] == [lifted.tool_calls[0]["id"]]


async def test_a_call_written_twice_as_call_and_as_text_runs_once(bench: Bench):
    bench.toolset.add(get_time)
    text = '{"name": "get_time", "arguments": {"tz": "UTC"}}'
    bench.model.enqueue(text, call_piece("get_time", {"tz": "UTC"})).enqueue("Noon.")
    await bench.send("Time?")
    assert len(bench.toolset.calls) == 1


async def test_tools_that_appear_or_vanish_during_a_turn_count_from_the_next_step(bench: Bench):
    def grow() -> str:
        bench.toolset.add(get_time)
        return "grown"

    bench.toolset.add(grow)
    bench.model.enqueue_calls(("grow", {})).enqueue_calls(("get_time", {})).enqueue("Noon.")
    await bench.send("Time?")
    bound = [[tool["function"]["name"] for tool in request.tools or []] for request in bench.model.requests]
    assert bound == [["grow"], ["grow", "get_time"], ["grow", "get_time"]]
    assert ("get_time", {}) in bench.toolset.calls


async def test_without_tools_nothing_is_bound_and_no_choice_is_sent(bench: Bench):
    bench.context = Context(max_steps=1)
    bench.model.enqueue("Hello.")
    await bench.send("Hello?")
    assert (bench.model.requests[0].tools, bench.model.requests[0].tool_choice) == (None, None)


async def test_the_context_replaces_the_system_prompt(bench: Bench):
    bench.context = Context(system_prompt="Be brief.")
    bench.model.enqueue("Hi.")
    await bench.send("Hello?")
    assert bench.model.requests[0].messages[0].text == "Be brief."
