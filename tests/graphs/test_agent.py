import itertools
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graphs.events import ToolFinished, ToolStarted
from graphs.policy import Policy
from tests.graphs.bench import Bench, results


def look(at: str = "north") -> str:
    return f"a wall in the {at}"


def drive(metres: float) -> str:
    return f"drove {metres} m"


def test_every_edge_is_drawn(bench: Bench):
    drawn = {(edge.source, edge.target) for edge in bench.agent().get_graph().edges}
    assert drawn == {
        ("__start__", "model"),
        ("model", "tool_router"),
        ("tool_router", "model"),
        ("tool_router", "approval"),
        ("tool_router", "tool_execution"),
        ("tool_router", "__end__"),
        ("approval", "model"),
        ("approval", "tool_execution"),
        ("tool_execution", "model"),
    }
    mermaid = bench.agent().get_graph().draw_mermaid()
    assert all(node in mermaid for node in ("model", "tool_router", "approval", "tool_execution"))


async def test_a_prompt_only_ever_grows_at_its_end(bench: Bench):
    bench.toolset.add(look).add(drive, read_only=False)
    bench.policy = Policy()
    bench.model.enqueue_calls(("look", {}), ("look", {"at": "east"}), ("nothing", {}), ("look", '{"at": '))
    bench.model.enqueue('Hm. <tool_call>{"name": "look", "arguments": {"at": "south"}}</tool_call>')
    bench.model.enqueue_calls(("drive", {"metres": 1}), ("drive", {"metres": 2}))
    await bench.send("Look around and drive")
    bench.model.enqueue("Done.").enqueue_calls(("look", {"at": "west"})).enqueue("Bye.")
    edit = {"type": "edit", "edited_action": {"name": "drive", "args": {"metres": 0.1}}}
    await bench.resume(edit, {"type": "reject"})
    await bench.send("And west?")
    prompts = [request.prompt() for request in bench.model.requests]
    assert len(prompts) == 6
    for before, after in itertools.pairwise(prompts):
        assert after[: len(before)] == before
        assert len(after) > len(before)
    assert all(request.tools == bench.model.requests[0].tools for request in bench.model.requests)


async def test_every_call_is_reported_started_and_finished_exactly_once(bench: Bench):
    bench.toolset.add(look).add(drive, read_only=False)
    bench.model.enqueue_calls(("look", {}), ("drive", {"metres": 1}), ("nothing", {}), ("look", "{"))
    await bench.send("Go")
    bench.model.enqueue("Done.")
    state = await bench.resume({"type": "reject"})
    ids = ["c0", "c1", "c2", "c3"]
    assert sorted(event.call_id for event in bench.of(ToolStarted)) == ids
    assert sorted(event.call_id for event in bench.of(ToolFinished)) == ids
    assert sorted(result.tool_call_id for result in results(state)) == ids


async def test_a_thread_survives_strict_checkpoints_on_disk(
    bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    bench.toolset.add(look).add(drive, read_only=False)
    bench.model.enqueue_calls(("look", {}), ("drive", {"metres": 1}), ("look", "{"))
    path = str(tmp_path / "threads.sqlite")
    async with AsyncSqliteSaver.from_conn_string(path) as bench.saver:
        bench.saver.serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        await bench.send("Go")
    async with AsyncSqliteSaver.from_conn_string(path) as bench.saver:
        bench.saver.serde = JsonPlusSerializer(allowed_msgpack_modules=None)
        bench.model.enqueue("Done.")
        state = await bench.resume({"type": "approve", "grant": True})
    assert [message.type for message in state["messages"]] == ["human", "ai", "tool", "tool", "tool", "ai"]
    assert state["grants"] == ["test:drive"]
    assert "msgpack" not in caplog.text


async def test_threads_keep_their_own_memory(bench: Bench):
    bench.model.enqueue("Hello Ann.").enqueue("Hello Bob.")
    await bench.send("I am Ann")
    bench.thread = "t2"
    state = await bench.send("I am Bob")
    assert [message.text for message in state["messages"] if isinstance(message, HumanMessage)] == ["I am Bob"]


async def test_it_runs_without_checkpoints_too(bench: Bench):
    bench.saver = None
    bench.toolset.add(look)
    bench.model.enqueue_calls(("look", {})).enqueue("A wall.")
    state = await bench.agent().ainvoke({"messages": [HumanMessage("Look")]}, version="v2")
    assert state.value["messages"][-1].text == "A wall."
