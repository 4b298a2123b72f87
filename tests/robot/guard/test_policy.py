import json

import pytest

from robot.frames import advertise, call_service, publish, send_action_goal
from robot.guard.judge import Ruling
from tests.robot.guard.driving import CMD_VEL, Drive, publishing

KIND = "turtlesim/action/RotateAbsolute"


def service(name: object, **fields: object) -> dict[str, object]:
    return {"op": "call_service", "service": name, "id": "call_1", **fields}


def reason(ruling: Ruling) -> str:
    assert (ruling.verdict, ruling.forward) == ("denied", None)
    return ruling.reason


@pytest.mark.parametrize("name", ["topics", "get_param", "nodes", "message_details", "get_ros_version"])
@pytest.mark.parametrize("node", ["/rosapi", "/rosapi_node"])
def test_rosapi_is_read_freely(node: str, name: str):
    assert Drive(held=True).send(service(f"{node}/{name}")).verdict == "forwarded"


@pytest.mark.parametrize("name", ["set_param", "delete_param", "has_param", "shut_down_everything"])
def test_what_rosapi_can_change_or_die_of_is_refused(name: str):
    assert f"/rosapi/{name}" in reason(Drive().send(service(f"/rosapi/{name}")))


def test_a_nodes_parameters_are_read_freely():
    drive = Drive(held=True)
    assert drive.send(service("/turtlesim/list_parameters", type="rcl_interfaces/srv/ListParameters")).forward
    assert reason(drive.send(service("/turtlesim/list_parameters", type="std_srvs/srv/Trigger")))
    assert reason(drive.send(service("/turtlesim/set_parameters", type="rcl_interfaces/srv/SetParameters")))


def test_a_service_on_the_list_may_be_called_and_another_is_refused_with_the_list():
    drive = Drive()
    assert drive.send(service("/turtle1/set_pen", args={"off": 1})).verdict == "forwarded"
    ruling = drive.send(service("/turtle1/teleport_absolute"))
    text = "DENIED by robot guard: calling '/turtle1/teleport_absolute' is not allowed; "
    assert ruling.answer == {
        "op": "service_response",
        "id": "call_1",
        "service": "/turtle1/teleport_absolute",
        "values": text + "allowed services: /clear, /turtle1/set_pen.",
        "result": False,
    }


@pytest.mark.parametrize(
    "name", ["clear", "//clear", "/clear/", "/rosapi/../clear", "/clear\n", "", None, 7, ["/clear"]]
)
def test_a_name_that_is_not_written_in_full_is_refused(name: object):
    assert reason(Drive().send(service(name)))


@pytest.mark.parametrize("topic", ["turtle1/cmd_vel", "/turtle1//cmd_vel", "/turtle1/cmd_vel/", "/other", None, {}])
def test_only_topics_on_the_list_are_published_to(topic: object):
    assert "allowed topics: /turtle1/cmd_vel" in reason(Drive().send({"op": "publish", "topic": topic, "msg": {}}))


def test_a_topic_is_advertised_with_its_own_type_only():
    drive = Drive()
    assert drive.send(advertise(CMD_VEL, "geometry_msgs/Twist")).verdict == "forwarded"
    assert "carries geometry_msgs/msg/Twist" in reason(drive.send(advertise(CMD_VEL, "geometry_msgs/msg/TwistStamped")))
    assert reason(drive.send({"op": "advertise", "topic": CMD_VEL}))
    assert reason(drive.send({**publish(CMD_VEL, {}), "type": "std_msgs/msg/String"}))


@pytest.mark.parametrize("kind", ["geometry_msgs/msg/TwistStamped", None], ids=["another", "none"])
def test_what_a_client_publishes_after_a_refused_advertise_is_refused_until_it_names_the_right_type(kind: str | None):
    drive = Drive(publishing(chatter="std_msgs/msg/String"))
    named = {} if kind is None else {"type": kind}
    for topic, right, message in (
        (CMD_VEL, "geometry_msgs/msg/Twist", {"linear": {"x": 0.1}}),
        ("/chatter", "std_msgs/msg/String", {"data": "hello"}),
    ):
        assert reason(drive.send({"op": "advertise", "topic": topic, **named}))
        assert f"{topic} carries {right}" in reason(drive.send(publish(topic, message)))
        assert drive.send(publish(topic, message), client=2).verdict == "forwarded"
        assert reason(drive.send({**publish(topic, message), "type": right}))
        assert drive.send(advertise(topic, right)).verdict == "forwarded"
        assert drive.send(publish(topic, message)).verdict == "forwarded"
    assert drive.safety.counts["denied: type"] == 6


