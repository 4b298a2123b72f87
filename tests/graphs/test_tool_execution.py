import asyncio
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.messages import HumanMessage
from langgraph.types import Command

from graphs.events import ToolFinished, ToolProgress, ToolStarted
from graphs.journal import JournalEntry
from graphs.policy import Policy
from graphs.toolset import ToolResult
from tests.graphs.bench import Bench, results

SOON = 5.0
"""Seconds that a wait in these tests may take at most."""


def look() -> str:
    return "a wall"


def remember(bench: Bench, call_id: str, result: ToolResult | None) -> None:
    entry = JournalEntry(thread=bench.thread, call_id=call_id, name="look", arguments={}, result=result)
    bench.journal.entries[bench.thread, call_id] = entry


async def test_calls_of_one_step_overlap(bench: Bench):
    everyone = asyncio.Barrier(8)

    async def meet(who: int) -> str:
        await asyncio.wait_for(everyone.wait(), SOON)
        return f"met {who}"

    bench.toolset.add(meet)
    bench.model.enqueue_calls(*[("meet", {"who": who}) for who in range(8)]).enqueue("All met.")
    state = await bench.send("Meet")
    assert {result.text for result in results(state)} == {f"met {who}" for who in range(8)}


async def test_the_model_sees_results_in_call_order_whichever_came_first(bench: Bench):
    second_done = asyncio.Event()

    async def first() -> str:
        await asyncio.wait_for(second_done.wait(), SOON)
        return "one"

    def second() -> str:
        second_done.set()
        return "two"

    bench.toolset.add(first).add(second)
    bench.model.enqueue_calls(("first", {}), ("second", {})).enqueue("Both.")
    await bench.send("Go")
    assert [message.text for message in bench.model.requests[-1].messages[-2:]] == ["one", "two"]


async def test_the_journal_is_written_before_and_after_the_call(bench: Bench):
    seen: list[Any] = []

    def drive() -> str:
        seen.extend(bench.journal.written)
        return "drove"

    bench.toolset.add(drive)
    bench.model.enqueue_calls(("drive", {})).enqueue("Done.")
    await bench.send("Drive")
    assert seen == [("start", "c0")]
    assert bench.journal.written == [("start", "c0"), ("finish", "c0")]


async def test_a_result_carries_name_status_and_artifact(bench: Bench):
    outcome = ToolResult(text="cut", status="error", size=9000, artifact={"full_output": "/tmp/whole.txt"})

    def drive() -> ToolResult:
        return outcome

    bench.toolset.add(drive)
    bench.model.enqueue_calls(("drive", {})).enqueue("Done.")
    [result] = results(await bench.send("Drive"))
    assert (result.name, result.status, result.tool_call_id) == ("drive", "error", "c0")
    assert result.artifact == outcome.artifact
    [started], [finished] = bench.of(ToolStarted), bench.of(ToolFinished)
    assert (started.server, started.name, started.arguments) == ("test", "drive", {})
    assert (finished.size, finished.status, finished.result) == (9000, "error", "cut")


async def test_progress_is_told_also_when_it_comes_from_another_task(bench: Bench):
    reports: asyncio.Queue[Any] = asyncio.Queue()

    async def connection() -> None:
        on_progress, told = await reports.get()
        on_progress(1, 2, "half")
        told.set()

    async def drive(on_progress: Any) -> str:
        told = asyncio.Event()
        await reports.put((on_progress, told))
        await asyncio.wait_for(told.wait(), SOON)
        return "drove"

    elsewhere = asyncio.create_task(connection())
    bench.toolset.add(drive)
    bench.model.enqueue_calls(("drive", {})).enqueue("Done.")
    await bench.send("Drive")
    await asyncio.wait_for(elsewhere, SOON)
    assert bench.of(ToolProgress) == [ToolProgress(call_id="c0", progress=1, total=2, message="half")]


async def test_a_finished_call_is_not_sent_again(bench: Bench):
    bench.toolset.add(look, read_only=False)
    bench.policy = Policy(default="allow")
    remember(bench, "c0", ToolResult(text="recorded"))
    bench.model.enqueue_calls(("look", {})).enqueue("Done.")
    state = await bench.send("Look")
    assert bench.toolset.calls == []
    assert results(state)[0].text == "recorded"


async def test_a_call_changed_in_a_forked_thread_is_another_call(bench: Bench):
    def look_at(what: str) -> str:
        return f"a {what}"

    bench.toolset.add(look_at)
    bench.journal.entries[bench.thread, "c0"] = JournalEntry(
        thread=bench.thread,
        call_id="c0",
        name="look_at",
        arguments={"what": "wall"},
        result=ToolResult(text="a wall"),
    )
    bench.model.enqueue_calls(("look_at", {"what": "door"})).enqueue("Done.")
    assert results(await bench.send("Look"))[0].text == "a door"


async def test_a_started_call_that_only_reads_is_made_again(bench: Bench):
    bench.toolset.add(look)
    remember(bench, "c0", None)
    bench.model.enqueue_calls(("look", {})).enqueue("Done.")
    assert results(await bench.send("Look"))[0].text == "a wall"


@pytest.fixture
async def in_doubt(bench: Bench) -> Bench:
    """A resumed turn whose call had been sent before the crash."""
    bench.toolset.add(look, read_only=False)
    bench.policy = Policy(default="allow")
    remember(bench, "c0", None)
    bench.model.enqueue_calls(("look", {}))
    await bench.send("Look")
    return bench


