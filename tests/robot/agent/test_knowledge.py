"""What is demanded of a robot call beyond its schema, what a person is told, and how far "for this thread" goes."""

import math
from dataclasses import replace
from typing import Any

import pytest

from app.robot.arguments import completed
from app.robot.knowledge import knowledge_of
from app.robot.prediction import leads_somewhere, predict
from graphs.grants import covers, describe_reach, grant_for
from graphs.policy import Policy
from graphs.toolset import CallKnowledge, ToolSpec
from robot.profile import find_profile, load_profile
from tests.robot.simulated import CMD_VEL

PROFILE = load_profile(find_profile("turtlesim"))
TWIST = "geometry_msgs/msg/Twist"


def known(tool: str) -> CallKnowledge:
    knowledge = knowledge_of(tool, PROFILE)
    assert knowledge
    return knowledge


def publishing(**changes: Any) -> dict[str, Any]:
    ahead = {"linear": {"x": 0.4}}
    usual = {"topic": CMD_VEL, "msg_type": TWIST, "messages": [ahead], "durations": [2.0], "rate_hz": 10}
    return {**usual, **changes}


def spec(tool: str) -> ToolSpec:
    return ToolSpec(name=tool, server="ros", tool=tool, knowledge=knowledge_of(tool, PROFILE))


def test_a_good_call_is_not_complained_about():
    assert known("publish_for_durations").complaint(publishing()) is None
    assert known("publish_for_durations").complaint(publishing(msg_type="geometry_msgs/Twist")) is None
    assert known("subscribe_once").complaint({"topic": "/a", "msg_type": "b/msg/C"}) is None
    assert known("send_action_goal").complaint({"timeout": 20}) is None


@pytest.mark.parametrize(
    ("tool", "arguments", "told"),
    [
        ("publish_for_durations", publishing(topic=""), "topic must be given"),
        ("publish_for_durations", publishing(topic="", msg_type=" "), "topic and msg_type must be given"),
        ("publish_for_durations", publishing(durations=[1, 2]), "same length"),
        ("publish_for_durations", publishing(messages=[], durations=[]), "at least one"),
        ("publish_for_durations", publishing(messages=["ahead"]), "an object"),
        ("publish_for_durations", publishing(durations=["2"]), "number of seconds"),
        ("publish_for_durations", publishing(durations=[-1]), "number of seconds"),
        ("publish_for_durations", publishing(durations=[99]), "at most 10 s"),
        ("publish_for_durations", publishing(rate_hz=0), "rate_hz 5 or more"),
        ("publish_for_durations", publishing(rate_hz=1000), "from 0 to 50"),
        ("publish_for_durations", publishing(msg_type="geometry_msgs/msg/TwistStamped"), "is geometry_msgs/msg/Twist"),
        ("subscribe_once", {"topic": "/a"}, "msg_type must be given"),
        ("subscribe_once", {"topic": "/a", "msg_type": "b", "timeout": 1e6}, "timeout is"),
        ("subscribe_for_duration", {"topic": "/a", "msg_type": "b", "max_messages": 100}, "from 1 to 5"),
        ("subscribe_for_duration", {"topic": "/a", "msg_type": "sensor_msgs/msg/Image", "max_messages": 3}, "1 to 2"),
        ("send_action_goal", {"timeout": 0}, "timeout is"),
    ],
)
def test_what_the_schemas_leave_open_is_demanded(tool: str, arguments: dict[str, Any], told: str):
    assert told in (known(tool).complaint(arguments) or "")


def test_what_the_guard_would_refuse_is_denied_before_a_person_is_asked():
    misspelt = Policy().judge(spec("publish_for_durations"), publishing(topic="/turtle1/cmd_vell"))
    assert misspelt["decision"] == "deny"
    assert "Allowed: /turtle1/cmd_vel" in misspelt["reason"]
    assert Policy().judge(spec("send_action_goal"), {"action_name": "/dance"})["decision"] == "deny"
    assert Policy().judge(spec("send_action_goal"), {"action_name": "turtle1/rotate_absolute"})["decision"] == "ask"


def test_a_person_reads_speed_time_travel_and_what_will_be_cut():
    told = known("publish_for_durations").describe(publishing(messages=[{"linear": {"x": 1e9}}]))
    assert told.splitlines() == [
        "/turtle1/cmd_vel (geometry_msgs/msg/Twist), 2 s, at 10 Hz",
        "up to 0.5 m/s and 0 rad/s",
        "predicted: 1.00 m of way, 1.00 m from here, turned by 0 degrees",
        "the guard cuts 1e+09 m/s to 0.5 m/s",
    ]
    assert "0.5 m backwards at up to 0.5 m/s" in known("drive").describe({"meters": -0.5})
    assert "9 m/s is cut to the limit of 0.5 m/s" in known("drive").describe({"meters": 1, "speed": 9})
    assert known("turn").describe({"degrees": -90}).startswith("90 degrees to the right")