def test_a_refused_advertise_is_forgotten_with_its_client():
    drive = Drive()
    assert reason(drive.send(advertise(CMD_VEL, "geometry_msgs/msg/TwistStamped")))
    drive.judge.forget(1)
    assert drive.send(publish(CMD_VEL, {"linear": {"x": 0.1}})).verdict == "forwarded"


def test_a_velocity_is_never_latched():
    assert "latched" in reason(Drive().send({**advertise(CMD_VEL, "geometry_msgs/msg/Twist"), "latch": True}))


def test_other_messages_on_the_list_pass_as_they_are():
    text = json.dumps(publish("/chatter", {"data": "hello"}))
    assert Drive(publishing(chatter="std_msgs/msg/String")).send(text).forward == text


def test_an_action_needs_a_place_on_the_list_a_known_type_and_an_id():
    drive = Drive()
    ruling = drive.send(send_action_goal("/turtle1/dance", KIND, {}, identifier="goal_1"))
    assert reason(ruling)
    assert ruling.answer is not None
    assert (ruling.answer["op"], ruling.answer["status"], ruling.answer["result"]) == ("action_result", 6, False)
    assert ruling.answer["id"] == "goal_1"
    unknown = send_action_goal("/turtle1/rotate_absolute", "turtlesim/action/Dance", {}, identifier="goal_1")
    assert "does not know the type" in reason(drive.send(unknown))
    without = {key: value for key, value in unknown.items() if key != "id"} | {"action_type": KIND}
    assert "needs an" in reason(drive.send(without))


def test_two_goals_with_one_id_do_not_run_at_once():
    drive = Drive()
    first = send_action_goal("/turtle1/rotate_absolute", KIND, {}, identifier="goal_1")
    assert drive.send(first).verdict == "forwarded"
    assert "goal_1" in reason(drive.send(first, client=2))


@pytest.mark.parametrize("args", [{"type": "no/action/Such"}, ["no/action/Such"], {}, None])
def test_rosapi_is_not_asked_about_an_action_type_that_would_crash_it(args: object):
    assert reason(Drive().send(service("/rosapi/action_goal_details", args=args)))


def test_rosapi_is_asked_about_an_action_type_that_the_robot_has():
    call = call_service("/rosapi/action_goal_details", {"type": KIND})
    assert Drive().send(call).verdict == "forwarded"


@pytest.mark.parametrize(
    "op", ["fragment", "png", "auth", "set_level", "advertise_service", "service_response", "status"]
)
def test_other_operations_are_refused(op: str):
    assert op in reason(Drive().send({"op": op, "data": '{"op":"publish"}'}))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"topic": "/turtle1/cmd_vel"}',
        '{"op": 7}',
        '{"op":"subscribe","op":"publish"}',
        '{"op":"publish","topic":"/turtle1/cmd_vel","msg":{"linear":{"x":0.1,"x":9}}}',
        "[" * 100_000,
        '{"op":"publish","topic":"/turtle1/cmd_vel","msg":{"linear":{"x":' + "9" * 5000 + "}}}",
    ],
)
def test_what_is_no_frame_is_refused(text: str):
    ruling = Drive().send(text)
    assert reason(ruling)
    assert ruling.answer is not None
    assert ruling.answer["op"] == "status"


def test_binary_frames_are_refused():
    assert reason(Drive().judge.judge(1, b'{"op":"subscribe","topic":"/x"}', 0.0, lambda _: True))


def test_the_same_remark_is_made_once_a_second():
    drive = Drive()
    frame = publish("/other", {})
    answers = 0
    for _ in range(30):
        answers += drive.send(frame).answer is not None
        drive.now += 0.1
    assert answers == 3
    assert drive.safety.counts["denied: topic"] == 30
