from graphs.events import ToolFinished, ToolStarted
from graphs.policy import ArgumentLimit, Policy, Rule
from graphs.state import Context
from tests.graphs.bench import Bench, results

SCHEMA = {"type": "object", "properties": {"metres": {"type": "number"}}, "required": ["metres"]}


def drive(metres: float) -> str:
    return f"drove {metres} m"


def look() -> str:
    return "a wall"


async def test_every_kind_of_refusal_is_answered_at_once_and_nothing_of_it_is_sent(bench: Bench):
    bench.toolset.add(drive, read_only=False, schema=SCHEMA).add(look)
    bench.policy = Policy(rules=(Rule(tool="test:look", decision="deny"),), default="allow")
    bench.model.enqueue_calls(("drive", {}), ("drvie", {"metres": 1}), ("look", {}), ("drive", '{"metres": '))
    bench.model.enqueue("I could not.")
    state = await bench.send("Drive")
    texts = {result.tool_call_id: result.text for result in results(state)}
    assert bench.toolset.calls == []
    assert bench.journal.written == []
    assert "Missing: metres (number)" in texts["c0"]
    assert "The nearest names: drive" in texts["c1"]
    assert "rule test:look forbids this tool" in texts["c2"]
    assert "not valid" in texts["c3"]
    assert {result.status for result in results(state)} == {"error"}
    assert [event.call_id for event in bench.of(ToolStarted)] == [event.call_id for event in bench.of(ToolFinished)]
    assert len(bench.of(ToolFinished)) == 4


async def test_good_calls_run_beside_refused_ones(bench: Bench):
    bench.toolset.add(look)
    bench.model.enqueue_calls(("look", {}), ("unknown", {})).enqueue("A wall.")
    state = await bench.send("Look")
    assert bench.toolset.calls == [("look", {})]
    assert sorted(result.tool_call_id for result in results(state)) == ["c0", "c1"]


async def test_a_limit_denies_a_call_that_is_otherwise_allowed(bench: Bench):
    bench.toolset.add(drive, read_only=False, schema=SCHEMA)
    limits = {"metres": ArgumentLimit(max=0.5)}
    bench.policy = Policy(rules=(Rule(tool="test:drive", decision="allow", limits=limits),))
    bench.model.enqueue_calls(("drive", {"metres": 3})).enqueue_calls(("drive", {"metres": 0.3})).enqueue("Done.")
    state = await bench.send("Drive")
    assert bench.toolset.calls == [("drive", {"metres": 0.3})]
    assert "metres must be a number of at most 0.5" in results(state)[0].text


async def test_approving_all_never_approves_what_is_denied(bench: Bench):
    bench.toolset.add(drive, read_only=False, schema=SCHEMA).add(look, read_only=False)
    bench.policy = Policy(rules=(Rule(tool="test:look", decision="deny"),))
    bench.context = Context(approve="all")
    bench.model.enqueue_calls(("drive", {"metres": 1}), ("look", {})).enqueue("Done.")
    await bench.send("Drive")
    assert bench.toolset.calls == [("drive", {"metres": 1})]


async def test_verdicts_are_kept_for_the_doors(bench: Bench):
    bench.toolset.add(look)
    bench.model.enqueue_calls(("look", {}), ("unknown", {})).enqueue("A wall.")
    state = await bench.send("Look")
    assert {call_id: verdict["decision"] for call_id, verdict in state["verdicts"].items()} == {
        "c0": "allow",
        "c1": "deny",
    }
