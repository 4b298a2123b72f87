"""Grants within limits: what a person's "for this thread" reaches when a tool says how far it should."""

from collections.abc import Mapping
from typing import Any

import pytest

from graphs.argument_limit import ArgumentLimit
from graphs.grants import Grant, added, covers, grant_for
from graphs.state import Context
from graphs.toolset import ToolResult, ToolSpec
from tests.graphs.bench import Bench, results


class Slow:
    """What is known about a tool that drives: not above 1 m/s for this thread, and never without a direction."""

    def complaint(self, arguments: Mapping[str, Any]) -> str | None:
        return None if arguments.get("direction") != "up" else "This robot cannot fly."

    def denial(self, arguments: Mapping[str, Any]) -> str | None:
        return "it would leave the room" if arguments["speed"] > 50 else None

    def describe(self, arguments: Mapping[str, Any]) -> str:
        return f"Travels about {arguments['speed']} m."

    def grant_limits(self, arguments: Mapping[str, Any]) -> Mapping[str, ArgumentLimit]:
        return {"speed": ArgumentLimit(min=-1, max=1), "topic": ArgumentLimit(one_of=(arguments.get("topic"),))}


DRIVE = ToolSpec(name="drive", server="test", tool="drive", knowledge=Slow())


def drive(speed: float, direction: str = "ahead") -> str:
    return f"{speed} {direction}"


@pytest.fixture
def driving(bench: Bench) -> Bench:
    bench.toolset.add(drive, read_only=False)
    bench.toolset.change("drive", knowledge=Slow())
    return bench


@pytest.mark.parametrize(
    ("arguments", "covered"),
    [
        ({"speed": 0.5, "topic": "/cmd_vel"}, True),
        ({"speed": -1, "topic": "/cmd_vel"}, True),
        ({"speed": 1.5, "topic": "/cmd_vel"}, False),
        ({"speed": 0.5, "topic": "/other"}, False),
    ],
)
def test_a_grant_within_limits_covers_only_calls_within_them(arguments, covered):
    grant = grant_for(DRIVE, {"speed": 0.2, "topic": "/cmd_vel"})
    assert covers(grant, DRIVE, arguments) is covered


def test_a_grant_within_limits_is_about_its_own_tool_only():
    grant = grant_for(DRIVE, {"speed": 0.2, "topic": "/cmd_vel"})
    assert not covers(grant, ToolSpec(name="turn", server="test", tool="turn"), {"speed": 0.2, "topic": "/cmd_vel"})


def test_the_same_grant_is_kept_once():
    grants: list[Grant] = ["notes:*"]
    for _ in range(2):
        grants = added(grants, grant_for(DRIVE, {"speed": 0.2}))
    assert len(grants) == 2


async def test_after_a_grant_a_call_within_the_limits_runs_and_one_outside_asks_again(driving: Bench):
    driving.model.enqueue_calls(("drive", {"speed": 0.2}), prefix="a")
    driving.model.enqueue_calls(("drive", {"speed": 0.9}), prefix="b")
    driving.model.enqueue_calls(("drive", {"speed": 3.0}), prefix="c")
    await driving.send("Go")
    await driving.resume({"type": "approve", "grant": True})
    assert driving.toolset.calls == [("drive", {"speed": 0.2}), ("drive", {"speed": 0.9})]
    [question] = await driving.questions()
    assert question.value["action_requests"][0]["args"] == {"speed": 3.0}


async def test_a_person_is_told_what_is_known_about_the_call(driving: Bench):
    driving.model.enqueue_calls(("drive", {"speed": 0.2}))
    await driving.send("Go")
    [question] = await driving.questions()
    assert "Travels about 0.2 m." in question.value["action_requests"][0]["description"]


async def test_a_call_that_cannot_be_right_is_refused_before_a_person_is_asked(driving: Bench):
    driving.model.enqueue_calls(("drive", {"speed": 0.2, "direction": "up"})).enqueue("It cannot.")
    state = await driving.send("Go")
    assert results(state)[0].text == "Not executed. This robot cannot fly."
    assert driving.toolset.calls == []


async def test_a_model_that_goes_on_after_three_denials_is_ended_whatever_it_asks(bench: Bench):
    def publish(speed: float) -> ToolResult:
        return ToolResult(text=f"Denied: {speed}.", status="error", artifact={"denied": "the guard"})

    bench.toolset.add(publish)
    for step in range(3):
        bench.model.enqueue_calls(("publish", {"speed": float(step)}), prefix=f"s{step}")
    bench.model.enqueue("The guard does not let me.")
    state = await bench.send("Go")
    assert state["stopped_by"] == "denied"
    assert state["messages"][-1].text == "The guard does not let me."
    assert len(bench.model.requests) == 4


async def test_what_a_tool_knows_to_be_denied_is_denied_whatever_was_granted_and_counts(driving: Bench):
    for speed in (60.0, 70.0, 80.0):
        driving.model.enqueue_calls(("drive", {"speed": speed}), prefix=f"s{speed:g}")
    driving.model.enqueue("I give up.")
    driving.context = Context(approve="all")
    state = await driving.send("Go")
    assert "it would leave the room" in results(state)[0].text
    assert state["stopped_by"] == "denied"
    assert driving.toolset.calls == []


async def test_denials_within_one_step_count_once(bench: Bench):
    def publish(speed: float) -> ToolResult:
        return ToolResult(text=f"Denied: {speed}.", status="error", artifact={"denied": "the guard"})

    bench.toolset.add(publish)
    bench.model.enqueue_calls(*(("publish", {"speed": float(speed)}) for speed in range(4)))
    bench.model.enqueue("I see.")
    assert (await bench.send("Go"))["stopped_by"] == "answer"
