"""The real ros-mcp against the simulated robot: what it is told is compared with what the robot did."""

import base64
import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from mcp.types import TextContent

from robot.simulator.server import Simulator, SimulatorOptions
from robot.simulator.turtle import Turtle
from tests.robot.ros_mcp import RosMcp, in_own_task, open_ros_mcp

pytestmark = [pytest.mark.slow, pytest.mark.ros, pytest.mark.timeout(600), pytest.mark.asyncio(loop_scope="module")]

TWIST = "geometry_msgs/msg/Twist"
ROTATE = "/turtle1/rotate_absolute"
ROTATE_TYPE = "turtlesim/action/RotateAbsolute"
TELEPORT = "turtlesim/srv/TeleportAbsolute"


@dataclass(frozen=True)
class Bench:
    """A robot, and ros-mcp that drives it."""

    simulator: Simulator
    ros_mcp: RosMcp

    @property
    def turtle(self) -> Turtle:
        return self.simulator.world.turtles["turtle1"]

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        return await self.ros_mcp.call(tool, **arguments)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(ros_mcp_program: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Bench]:
    folder = tmp_path_factory.mktemp("ros-mcp")
    async with (
        Simulator(SimulatorOptions(port=0)) as simulator,
        in_own_task(open_ros_mcp(ros_mcp_program, folder, simulator.port)) as ros_mcp,
    ):
        yield Bench(simulator, ros_mcp)


@pytest.fixture
def bench(running: Bench) -> Bench:
    """A robot in the middle of its world, looking along x, with an empty log."""
    running.simulator.world.reset()
    running.simulator.system.call("/rosapi/topics", {})
    running.simulator.log.entries.clear()
    return running


async def test_it_takes_the_robot_for_ros_2(bench: Bench):
    assert await bench.call("detect_ros_version") == {"version": "2", "distro": "jazzy"}


async def test_topics_and_their_details_are_those_of_turtlesim(bench: Bench):
    listed = await bench.call("get_topics")
    types = dict(zip(listed["topics"], listed["types"], strict=True))
    assert types["/turtle1/cmd_vel"] == TWIST
    assert types["/turtle1/pose"] == "turtlesim/msg/Pose"
    assert types["/turtle1/odom"] == "nav_msgs/msg/Odometry"
    assert not any("_action" in topic for topic in types)
    details = await bench.call("get_topic_details", topic="/turtle1/cmd_vel")
    assert (details["type"], details["subscribers"]) == (TWIST, ["/turtlesim"])
    structure = (await bench.call("get_message_details", message_type="geometry_msgs/msg/TwistStamped"))["structure"]
    assert structure["geometry_msgs/Twist"]["fields"] == {
        "linear": "geometry_msgs/Vector3",
        "angular": "geometry_msgs/Vector3",
    }
    assert structure["geometry_msgs/Vector3"]["fields"] == {"x": "double", "y": "double", "z": "double"}


async def test_nodes_and_services_are_found(bench: Bench):
    assert "/turtlesim" in (await bench.call("get_nodes"))["nodes"]
    node = await bench.call("get_node_details", node="/turtlesim")
    assert "/turtle1/pose" in node["publishers"]
    assert "/turtle1/cmd_vel" in node["subscribers"]
    assert "/spawn" in node["services"]
    details = await bench.call("get_service_details", service="/spawn")
    assert details["type"] == "turtlesim/srv/Spawn"
    assert details["request"]["fields"] == {"x": "float", "y": "float", "theta": "float", "name": "string"}
    assert details["response"]["fields"] == {"name": "string"}
    assert details["providers"] == ["/turtlesim"]


async def test_a_timed_move_goes_as_far_as_it_says(bench: Bench):
    before = bench.turtle.x
    done = await bench.call(
        "publish_for_durations",
        topic="/turtle1/cmd_vel",
        msg_type=TWIST,
        messages=[{"linear": {"x": 0.5}}, {}],
        durations=[1.0, 0.1],
        rate_hz=10,
    )
    assert done["success"] is True
    assert bench.turtle.x - before == pytest.approx(0.5, abs=0.15)
    commands = bench.simulator.log.of("publish", topic="/turtle1/cmd_vel")
    assert len(commands) == done["published_count"]
    assert commands[0].poses["turtle1"][0] == pytest.approx(before)
    read = await bench.call("subscribe_once", topic="/turtle1/pose", msg_type="turtlesim/msg/Pose")
    assert read["msg"]["x"] == pytest.approx(bench.turtle.x, abs=0.01)


