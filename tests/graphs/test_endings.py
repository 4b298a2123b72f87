from langchain_core.messages import AIMessageChunk

from graphs.events import Token
from graphs.state import Context
from tests.graphs.bench import Bench, results
from tests.graphs.scripted import call_piece


def look(at: int = 0) -> str:
    return "the same as before"


async def test_more_steps_than_allowed_lead_to_one_last_request_without_calls(bench: Bench):
    bench.toolset.add(look)
    bench.context = Context(max_steps=2)
    bench.model.enqueue_calls(("look", {"at": 1})).enqueue_calls(("look", {"at": 2}))
    bench.model.enqueue("I stop here.", call_piece("look", {"at": 3}, call_id="late"))
    state = await bench.send("Look around")
    assert [request.tool_choice for request in bench.model.requests] == [None, None, "none"]
    assert bench.model.requests[2].tools == bench.model.requests[0].tools
    assert (state["stopped_by"], state["steps"]) == ("max_steps", 3)
    assert state["messages"][-1].text == "I stop here."
    assert state["messages"][-1].tool_calls == []
    assert [arguments["at"] for _, arguments in bench.toolset.calls] == [1, 2]


async def test_calls_left_in_the_text_of_the_last_request_are_ignored_and_not_shown(bench: Bench):
    bench.toolset.add(look)
    bench.context = Context(max_steps=1)
    bench.model.enqueue_calls(("look", {})).enqueue('Enough. <tool_call>{"name": "look", "arguments": {}}</tool_call>')
    state = await bench.send("Look around")
    assert state["messages"][-1].text == "Enough."
    assert "".join(event.text for event in bench.of(Token)) == "Enough."
    assert len(bench.toolset.calls) == 1


async def test_the_same_call_with_the_same_result_three_times_ends_the_turn(bench: Bench):
    bench.toolset.add(look)
    for _ in range(3):
        bench.model.enqueue_calls(("look", {"at": 1}))
    bench.model.enqueue("Nothing changes.")
    state = await bench.send("Look")
    assert state["stopped_by"] == "repetition"
    assert len(bench.toolset.calls) == 3
    assert bench.model.requests[-1].tool_choice == "none"


async def test_the_same_call_with_changing_results_goes_on(bench: Bench):
    ticks = iter(range(10))

    def count() -> int:
        return next(ticks)

    bench.toolset.add(count)
    for _ in range(4):
        bench.model.enqueue_calls(("count", {}))
    bench.model.enqueue("Four.")
    assert (await bench.send("Count"))["stopped_by"] == "answer"


async def test_the_same_refused_call_three_times_ends_the_turn(bench: Bench):
    for _ in range(3):
        bench.model.enqueue_calls(("gone", {}))
    bench.model.enqueue("I cannot.")
    assert (await bench.send("Try"))["stopped_by"] == "repetition"


async def test_equal_calls_within_one_step_are_no_loop(bench: Bench):
    bench.toolset.add(look)
    bench.model.enqueue_calls(*[("look", {})] * 3).enqueue("Done.")
    assert (await bench.send("Look"))["stopped_by"] == "answer"


async def test_a_new_message_starts_counting_anew(bench: Bench):
    bench.toolset.add(look)
    bench.context = Context(max_steps=1)
    bench.model.enqueue_calls(("look", {})).enqueue("Stopped.").enqueue("Hello.")
    assert (await bench.send("Look"))["stopped_by"] == "max_steps"
    state = await bench.send("Hello")
    assert (state["stopped_by"], state["steps"]) == ("answer", 1)


async def test_a_reply_cut_off_executes_nothing_and_the_model_is_told(bench: Bench):
    bench.toolset.add(look)
    whole, half = call_piece("look", {"at": 1}), call_piece("look", '{"at": ', call_id="c2", index=1)
    bench.model.enqueue(whole, half, finish="length").enqueue("Too long.")
    state = await bench.send("Look")
    assert bench.toolset.calls == []
    assert ["cut off" in result.text for result in results(state)] == [True, True]
    assert state["stopped_by"] == "answer"


async def test_a_tagged_call_cut_off_in_the_text_executes_nothing(bench: Bench):
    bench.toolset.add(look)
    bench.model.enqueue('<tool_call>{"name": "look", "argu', finish="length").enqueue("Too long.")
    state = await bench.send("Look")
    assert "cut off" in results(state)[0].text
    assert "".join(event.text for event in bench.of(Token)) == "Too long."


async def test_an_answer_cut_off_is_kept_and_says_so(bench: Bench):
    bench.model.enqueue("Once upon a", finish="length")
    state = await bench.send("Tell me")
    assert (state["stopped_by"], state["messages"][-1].text) == ("cut_off", "Once upon a")


async def test_an_empty_answer_is_no_answer(bench: Bench):
    bench.model.enqueue(AIMessageChunk(content=""))
    assert (await bench.send("Tell me"))["stopped_by"] == "empty"
