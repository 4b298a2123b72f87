"""What rosapi says of the graph, for ROS 2 and for ROS 1."""

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from robot.simulator.conversion import populate
from robot.simulator.interfaces import Flavour, Interfaces, UnknownType
from robot.simulator.server import Simulator, SimulatorOptions
from robot.simulator.system import System
from robot.simulator.type_descriptions import describe_message
from tests.robot.simulator.client import Client, client_of


@pytest.fixture
async def ros1() -> AsyncGenerator[Client]:
    async with Simulator(SimulatorOptions(port=0, ros1=True)) as simulator, client_of(simulator) as client:
        yield client


REQUESTS: dict[str, dict[str, Any]] = {
    "set_param": {"name": "/turtlesim:background_r", "value": "7"},
    "message_details": {"type": "nav_msgs/Odometry"},
    "service_request_details": {"type": "turtlesim/Spawn"},
    "service_response_details": {"type": "turtlesim/Spawn"},
    "action_goal_details": {"type": "turtlesim/action/RotateAbsolute"},
    "action_result_details": {"type": "turtlesim/action/RotateAbsolute"},
    "action_feedback_details": {"type": "turtlesim/action/RotateAbsolute"},
    "node_details": {"node": "/turtlesim"},
}


@pytest.mark.parametrize("flavour", Flavour)
def test_every_service_answers_in_the_form_of_its_type(flavour: Flavour):
    system = System(flavour, {})
    for name, service in system.services.all().items():
        answer = system.call(name, REQUESTS.get(name.rpartition("/")[2], {}))
        response = system.interfaces.service(service.type)[1]
        assert list(answer) == [field.name for field in response.fields], name
        assert populate(system.interfaces, response, answer).keys() == answer.keys()


@pytest.mark.parametrize("flavour", Flavour)
def test_every_topic_has_a_type_that_can_be_described(flavour: Flavour):
    system = System(flavour, {})
    for topic in system.topics.alive():
        assert describe_message(system.interfaces, topic.type), topic


def test_a_type_may_be_written_with_or_without_msg_in_ros_2_and_only_without_in_ros_1():
    ros2, ros1 = Interfaces(Flavour.ROS2), Interfaces(Flavour.ROS1)
    assert ros2.message("geometry_msgs/Twist") == ros2.message("geometry_msgs/msg/Twist")
    with pytest.raises(UnknownType, match="geometry_msgs/msg/Twist is not a valid type string"):
        ros1.message("geometry_msgs/msg/Twist")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Twist", "Twist is not a valid type string"),
        ("nope_msgs/Twist", "Unable to import nope_msgs.msg from package nope_msgs. Caused by: No module named"),
        ("std_msgs/Nope", "Unable to import msg class Nope from package std_msgs. Caused by module 'std_msgs.msg'"),
    ],
)
def test_an_unknown_type_is_told_as_rosbridge_does(name: str, reason: str):
    with pytest.raises(UnknownType) as unknown:
        Interfaces(Flavour.ROS2).message(name)
    assert str(unknown.value).startswith(reason)


async def test_a_typedef_says_what_is_a_list_and_how_long(client: Client):
    typedefs = (await client.call("/rosapi/message_details", type="nav_msgs/msg/Odometry"))["typedefs"]
    by_type = {typedef["type"]: typedef for typedef in typedefs}
    assert by_type["geometry_msgs/PoseWithCovariance"]["fieldtypes"] == ["geometry_msgs/Pose", "double"]
    assert by_type["geometry_msgs/PoseWithCovariance"]["fieldarraylen"] == [-1, 36]
    assert by_type["geometry_msgs/PoseWithCovariance"]["examples"] == ["{}", "[]"]
    image = (await client.call("/rosapi/message_details", type="sensor_msgs/Image"))["typedefs"][0]
    assert (image["fieldtypes"][-1], image["fieldarraylen"][-1]) == ("uint8", 0)
    assert await client.call("/rosapi/message_details", type="nope/msg/Nope") == {"typedefs": []}


