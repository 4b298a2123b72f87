from typing import Any

import pytest

from app.robot.guard_facts import facts_between


def status(state: str = "held", **counters: int) -> dict[str, Any]:
    return {"state": state, "counters": {name.replace("__", ": "): number for name, number in counters.items()}}


def test_only_what_came_since_counts():
    facts = facts_between(status(changed__limit=7), status(changed__limit=17, forwarded=3))
    assert facts.text == "Guard: 10 frames were cut to the speed limit."
    assert not facts.failed
    assert facts_between(status(denied__topic=4), status(denied__topic=4)).text == ""


@pytest.mark.parametrize(
    ("counters", "told", "denied"),
    [
        ({"denied__topic": 20}, "20 frames were refused, because the topic may not be written to", True),
        ({"denied__estop": 1}, "1 frame was refused, because the emergency stop was latched", True),
        ({"denied__unreachable": 3}, "the robot's rosbridge could not be reached", False),
        ({"changed__geofence": 3}, "stopped at the edge of its area", False),
    ],
)
def test_what_cannot_have_worked_is_a_failure(counters: dict[str, int], told: str, denied: bool):
    facts = facts_between(status(), status(**counters))
    assert told in facts.text
    assert (facts.failed, facts.denied) == (True, denied)


def test_what_an_earlier_command_still_sends_is_not_held_against_this_one():
    facts = facts_between(status(), status(denied__stopped=15))
    assert "15 frames were refused that belonged to an earlier, stopped command" in facts.text
    assert not facts.failed


def test_a_latched_stop_and_a_cancelled_goal_are_told():
    facts = facts_between(status(), status("estop", **{"goals cancelled": 1}))
    assert "the goal was cancelled" in facts.text
    assert "only a person can reset it" in facts.text