async def test_a_started_call_that_may_have_had_an_effect_is_asked_about(in_doubt: Bench):
    [question] = await in_doubt.questions()
    assert question.value["kind"] == "outcome_unknown"
    assert question.value["call_ids"] == ["c0"]
    assert question.value["review_configs"][0]["allowed_decisions"] == ["approve", "reject"]
    assert in_doubt.toolset.calls == []


async def test_sending_it_again_is_the_persons_choice(in_doubt: Bench):
    in_doubt.model.enqueue("Done.")
    state = await in_doubt.resume({"type": "approve"})
    assert results(state)[0].text == "a wall"
    assert in_doubt.toolset.calls == [("look", {})]


async def test_skipping_it_leaves_a_marker_and_is_never_asked_again(in_doubt: Bench):
    in_doubt.model.enqueue("Skipped.")
    state = await in_doubt.resume({"type": "reject"})
    assert in_doubt.toolset.calls == []
    assert "chose not to send it again" in results(state)[0].text
    entry = await in_doubt.journal.find(in_doubt.thread, "c0")
    assert entry is not None
    assert entry.result is not None


async def test_two_calls_in_doubt_are_answered_by_their_ids(bench: Bench):
    bench.toolset.add(look, read_only=False)
    bench.policy = Policy(default="allow")
    remember(bench, "c0", None)
    remember(bench, "c1", None)
    bench.model.enqueue_calls(("look", {}), ("look", {}))
    await bench.send("Look twice")
    questions = await bench.questions()
    words = {"c0": "approve", "c1": "reject"}
    answers = {q.id: {"decisions": [{"type": words[q.value["call_ids"][0]]}]} for q in questions}
    bench.model.enqueue("Done.")
    state = await bench.stream(Command(resume=answers))
    assert bench.toolset.calls == [("look", {})]
    assert {result.tool_call_id: result.status for result in results(state)} == {"c0": "success", "c1": "error"}


async def test_a_crash_between_call_and_checkpoint_uses_the_recorded_result(bench: Bench):
    """The journal's last write succeeded, the process died before the checkpoint."""

    class Died(RuntimeError):
        pass

    finish = bench.journal.finish

    async def finish_and_die(thread: str, call_id: str, result: ToolResult) -> None:
        await finish(thread, call_id, result)
        raise Died

    bench.toolset.add(look, read_only=False)
    bench.policy = Policy(default="allow")
    bench.model.enqueue_calls(("look", {}))
    bench.journal.finish = finish_and_die
    with pytest.raises(Died):
        await bench.send("Look")
    bench.journal.finish = finish
    bench.model.enqueue("A wall.")
    state = await bench.stream(None)
    assert bench.toolset.calls == [("look", {})]
    assert results(state)[0].text == "a wall"
    assert state["messages"][-1].text == "A wall."


async def test_a_crash_in_one_call_keeps_what_its_sibling_returned(bench: Bench):
    """LangGraph keeps a finished task's writes, so only the killed call is looked up in the journal."""
    first_done = asyncio.Event()
    start = bench.journal.start

    async def start_or_die(thread: str, call_id: str, name: str, arguments: dict[str, Any]) -> None:
        await start(thread, call_id, name, arguments)
        if call_id == "c1":
            await asyncio.wait_for(first_done.wait(), SOON)
            raise RuntimeError("killed")

    def note() -> str:
        first_done.set()
        return "noted"

    bench.toolset.add(note, read_only=False).add(look, read_only=False)
    bench.policy = Policy(default="allow")
    bench.model.enqueue_calls(("note", {}), ("look", {}))
    bench.journal.start = start_or_die
    with pytest.raises(RuntimeError, match="killed"):
        await bench.send("Go")
    bench.journal.start = start
    await bench.stream(None)
    [question] = await bench.questions()
    assert question.value["call_ids"] == ["c1"]
    bench.model.enqueue("Done.")
    await bench.resume({"type": "approve"})
    assert bench.toolset.calls == [("note", {}), ("look", {})]


async def test_tools_are_never_tried_again_by_the_graph(bench: Bench):
    def drive() -> str:
        raise ConnectionError("lost")

    bench.toolset.add(drive)
    bench.model.enqueue_calls(("drive", {})).enqueue("It is lost.")
    [result] = results(await bench.send("Drive"))
    assert (result.status, result.text) == ("error", "lost")
    assert len(bench.toolset.calls) == 1


async def test_threads_do_not_share_their_journal(bench: Bench):
    bench.toolset.add(look, read_only=False)
    bench.policy = Policy(default="allow")
    remember(bench, "c0", ToolResult(text="of the other thread"))
    bench.journal.entries = {("other", "c0"): replace(bench.journal.entries["t1", "c0"], thread="other")}
    bench.model.enqueue_calls(("look", {})).enqueue("Done.")
    assert results(await bench.send("Look"))[0].text == "a wall"


async def test_a_run_without_a_thread_takes_no_result_of_another_run(bench: Bench):
    bench.saver = None
    bench.toolset.add(look)
    bench.journal.entries["", "c0"] = JournalEntry(
        thread="", call_id="c0", name="look", arguments={}, result=ToolResult(text="of another run")
    )
    bench.model.enqueue_calls(("look", {})).enqueue("Done.")
    outcome = await bench.agent().ainvoke({"messages": [HumanMessage("Look")]}, version="v2")
    assert results(outcome.value)[0].text == "a wall"
