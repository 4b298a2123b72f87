import math

import pytest

from robot.frames import publish, twist
from tests.robot.guard.driving import CMD_VEL, Drive, move, publishing, with_limits


def test_a_velocity_within_the_limits_goes_on_as_the_very_same_text():
    text = '{ "op":"publish",  "topic":"/turtle1/cmd_vel", "msg":{"linear":{"x":0.25}} }'
    ruling = Drive().send(text)
    assert (ruling.verdict, ruling.forward) == ("forwarded", text)


@pytest.mark.parametrize(("asked", "driven"), [(1e9, 0.5), (-1e9, -0.5), (10**400, 0.0), (0.5, 0.5), (1, 0.5)])
def test_a_speed_beyond_the_limit_becomes_the_limit(asked: float, driven: float):
    assert Drive().speed(asked) == driven


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_not_finite_becomes_zero(number: str):
    sent = Drive().sent(f'{{"op":"publish","topic":"{CMD_VEL}","msg":{{"linear":{{"x":{number},"y":0.1}}}}}}')
    assert sent is not None
    assert sent["msg"]["linear"] == {"x": 0.0, "y": 0.1, "z": 0.0}


def test_every_axis_is_limited_and_so_is_the_speed_they_add_up_to():
    axes = {"x": 9.0, "y": -9.0, "z": 9.0}
    sent = Drive().sent(publish(CMD_VEL, {"linear": axes, "angular": axes}))
    assert sent is not None
    for part, limit in (("linear", 0.5), ("angular", 1.0)):
        x, y, z = sent["msg"][part].values()
        assert math.hypot(x, y, z) == pytest.approx(limit)
        assert (x > 0, y < 0, z > 0) == (True, True, True)


def test_a_stamped_velocity_is_limited_where_it_lies_and_keeps_its_header():
    drive = Drive(publishing(base="geometry_msgs/msg/TwistStamped"))
    msg = {"header": {"frame_id": "base"}, **twist(7.0, type_name="geometry_msgs/TwistStamped")}
    sent = drive.sent(publish("/base", msg))
    assert sent is not None
    assert sent["msg"]["twist"]["linear"]["x"] == 0.5
    assert sent["msg"]["header"] == {"frame_id": "base"}


@pytest.mark.parametrize("kind", ["geometry_msgs/msg/Twist", "geometry_msgs/Twist"])
def test_a_velocity_is_limited_by_its_type_on_a_topic_that_is_not_called_a_velocity_topic(kind: str):
    sent = Drive(publishing(side_door=kind)).sent(move(8.0, topic="/side_door"))
    assert sent is not None
    assert sent["msg"]["linear"]["x"] == 0.5


def test_the_guards_zero_has_the_type_of_its_topic():
    drive = Drive(publishing(base="geometry_msgs/msg/TwistStamped"))
    drive.safety.hold("test", drive.now)
    by_topic = {frame["topic"]: frame["msg"] for frame in drive.outbox.frames}
    assert by_topic["/base"] == twist(type_name="geometry_msgs/msg/TwistStamped")
    assert by_topic[CMD_VEL] == twist()


@pytest.mark.parametrize(
    ("msg", "reason"),
    [
        ({"linear": {"x": "0.1"}}, "linear.x must be a number"),
        ({"linear": {"x": True}}, "linear.x must be a number"),
        ({"linear": {"x": None}}, "linear.x must be a number"),
        ({"angular": [1, 2, 3]}, "angular must be an object"),
        ({"foo": 1}, "Twist has no field 'foo'"),
        ({"twist": {"linear": {"x": 9}}}, "Twist has no field 'twist'"),
        ("fast", "Twist must be an object"),
    ],
)
def test_what_is_no_velocity_is_refused_with_the_reason(msg: object, reason: str):
    ruling = Drive().send({"op": "publish", "topic": CMD_VEL, "msg": msg})
    assert ruling.forward is None
    assert ruling.answer is not None
    assert ruling.answer["op"] == "status"
    assert reason in ruling.answer["msg"]


def test_speed_is_gained_at_the_limit_of_acceleration_and_lost_at_once():
    drive = Drive(with_limits(linear_acceleration=1.0))
    speeds: list[float | None] = []
    for asked in (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1, 0.5, -0.5):
        speeds.append(drive.speed(asked))
        drive.now += 0.1
    assert speeds == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.5, 0.1, 0.2, -0.1])


def test_a_pause_in_a_stream_is_worth_no_more_than_a_tenth_of_a_second_of_speeding_up():
    drive = Drive(with_limits(linear_acceleration=1.0))
    drive.speed(0.5)
    drive.now += 0.3
    assert drive.speed(0.5) == pytest.approx(0.2)
    drive.wait(60)
    assert drive.speed(0.5) == pytest.approx(0.1)


def test_what_was_cut_is_counted_and_told():
    drive = Drive()
    ruling = drive.send(move(1e9))
    assert ruling.reason == "limit: linear.x 1e+09 -> linear.x 0.5"
    assert drive.safety.counts["changed: limit"] == drive.safety.counts["changed"] == 1
