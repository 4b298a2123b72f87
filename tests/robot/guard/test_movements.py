"""Streams over time: dead-man, caps, hold, E-stop, heartbeat, geofence, goals. The clock is turned by hand."""

from dataclasses import replace

import pytest

from robot.frames import send_action_goal
from robot.guard.policy import Denied
from robot.profile import Geofence, Topic
from tests.robot.guard.driving import CMD_VEL, Drive, move, turtlesim, with_limits

ROTATE, KIND = "/turtle1/rotate_absolute", "turtlesim/action/RotateAbsolute"


def goal(identifier: str = "goal_1") -> dict[str, object]:
    return send_action_goal(ROTATE, KIND, {"theta": 1.0}, identifier=identifier)


def driving(drive: Drive, seconds: float = 0.5, client: int = 1) -> None:
    for _ in range(round(seconds * 10)):
        assert drive.speed(0.3, client) == 0.3
        drive.wait(0.1)


def test_a_stream_that_falls_silent_is_ended_with_zeros():
    drive = Drive()
    driving(drive)
    assert drive.zeros == []
    drive.wait(0.35)
    assert drive.zeros == [CMD_VEL]
    drive.wait(0.5)
    assert drive.zeros == [CMD_VEL] * 3
    drive.wait(5)
    assert drive.zeros == [CMD_VEL] * 3
    assert drive.safety.counts["deadman"] == 1


def test_a_stream_that_ended_itself_needs_no_zero():
    drive = Drive()
    driving(drive)
    drive.speed(0.0)
    drive.wait(5)
    assert drive.zeros == []


def test_a_new_movement_is_not_stopped_by_zeros_that_are_left_of_the_last_one():
    drive = Drive()
    drive.speed(0.3)
    drive.wait(0.5)
    assert drive.zeros == [CMD_VEL] * 2
    driving(drive, 1.0)
    assert drive.zeros == [CMD_VEL] * 2


def test_a_client_that_leaves_in_mid_move_stops_the_robot_at_once():
    drive = Drive()
    driving(drive)
    drive.safety.left(2, drive.now)
    assert drive.zeros == []
    drive.safety.left(1, drive.now)
    assert drive.zeros == [CMD_VEL]


def test_one_message_of_a_client_that_leaves_is_left_to_the_dead_man():
    drive = Drive()
    drive.speed(0.3)
    drive.safety.left(1, drive.now)
    assert drive.zeros == []
    drive.wait(0.45)
    assert drive.zeros


def test_more_messages_a_second_than_allowed_are_dropped_and_a_stop_never_is():
    drive = Drive(with_limits(rate_hz=10.0))
    passed = 0
    for _ in range(200):
        passed += drive.speed(0.3) is not None
        drive.now += 0.01
    assert 20 <= passed <= 23
    assert drive.sent(move(0.0)) is not None


def test_a_flood_of_zeros_is_capped_too():
    drive = Drive(with_limits(rate_hz=10.0))
    assert sum(drive.sent(move(0.0)) is not None for _ in range(500)) <= 3


def test_a_movement_that_lasts_too_long_is_stopped_until_it_ends():
    drive = Drive(with_limits(duration_s=2.0))
    driving(drive, 2.0)
    drive.wait(0.1)
    ruling = drive.send(move(0.3))
    assert ruling.answer is not None
    assert "a movement may last 2 s" in ruling.answer["msg"]
    assert drive.zeros
    drive.wait(0.5)
    assert drive.speed(0.3) is None
    drive.speed(0.0)
    drive.wait(0.1)
    assert drive.speed(0.3) == 0.3


def test_a_hold_stops_the_robot_and_drops_what_comes_after():
    drive = Drive()
    driving(drive)
    drive.safety.hold("the turn ended", drive.now)
    assert drive.zeros == [CMD_VEL]
    assert drive.speed(0.3) is None
    drive.wait(0.2)
    assert drive.zeros == [CMD_VEL] * 3
    assert drive.safety.state == "held"