async def test_a_misspelt_topic_a_wrong_type_and_a_wrong_field_move_nothing_and_are_called_a_success(bench: Bench):
    """This is what real rosbridge does to ros-mcp; a simulator that helped here would hide it."""
    before = (bench.turtle.x, bench.turtle.y, bench.turtle.theta)
    twist = {"linear": {"x": 0.5}}
    for topic, msg_type, message in (
        ("/turtle1/cmd_vell", TWIST, twist),
        ("/turtle1/cmd_vel", "geometry_msgs/msg/TwistStamped", {"twist": twist}),
        ("/turtle1/cmd_vel", TWIST, {"foo": 1}),
        ("/turtle1/cmd_vel", TWIST, {"linear": {"x": "fast"}}),
    ):
        timing = {"durations": [0.3], "rate_hz": 10}
        done = await bench.call("publish_for_durations", topic=topic, msg_type=msg_type, messages=[message], **timing)
        assert done["success"] is True, done
    assert (bench.turtle.x, bench.turtle.y, bench.turtle.theta) == before
    assert [entry.note for entry in bench.simulator.log.of("_refused", op="publish", topic="/turtle1/cmd_vel")]


async def test_messages_are_collected_for_a_while(bench: Bench):
    kind = {"topic": "/turtle1/pose", "msg_type": "turtlesim/msg/Pose"}
    timing = {"duration": 3.0, "max_messages": 3, "throttle_rate_ms": 200}
    done = await bench.ros_mcp.raw("subscribe_for_duration", **kind, **timing)
    poses = [json.loads(part.text) for part in done.content if isinstance(part, TextContent)]
    assert [round(pose["x"], 3) for pose in poses if "theta" in pose] == [5.544, 5.544, 5.544]


@pytest.mark.parametrize(
    ("topic", "kind"), [("/camera/image_raw", "Image"), ("/camera/image_raw/compressed", "CompressedImage")]
)
async def test_a_camera_image_shows_the_robot(bench: Bench, topic: str, kind: str):
    images = await bench.ros_mcp.images("subscribe_once", topic=topic, msg_type=f"sensor_msgs/msg/{kind}")
    assert [image.mimeType for image in images] == ["image/jpeg"]
    assert base64.b64decode(images[0].data).startswith(b"\xff\xd8")
    assert await bench.ros_mcp.images("view_saved_image")


async def test_a_service_does_what_it_says_and_a_wrong_field_is_named(bench: Bench):
    service = {"service_name": "/turtle1/teleport_absolute", "service_type": TELEPORT}
    done = await bench.call("call_service", **service, request={"x": 2.0, "y": 3.0, "theta": 0.5})
    assert done["success"] is True
    assert (bench.turtle.x, bench.turtle.y) == (2.0, 3.0)
    wrong = await bench.call("call_service", **service, request={"xx": 2.0})
    assert wrong["success"] is False
    assert "Message type turtlesim/TeleportAbsolute_Request does not have a field xx" in wrong["error"]
    missing = await bench.call("call_service", service_name="/nope", service_type="std_srvs/srv/Empty", request={})
    assert missing["error"] == "Service call failed: Service /nope does not exist"


async def test_a_turtle_is_spawned_and_killed(bench: Bench):
    request = {"x": 1.0, "y": 1.0, "theta": 0.0, "name": ""}
    spawn = {"service_name": "/spawn", "service_type": "turtlesim/srv/Spawn"}
    assert (await bench.call("call_service", **spawn, request=request))["result"] == {"name": "turtle2"}
    assert "/turtle2/cmd_vel" in (await bench.call("get_topics"))["topics"]
    kill = {"service_name": "/kill", "service_type": "turtlesim/srv/Kill"}
    assert (await bench.call("call_service", **kill, request={"name": "turtle2"}))["success"] is True
    assert "/turtle2/cmd_vel" not in (await bench.call("get_topics"))["topics"]