def test_for_this_thread_reaches_as_far_as_the_guard_need_not_cut():
    grant = grant_for(spec("publish_for_durations"), publishing())
    assert covers(grant, spec("publish_for_durations"), publishing(durations=[5.0]))
    assert not covers(grant, spec("publish_for_durations"), publishing(messages=[{"linear": {"x": 0.6}}]))
    assert not covers(grant, spec("publish_for_durations"), publishing(messages=[{"angular": {"z": -1.1}}]))
    assert not covers(grant, spec("publish_for_durations"), publishing(messages=[{"linear": {"x": "fast"}}]))
    assert not covers(grant, spec("publish_for_durations"), publishing(topic="/other"))
    service = grant_for(spec("call_service"), {"service_name": "/clear"})
    assert not covers(service, spec("call_service"), {"service_name": "/kill"})


def test_a_turn_is_granted_as_far_as_the_robot_may_turn_at_once_and_never_more_than_once_round():
    grant = grant_for(spec("turn"), {"degrees": 90})
    assert describe_reach(grant) == "degrees from -360 to 360"
    assert covers(grant, spec("turn"), {"degrees": -360})
    assert not covers(grant, spec("turn"), {"degrees": 361})
    assert not covers(grant, spec("turn"), {"degrees": "far"})
    slow = replace(PROFILE, limits=replace(PROFILE.limits, angular=0.1))
    knowledge = knowledge_of("turn", slow)
    assert knowledge
    assert knowledge.grant_limits({"degrees": 9})["degrees"].max == 57


def test_a_tool_that_nobody_knows_is_granted_for_the_same_call_only():
    knowledge = knowledge_of("dance", PROFILE, names=("steps", "speed"))
    dance = ToolSpec(name="dance", server="ros", tool="dance", knowledge=knowledge)
    grant = grant_for(dance, {"steps": 3})
    assert describe_reach(grant) == "steps 3; speed left out"
    assert covers(grant, dance, {"steps": 3})
    assert not covers(grant, dance, {"steps": 4})
    assert not covers(grant, dance, {"steps": 3, "speed": 9})
    bow = replace(dance, knowledge=knowledge_of("bow", PROFILE))
    assert describe_reach(grant_for(bow, {})) == "the thread lasts"
    assert knowledge_of("look", PROFILE, read_only=True) is None


@pytest.mark.parametrize(
    ("messages", "durations", "displacement", "turn"),
    [
        ([{"linear": {"x": 0.5}}], [2.0], 1.0, 0.0),
        ([{"linear": {"x": 0.5}}, {"linear": {"x": -0.5}}], [2.0, 2.0], 0.0, 0.0),
        ([{"linear": {"x": 0.5}, "angular": {"z": 1.0}}], [math.pi], 1.0, math.pi),
        ([{"angular": {"z": 9.0}}], [1.0], 0.0, 1.0),
        ([{"linear": {"x": math.nan}}, "rubbish"], [1.0, 1.0], 0.0, 0.0),
    ],
)
def test_dead_reckoning_gives_where_velocities_lead(messages: Any, durations: Any, displacement: float, turn: float):
    found = predict(messages, durations, TWIST, PROFILE.limits)
    assert found.displacement == pytest.approx(displacement, abs=1e-6)
    assert found.turn == pytest.approx(turn)


def test_a_full_circle_need_not_show_in_the_pose():
    circle = publishing(messages=[{"linear": {"x": 0.5}, "angular": {"z": 1.0}}], durations=[2 * math.pi])
    assert not leads_somewhere(circle, PROFILE)
    assert leads_somewhere(publishing(), PROFILE)


def test_a_velocity_stream_gets_a_stop_at_its_end_and_other_defaults_are_sane():
    sent = completed("publish_for_durations", publishing(), PROFILE, known("publish_for_durations"))
    assert sent["messages"][-1]["linear"] == {"x": 0.0, "y": 0.0, "z": 0.0}
    assert sent["durations"] == [2.0, 0.1]
    assert completed("send_action_goal", {"goal": {}}, PROFILE, None)["timeout"] == 10.0
    image = {"topic": "/camera/image_raw", "msg_type": "sensor_msgs/msg/Image"}
    assert completed("subscribe_for_duration", image, PROFILE, known("subscribe_for_duration"))["max_messages"] == 2
    assert completed("get_topics", {}, PROFILE, None) == {}
