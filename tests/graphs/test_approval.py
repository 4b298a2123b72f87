import pytest
from langgraph.errors import is_invalid_resume
from pydantic import ValidationError

from graphs.policy import ArgumentLimit, Policy, Rule
from graphs.state import Context
from tests.graphs.bench import Bench, results

SCHEMA = {"type": "object", "properties": {"metres": {"type": "number"}}, "required": ["metres"]}


def drive(metres: float) -> str:
    return f"drove {metres} m"


def look() -> str:
    return "a wall"


@pytest.fixture
async def asked(bench: Bench) -> Bench:
    """A turn that stands at a question about two drives, beside one call that needs none."""
    bench.toolset.add(drive, read_only=False, schema=SCHEMA).add(look)
    limits = {"metres": ArgumentLimit(max=5)}
    bench.policy = Policy(rules=(Rule(tool="test:drive", decision="ask", limits=limits),))
    bench.model.enqueue_calls(("drive", {"metres": 1}), ("look", {}), ("drive", {"metres": 2}))
    await bench.send("Drive")
    return bench


def driven(bench: Bench) -> list[float]:
    return [arguments["metres"] for name, arguments in bench.toolset.calls if name == "drive"]


async def test_one_question_is_asked_for_all_calls_before_anything_runs(asked: Bench):
    [question] = await asked.questions()
    assert asked.toolset.calls == []
    assert question.value["kind"] == "approval"
    assert question.value["call_ids"] == ["c0", "c2"]
    assert [action["args"] for action in question.value["action_requests"]] == [{"metres": 1}, {"metres": 2}]
    assert "test:drive" in question.value["action_requests"][0]["description"]
    assert question.value["review_configs"][0]["allowed_decisions"] == ["approve", "edit", "reject"]
    assert question.response_schema is not None


async def test_approved_and_allowed_calls_run_in_one_fan_out(asked: Bench):
    asked.model.enqueue("Done.")
    state = await asked.resume({"type": "approve"}, {"type": "approve"})
    assert asked.toolset.calls == [("drive", {"metres": 1}), ("look", {}), ("drive", {"metres": 2})]
    assert state["stopped_by"] == "answer"
    assert len(asked.model.requests) == 2


async def test_a_rejected_call_is_not_sent_and_the_model_reads_why(asked: Bench):
    asked.model.enqueue("I stay.")
    state = await asked.resume({"type": "reject", "message": "there is a wall"}, {"type": "approve"})
    assert driven(asked) == [2]
    refused = next(result for result in results(state) if result.tool_call_id == "c0")
    assert "there is a wall" in refused.text
    assert refused.status == "error"


async def test_an_edited_call_runs_with_the_new_arguments_and_the_model_is_shown_them(asked: Bench):
    asked.model.enqueue("Done.")
    edit = {"type": "edit", "edited_action": {"name": "drive", "args": {"metres": 0.5}}}
    await asked.resume(edit, {"type": "reject"})
    assert driven(asked) == [0.5]
    reply = asked.model.requests[-1].messages[2]
    assert [call["args"] for call in reply.tool_calls] == [{"metres": 0.5}, {}, {"metres": 2}]


@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("drive", {"metres": 50}, "at most 5"),
        ("drive", {"metres": "far"}, "must be of type number"),
        ("fly", {}, "no tool 'fly'"),
    ],
)
async def test_edited_arguments_pass_every_check_again(asked: Bench, name, arguments, told):
    asked.model.enqueue("Well.")
    edit = {"type": "edit", "edited_action": {"name": name, "args": arguments}}
    state = await asked.resume(edit, {"type": "approve"})
    assert driven(asked) == [2]
    assert told in next(result.text for result in results(state) if result.tool_call_id == "c0")


@pytest.mark.parametrize(
    "decisions",
    [
        [{"type": "approve"}],
        [{"type": "approve"}, {"type": "edit"}],
        [{"type": "approve"}, {"type": "perhaps"}],
        [{"type": "approve"}] * 3,
    ],
)
async def test_a_bad_answer_is_refused_and_the_question_stays(asked: Bench, decisions):
    with pytest.raises(ValidationError) as refused:
        await asked.resume(*decisions)
    assert is_invalid_resume(refused.value)
    assert len(await asked.questions()) == 1
    assert asked.toolset.calls == []
    asked.model.enqueue("Done.")
    await asked.resume({"type": "approve"}, {"type": "approve"})
    assert driven(asked) == [1, 2]


async def test_a_grant_holds_for_the_rest_of_the_thread_but_not_beyond_the_limits(asked: Bench):
    asked.model.enqueue_calls(("drive", {"metres": 3}), ("drive", {"metres": 30})).enqueue("Done.")
    state = await asked.resume({"type": "approve", "grant": True}, {"type": "approve"})
    assert state["grants"] == ["test:drive"]
    assert driven(asked) == [1, 2, 3]
    assert await asked.questions() == []


async def test_all_rejected_goes_back_to_the_model(bench: Bench):
    bench.toolset.add(drive, read_only=False, schema=SCHEMA)
    bench.model.enqueue_calls(("drive", {"metres": 1})).enqueue("I stay.")
    await bench.send("Drive")
    state = await bench.resume({"type": "reject"})
    assert state["messages"][-1].text == "I stay."
    assert bench.toolset.calls == []


async def test_a_tool_that_vanished_while_the_question_was_open_is_an_error_for_the_model(asked: Bench):
    asked.toolset.remove("drive")
    asked.model.enqueue("Gone.")
    state = await asked.resume({"type": "approve"}, {"type": "approve"})
    assert driven(asked) == []
    assert all("no tool 'drive'" in r.text for r in results(state) if r.name == "drive")


async def test_approving_all_asks_nothing(bench: Bench):
    bench.context = Context(approve="all")
    bench.toolset.add(drive, read_only=False, schema=SCHEMA)
    bench.model.enqueue_calls(("drive", {"metres": 1})).enqueue("Done.")
    assert (await bench.send("Drive"))["stopped_by"] == "answer"
    assert driven(bench) == [1]