async def test_what_is_not_there_has_an_empty_answer(client: Client):
    assert await client.call("/rosapi/topic_type", topic="/nope") == {"type": ""}
    assert await client.call("/rosapi/publishers", topic="/nope") == {"publishers": []}
    assert await client.call("/rosapi/service_type", service="/nope") == {"type": ""}
    assert await client.call("/rosapi/service_node", service="/nope") == {"node": ""}
    assert await client.call("/rosapi/has_param", name="/turtlesim:nope") == {"exists": False}


async def test_a_parameter_keeps_its_type_and_its_range(client: Client):
    for value, reason in (
        ('"red"', "Wrong parameter type, parameter {background_r} is of type {integer}"),
        ("300", "Parameter {background_r} doesn't comply with integer range."),
    ):
        answer = await client.call("/rosapi/set_param", name="/turtlesim:background_r", value=value)
        assert answer["successful"] is False
        assert answer["reason"].startswith(reason)
    answer = await client.call("/rosapi/set_param", name="/turtlesim:nope", value="1")
    assert answer["reason"] == "parameter 'nope' cannot be set because it was not declared"
    assert "JSON-formatted string" in await client.call("/rosapi/set_param", name="/turtlesim:nope", value="red")


async def test_the_nodes_own_parameter_services_describe_and_set(simulator: Simulator, client: Client):
    described = await client.call("/turtlesim/describe_parameters", names=["background_b"])
    descriptor = described["descriptors"][0]
    assert (descriptor["type"], descriptor["description"]) == (2, "Blue channel of the background color")
    assert descriptor["integer_range"] == [{"from_value": 0, "to_value": 255, "step": 1}]
    await client.send("subscribe", topic="/parameter_events")
    change = {"name": "background_b", "value": {"type": 2, "integer_value": 9}}
    await client.send("call_service", service="/turtlesim/set_parameters", args={"parameters": [change]}, id="set")
    event = await client.next("publish")
    assert event["msg"]["changed_parameters"][0]["value"]["integer_value"] == 9
    answer = await client.next("service_response")
    assert answer["values"] == {"results": [{"successful": True, "reason": ""}]}
    assert simulator.world.background[2] == 9
    values = (await client.call("/turtlesim/get_parameters", names=["holonomic", "nope"]))["values"]
    assert [value["type"] for value in values] == [1, 0]


async def test_ros_1_has_its_own_names_times_and_parameters(ros1: Client):
    topics = await ros1.call("/rosapi/topics")
    types = dict(zip(topics["topics"], topics["types"], strict=True))
    assert types["/turtle1/cmd_vel"] == "geometry_msgs/Twist"
    assert await ros1.call("/rosapi/service_type", service="/rosapi/topics") == {"type": "rosapi/Topics"}
    assert set((await ros1.call("/rosapi/get_time"))["time"]) == {"secs", "nsecs"}
    assert await ros1.call("/rosapi/get_param", name="/rosdistro") == {"value": '"noetic\\n"'}
    assert await ros1.call("/rosapi/get_param", name="/turtlesim/background_b") == {"value": "255"}
    assert await ros1.call("/rosapi/get_param", name="/nope") == {"value": "null"}
    assert await ros1.call("/rosapi/set_param", name="/mine/own", value="[1]") == {}
    assert await ros1.call("/rosapi/get_param", name="/mine/own") == {"value": "[1]"}
    header = (await ros1.call("/rosapi/message_details", type="std_msgs/Header"))["typedefs"]
    assert header[0]["fieldnames"] == ["seq", "stamp", "frame_id"]


async def test_ros_1_knows_neither_its_version_nor_actions(ros1: Client):
    answer = await ros1.call("/rosapi/get_ros_version")
    assert answer == "Service /rosapi/get_ros_version does not exist"
    await ros1.send("send_action_goal", action="/turtle1/rotate_absolute", action_type="turtlesim/RotateAbsolute")
    assert await ros1.settle() == []
    wrong = await ros1.call("/turtle1/teleport_absolute", xx=1)
    assert wrong == "Message type turtlesim/TeleportAbsoluteRequest does not have a field xx"