def test_a_stream_that_talks_on_through_a_hold_stays_dropped_after_the_release():
    drive = Drive()
    driving(drive)
    drive.safety.hold("Ctrl-C", drive.now)
    for _ in range(10):
        assert drive.speed(0.3) is None
        drive.wait(0.1)
    drive.safety.release()
    for _ in range(10):
        assert drive.speed(0.3) is None
        drive.wait(0.1)
    assert drive.speed(0.3, client=2) == 0.3
    drive.safety.left(1, drive.now)
    drive.wait(1.0)
    assert drive.speed(0.3, client=3) == 0.3


def test_a_stream_with_pauses_of_a_second_is_still_the_same_stream():
    drive = Drive()
    drive.speed(0.3)
    drive.safety.hold("Ctrl-C", drive.now)
    drive.safety.release()
    for _ in range(5):
        drive.wait(1.0)
        assert drive.speed(0.3) is None
    drive.wait(2.0)
    assert drive.speed(0.3) == 0.3


def test_a_client_that_begins_while_held_is_not_let_through_by_the_release():
    drive = Drive(held=True)
    assert drive.speed(0.3) is None
    drive.safety.release()
    drive.wait(0.1)
    assert drive.speed(0.3) is None
    assert drive.speed(0.3, client=2) == 0.3


def test_the_emergency_stop_is_latched_until_a_reset():
    drive = Drive()
    driving(drive)
    drive.safety.estop("pressed", drive.now)
    drive.wait(2.0)
    assert drive.zeros == [CMD_VEL] * 10
    assert drive.speed(0.3, client=2) is None
    with pytest.raises(Denied, match="reset it first"):
        drive.safety.release()
    drive.safety.reset("Ada")
    assert drive.speed(0.3, client=3) == 0.3


def test_a_guard_that_began_held_is_held_after_a_reset():
    drive = Drive(held=True)
    drive.safety.estop("pressed", drive.now)
    drive.safety.reset("Ada")
    assert drive.safety.state == "held"


def test_a_reset_without_an_emergency_stop_changes_nothing():
    drive = Drive(held=True)
    drive.safety.release()
    driving(drive)
    drive.safety.reset("Ada")
    assert drive.safety.state == "released"


def test_a_heartbeat_is_wanted_only_after_the_first_one():
    drive = Drive()
    driving(drive, 3.0)
    assert drive.zeros == []
    for _ in range(10):
        drive.safety.heartbeat.heard("run 7", 1, drive.now)
        driving(drive, 0.1)
    assert drive.zeros == []
    for _ in range(6):
        drive.speed(0.3)
        drive.wait(0.1)
    assert drive.zeros
    assert drive.safety.hold_reason == "the heartbeat of run 7 stopped"


def test_nothing_begins_to_move_after_the_heartbeat_stopped():
    drive = Drive()
    drive.safety.heartbeat.heard("run 7", 1, drive.now)
    drive.wait(1.0)
    assert drive.safety.state == "released"
    assert drive.speed(0.3) is None
    assert drive.safety.state == "held"


def test_a_heartbeat_whose_connection_is_lost_has_stopped():
    drive = Drive()
    drive.safety.heartbeat.heard("run 7", 5, drive.now)
    driving(drive, 0.1)
    drive.safety.heartbeat.lost(4)
    drive.safety.beat(drive.now)
    assert drive.safety.state == "released"
    drive.safety.heartbeat.lost(5)
    drive.safety.beat(drive.now)
    assert drive.safety.state == "held"


@pytest.mark.parametrize("stop", ["hold", "estop"])
def test_a_stop_cancels_the_goals_that_were_forwarded(stop: str):
    drive = Drive()
    assert drive.send(goal()).verdict == "forwarded"
    assert drive.safety.moving
    getattr(drive.safety, stop)("now", drive.now)
    assert drive.cancelled == ["goal_1"]
    assert drive.send(goal("goal_2")).verdict == "denied"


def test_goals_of_a_client_that_leaves_are_cancelled_and_those_of_others_are_not():
    drive = Drive()
    drive.send(goal("mine"), client=1)
    drive.send(goal("yours"), client=2)
    drive.safety.left(1, drive.now)
    assert drive.cancelled == ["mine"]


def test_a_goal_that_ended_is_not_cancelled():
    drive = Drive()
    drive.send(goal())
    drive.safety.goals.ended("goal_1")
    drive.safety.hold("now", drive.now)
    assert drive.cancelled == []