async def test_parameters_are_listed_read_set_and_described(bench: Bench):
    listed = await bench.call("get_parameters", node_name="/turtlesim")
    assert "/turtlesim:background_r" in listed["parameters"]
    assert (await bench.call("get_parameter", name="/turtlesim:background_b"))["value"] == "255"
    assert (await bench.call("set_parameter", name="/turtlesim:background_r", value="150"))["successful"] is True
    assert bench.simulator.world.background[0] == 150
    assert (await bench.call("get_parameter_details", name="/turtlesim:background_r"))["type"] == "int"
    refused = await bench.call("set_parameter", name="/turtlesim:background_r", value='"red"')
    assert refused["successful"] is False
    assert (await bench.call("has_parameter", name="/turtlesim:nope"))["exists"] is False
    await bench.call("set_parameter", name="/turtlesim:background_r", value="69")


async def test_an_action_is_found_runs_and_succeeds(bench: Bench):
    assert (await bench.call("get_actions"))["actions"] == [ROTATE]
    details = await bench.call("get_action_details", action=ROTATE, action_type=ROTATE_TYPE)
    assert [details[part]["fields"] for part in ("goal", "result", "feedback")] == [
        {"theta": "float"},
        {"delta": "float"},
        {"remaining": "float"},
    ]
    goal = {"action_name": ROTATE, "action_type": ROTATE_TYPE, "goal": {"theta": 0.8}}
    done = await bench.call("send_action_goal", **goal, timeout=10)
    assert (done["success"], done["status"]) == (True, 4)
    assert bench.turtle.theta == pytest.approx(0.8, abs=0.03)
    assert done["result"]["delta"] == pytest.approx(-0.8, abs=0.03)
    status = await bench.call("get_action_status", action_name=ROTATE)
    assert [goal["status_text"] for goal in status["active_goals"]] == ["STATUS_SUCCEEDED"]


async def test_an_action_that_takes_too_long_goes_on_until_it_is_cancelled(bench: Bench):
    goal = {"action_name": ROTATE, "action_type": ROTATE_TYPE, "goal": {"theta": 3.0}}
    late = await bench.call("send_action_goal", **goal, timeout=0.5)
    assert late["success"] is False
    assert late["last_feedback"]["remaining"] > 2
    assert bench.turtle.rotation is not None
    cancelled = await bench.call("cancel_action_goal", action_name=ROTATE, goal_id=late["goal_id"])
    assert cancelled["success"] is True
    for _ in range(20):  # "canceling" until the next step of the world
        status = await bench.call("get_action_status", action_name=ROTATE)
        if status["active_goals"][-1]["status_text"] != "STATUS_CANCELING":
            break
    assert status["active_goals"][-1]["status_text"] == "STATUS_CANCELED"
    assert bench.turtle.rotation is None
    assert bench.turtle.velocity.turn == 0


async def test_an_action_without_a_server_fails(bench: Bench):
    goal = {"action_name": "/turtle9/rotate_absolute", "action_type": ROTATE_TYPE, "goal": {"theta": 1.0}}
    done = await bench.call("send_action_goal", **goal, timeout=5)
    assert (done["status"], done["result"]) == (0, "No action server available")


async def test_it_takes_a_robot_of_ros_1_for_one_and_a_robot_that_is_gone_for_one_without_topics(
    ros_mcp_program: Path, tmp_path_factory: pytest.TempPathFactory
):
    folder = tmp_path_factory.mktemp("gone")
    async with Simulator(SimulatorOptions(port=0, ros1=True)) as simulator:
        opened = in_own_task(open_ros_mcp(ros_mcp_program, folder, simulator.port))
        async with opened as ros_mcp:
            assert await ros_mcp.call("detect_ros_version") == {"version": "1", "distro": "noetic"}
            types = (await ros_mcp.call("get_topics"))["types"]
            assert "geometry_msgs/Twist" in types
            await simulator.stop()
            assert await ros_mcp.call("get_topics") == {"warning": "No topics found"}
