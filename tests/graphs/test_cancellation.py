import asyncio

import pytest
from langchain_core.messages import HumanMessage, ToolCall
from langgraph.graph import START
from langgraph.runtime import Runtime

from graphs.nodes.tool_execution import ToolExecution
from graphs.policy import Policy
from graphs.state import Context
from graphs.toolset import ToolResult
from tests.graphs.bench import Bench, results

SOON = 5.0
"""Seconds that a wait in these tests may take at most."""


async def cancelled_while_driving(bench: Bench) -> None:
    """A turn whose person pressed Ctrl-C in the middle of a call."""
    driving = asyncio.Event()

    async def drive() -> str:
        driving.set()
        await asyncio.Event().wait()
        return "never"

    bench.toolset.add(drive, read_only=False)
    bench.policy = Policy(default="allow")
    bench.model.enqueue_calls(("drive", {}))
    turn = asyncio.create_task(bench.send("Drive"))
    await asyncio.wait_for(driving.wait(), SOON)
    turn.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(turn, SOON)


async def test_an_interrupted_call_leaves_a_marker_and_the_thread_stays_usable(bench: Bench):
    await cancelled_while_driving(bench)
    entry = await bench.journal.find(bench.thread, "c0")
    assert entry is not None
    assert entry.result is not None
    assert "Interrupted by the person" in entry.result.text
    bench.model.enqueue("I stopped.")
    state = await bench.send("Stop")
    assert state["stopped_by"] == "answer"
    kinds = [message.type for message in bench.model.requests[-1].messages]
    assert kinds == ["system", "human", "ai", "tool", "human"]
    assert "interrupted" in bench.model.requests[-1].messages[3].text


async def test_a_message_written_before_the_run_leaves_the_interrupted_call_behind(bench: Bench):
    await cancelled_while_driving(bench)
    await bench.agent().aupdate_state(bench.config, {"messages": [HumanMessage("Stop")]}, as_node=START)
    bench.model.enqueue("I stopped.")
    state = await bench.stream(None)
    assert [message.type for message in state["messages"]] == ["human", "ai", "human", "ai"]
    assert len(bench.toolset.calls) == 1


async def test_going_on_after_an_interruption_gives_the_model_the_marker(bench: Bench):
    await cancelled_while_driving(bench)
    bench.model.enqueue("It was interrupted.")
    state = await bench.stream(None)
    assert "Interrupted by the person" in results(state)[0].text
    assert len(bench.toolset.calls) == 1


async def test_the_marker_is_written_even_when_the_cancellation_is_repeated(bench: Bench):
    """The node alone, because LangGraph passes a cancellation on to its tasks once."""
    driving, writing, go_on, written = (asyncio.Event() for _ in range(4))
    finish = bench.journal.finish

    async def slow_finish(thread: str, call_id: str, result: ToolResult) -> None:
        writing.set()
        await asyncio.wait_for(go_on.wait(), SOON)
        await finish(thread, call_id, result)
        written.set()

    async def drive() -> None:
        driving.set()
        await asyncio.Event().wait()

    bench.journal.finish = slow_finish
    node = ToolExecution(toolset=bench.toolset.add(drive), journal=bench.journal)
    call = ToolCall(name="drive", args={}, id="c0", type="tool_call")
    running = asyncio.create_task(node.run({"call": call, "repaired": False}, Runtime(context=Context())))
    await asyncio.wait_for(driving.wait(), SOON)
    running.cancel()
    await asyncio.wait_for(writing.wait(), SOON)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(running, SOON)
    go_on.set()
    await asyncio.wait_for(written.wait(), SOON)
    assert bench.journal.written == [("start", "c0"), ("finish", "c0")]