def test_what_may_have_been_lost_with_the_connection_is_said_again():
    drive = Drive()
    drive.send(goal())
    drive.safety.estop("now", drive.now)
    drive.wait(1.0)
    drive.outbox.frames.clear()
    drive.safety.reconnected()
    assert (drive.zeros, drive.cancelled) == ([CMD_VEL], ["goal_1"])


def fenced(x: float, y: float, heading: float = 0.0) -> Drive:
    source = Topic("/turtle1/pose", "turtlesim/msg/Pose")
    drive = Drive(turtlesim(geofence=Geofence((0.0, 10.0), (0.0, 10.0), source)))
    drive.safety.see({"x": x, "y": y, "theta": heading}, drive.now)
    return drive


def test_the_robot_does_not_drive_out_of_its_geofence():
    assert fenced(5.0, 5.0).speed(0.5) == 0.5
    assert fenced(9.8, 5.0).speed(0.5) == 0.0
    assert fenced(5.0, 9.8, heading=1.5708).speed(0.5) == 0.0
    assert fenced(5.0, 9.8, heading=0.0).speed(0.5) == 0.5


def test_the_robot_may_drive_back_into_its_geofence_and_turn_outside():
    drive = fenced(12.0, 5.0)
    assert drive.speed(-0.5) == -0.5
    drive.now += 0.1
    sent = drive.sent(move(0.5, 0.7))
    assert sent is not None
    assert (sent["msg"]["linear"]["x"], sent["msg"]["angular"]["z"]) == (0.0, 0.7)


def test_a_robot_that_nears_the_geofence_in_mid_move_is_stopped_before_the_next_message():
    drive = fenced(9.5, 5.0)
    assert drive.speed(0.5) == 0.5
    drive.safety.see({"x": 9.8, "y": 5.0, "theta": 0.0}, drive.now)
    assert drive.zeros == [CMD_VEL]


def test_without_a_fresh_position_there_is_no_driving():
    drive = fenced(5.0, 5.0)
    drive.wait(1.1)
    ruling = drive.send(move(0.5))
    assert "the position on /turtle1/pose is unknown" in ruling.reason


def test_an_odometry_message_is_a_position_too():
    drive = fenced(5.0, 5.0)
    pose = {"position": {"x": 9.8, "y": 5.0, "z": 0.0}, "orientation": {"x": 0.0, "y": 0.0, "z": 1.0, "w": 0.0}}
    drive.safety.see({"header": {}, "pose": {"pose": pose, "covariance": []}}, drive.now)
    assert drive.speed(0.5) == 0.5
    assert drive.speed(-0.5) == 0.0


def test_goals_are_cancelled_when_the_robot_leaves_its_geofence():
    drive = fenced(5.0, 5.0)
    drive.send(goal())
    drive.safety.see({"x": 11.0, "y": 5.0, "theta": 0.0}, drive.now)
    assert drive.cancelled == ["goal_1"]


def test_a_guard_without_a_road_to_the_robot_lets_nothing_move():
    drive = Drive()
    drive.outbox.connected = False
    assert drive.speed(0.3) is None


def test_read_only_lets_no_write_through():
    drive = Drive(mode="read-only")
    assert drive.speed(0.0) is None
    assert drive.send(goal()).verdict == "denied"
    assert drive.send({"op": "call_service", "service": "/clear"}).verdict == "denied"
    assert drive.send({"op": "call_service", "service": "/rosapi/topics"}).verdict == "forwarded"
    assert drive.send({"op": "subscribe", "topic": "/turtle1/pose"}).verdict == "forwarded"


def test_a_dry_run_swallows_writes_and_answers_as_if_they_were_done():
    drive = Drive(mode="dry-run")
    assert drive.send(move(0.3)).verdict == "swallowed"
    service = drive.send({"op": "call_service", "service": "/clear", "id": "a"})
    assert (service.forward, service.answer and service.answer["result"]) == (None, True)
    action = drive.send(goal())
    assert (action.forward, action.answer and action.answer["status"]) == (None, 4)
    drive.wait(2.0)
    assert drive.outbox.frames == []


def test_a_dry_run_denies_what_would_be_denied():
    drive = Drive(replace(turtlesim()), mode="dry-run")
    assert drive.send(move(0.3, topic="/other/cmd_vel")).verdict == "denied"
