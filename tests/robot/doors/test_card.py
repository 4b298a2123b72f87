"""What the card of a robot's call shows, and how far "this thread" reaches."""

import re
from typing import Any

import pytest

from app.approval import LIMITED_MENU, MENU, menu, notes_of, parse_answer, plain_description
from app.repl.approval_card import ApprovalCard
from app.robot.knowledge import knowledge_of
from graphs.grants import describe_reach, grant_for
from graphs.interrupts import ActionRequest, CallNote, Decision, HITLRequest
from graphs.toolset import ToolSpec
from robot.profile import find_profile, load_profile
from tests.repl.paper import Paper
from tests.robot.doors.conftest import OpenTerminal
from tests.robot.simulated import Simulated
from tests.scripted_openai import Call, Reply, ScriptedOpenAI

PROFILE = load_profile(find_profile("turtlesim"))
TOPIC, KIND = "/turtle1/cmd_vel", "geometry_msgs/msg/Twist"
FAST: dict[str, Any] = {
    "topic": TOPIC,
    "msg_type": KIND,
    "messages": [{"linear": {"x": 1e9}}],
    "durations": [6.0],
    "rate_hz": 10,
}


def waiting(tool: str, arguments: dict[str, Any]) -> HITLRequest:
    """The question as the graph puts it."""
    knowledge = knowledge_of(tool, PROFILE)
    assert knowledge
    spec = ToolSpec(name=tool, server="ros", tool=tool, description="Publishes.\n\nA long story.", knowledge=knowledge)
    facts = knowledge.describe(arguments)
    description = f"ros:{tool}: {spec.description}\n{facts}\nAsks because the tool may change something."
    return HITLRequest(
        action_requests=[ActionRequest(name=tool, args=arguments, description=description)],
        review_configs=[],
        call_ids=["1"],
        notes=[CallNote(facts=facts, reach=describe_reach(grant_for(spec, arguments)))],
        kind="approval",
    )


async def shown(request: HITLRequest, *answers: str) -> tuple[str, list[Decision]]:
    from app.events import PendingRequest

    paper = Paper(*answers)
    name = request["action_requests"][0]["name"]
    card = ApprovalCard(paper.transcript, paper.line)
    decided = await card.decide([PendingRequest(interrupt_id="i", request=request)], {name: f"ros:{name}"})
    assert decided
    return paper.text, decided["i"]["decisions"]


async def test_the_card_begins_with_topic_speed_duration_and_predicted_travel() -> None:
    text, _ = await shown(waiting("publish_for_durations", FAST), "y")
    plain = re.sub(r"\x1b\[[\d;]*m", "", text)
    rows = [row.strip() for row in plain.splitlines()]
    assert rows[0] == "? ros:publish_for_durations asks to run"
    assert rows[1] == f"{TOPIC} ({KIND}), 6 s, at 10 Hz"
    assert "up to 0.5 m/s and 0 rad/s" in rows
    assert any(row.startswith("predicted: 3.00 m of way, 3.00 m from here") for row in rows)
    assert "the guard cuts 1e+09 m/s to 0.5 m/s" in rows
    assert "Publishes." in rows
    assert "A long story." not in plain
    assert plain.count("predicted") == 1


async def test_this_thread_means_within_limits_and_always_is_not_offered() -> None:
    request = waiting("publish_for_durations", FAST)
    text, decisions = await shown(request, "a", "t")
    plain = " ".join(re.sub(r"\x1b\[[\d;]*m", "", text).split())
    assert decisions == [{"type": "approve", "grant": True}]
    assert f"as long as: topic {TOPIC}; msg_type {KIND}; durations from 0 to 10; messages.linear.x/y/z" in plain
    assert "messages.linear.x/y/z from -0.5 to 0.5; messages.angular.x/y/z from -1 to 1." in plain
    assert "[t] this thread, within limits" in plain
    assert "[a]" not in plain
    assert "Please answer with one of the letters." in plain
    assert "approved for this thread, within limits" in plain


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("turn", {"degrees": 90}),
        ("drive", {"meters": 1}),
        ("send_action_goal", {"action_name": "/turtle1/rotate_absolute"}),
        ("call_service", {"service_name": "/clear"}),
        ("set_parameter", {"name": "/turtlesim:background_r"}),
        ("dance", {"steps": 3}),
        ("bow", {}),
    ],
)
def test_no_tool_that_moves_a_robot_is_ever_offered_for_always(tool: str, arguments: dict[str, Any]) -> None:
    request = waiting(tool, arguments)
    [note] = notes_of(request)
    assert menu(request, note) == LIMITED_MENU
    assert parse_answer("a", request, note) is None
    assert parse_answer("t", request, note)


def test_other_calls_keep_their_menu_and_their_whole_description() -> None:
    action = ActionRequest(name="add_note", args={}, description="notes:add_note: Add a note.\nIn full.\nAsks because.")
    request = HITLRequest(action_requests=[action], review_configs=[], call_ids=["1"], kind="approval")
    [note] = notes_of(request)
    assert menu(request, note) == MENU != LIMITED_MENU
    assert plain_description(action, note, "notes:add_note") == "Add a note.\nIn full.\nAsks because."
    answer = parse_answer("a", request, note)
    assert answer
    assert answer.choice == "always"


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_within_limits_is_not_asked_again_and_beyond_them_is_in_a_narrow_terminal(
    robot: Simulated, open_terminal: OpenTerminal, scripted_openai: ScriptedOpenAI
) -> None:
    near, far = {"meters": 0.1, "speed": 0.4}, {"meters": 0.1, "speed": 9.0}
    scripted_openai.enqueue(*(Reply(calls=[Call("drive", wish)]) for wish in (near, near, far)), "Enough.")
    seated = open_terminal("repl", columns=38, rows=100)
    await seated.see(r"^turtlesim held")
    await seated.say("Drive a little.", r"^approve\?")
    text = await seated.see(r"0\.1 m ahead at up to 0\.4 m/s")
    assert "[t] this thread, within limits" in text
    seated.type("t\r")
    again = await seated.see(r"9 m/s is cut to the limit of 0\.5")
    assert again.count("asks to run") == 2
    assert all(len(row) <= 38 for row in again.splitlines())
    seated.type("n too fast\r")
    await seated.see(r"^Enough\.$")
    assert 5.65 < robot.pose[0] < 5.85
