"""The real ros-mcp behind the wrapper and a guard: what a result says is held against the robot's own log."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from app.robot.opened import OpenRobot, open_robot
from app.robot.toolset import RobotToolset
from app.runtime import open_hub_for
from app.settings import McpSettings, RobotSettings, SettingsTree, StorageSettings
from graphs.toolset import ToolResult
from robot.simulator.server import Simulator, SimulatorOptions
from tests.robot.agent.conftest import WriteConfig
from tests.robot.ros_mcp import in_own_task
from tests.robot.simulated import CMD_VEL, Simulated, number_in, simulated

pytestmark = [pytest.mark.slow, pytest.mark.ros, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

TWIST = "geometry_msgs/msg/Twist"
ROTATE = {"action_name": "/turtle1/rotate_absolute", "action_type": "turtlesim/action/RotateAbsolute"}


@dataclass
class Bench:
    robot: Simulated
    opened: OpenRobot
    toolset: RobotToolset

    async def call(self, tool: str, /, **arguments: Any) -> ToolResult:
        return await self.toolset.call(tool, arguments, call_id=tool)

    async def good(self, tool: str, /, **arguments: Any) -> str:
        result = await self.call(tool, **arguments)
        assert result.status == "success", result.text
        return result.text

    async def bad(self, tool: str, /, **arguments: Any) -> str:
        result = await self.call(tool, **arguments)
        assert result.status == "error", result.text
        return result.text

    async def publish(self, *, seconds: float, x: float = 0.0, z: float = 0.0, **changes: Any) -> ToolResult:
        message = {"linear": {"x": x}, "angular": {"z": z}}
        usual = {"topic": CMD_VEL, "msg_type": TWIST, "messages": [message], "durations": [seconds], "rate_hz": 10}
        return await self.call("publish_for_durations", **{**usual, **changes})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(robot_servers: WriteConfig, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Bench, None]:
    folder = tmp_path_factory.mktemp("robot")
    async with AsyncExitStack() as stack:
        robot = await stack.enter_async_context(simulated(folder))
        settings = SettingsTree(
            robot=RobotSettings(profile=str(robot.path), tools="all"),
            storage=StorageSettings(home=folder / "state"),
            mcp=McpSettings(config=robot_servers(folder)),
        )
        opened = await stack.enter_async_context(open_robot(settings))
        assert opened
        hub = await stack.enter_async_context(in_own_task(open_hub_for(settings, robot=opened)))
        await hub.ready()
        yield Bench(robot, opened, opened.toolset(hub))


@pytest_asyncio.fixture(loop_scope="module")
async def bench(running: Bench) -> Bench:
    """A robot in the middle of its world, and a guard whose emergency stop is not latched."""
    await running.opened.control.reset("a test")
    running.robot.simulator.world.reset()
    running.robot.simulator.system.call("/rosapi/topics", {})  # its topics follow the new turtle
    running.robot.simulator.log.entries.clear()
    return running


async def test_the_servers_are_offered_without_the_tools_that_lead_past_the_guard(bench: Bench):
    names = {spec.tool for spec in bench.toolset.specs()}
    assert {"drive", "turn", "publish_for_durations", "get_topics", "send_action_goal"} <= names
    assert names.isdisjoint({"connect_to_robot", "ping_robots", "view_saved_image", "publish_once"})


async def test_the_robot_is_discovered(bench: Bench):
    assert CMD_VEL in await bench.good("get_topics")
    assert "geometry_msgs/msg/Twist" in await bench.good("get_topic_type", topic=CMD_VEL)
    assert "/turtlesim" in await bench.good("get_nodes")


async def test_half_a_metre_is_driven_measured_and_read_back(bench: Bench):
    start = bench.robot.pose
    told = (await bench.publish(x=0.5, seconds=1.0)).text
    moved = math.dist(bench.robot.pose[:2], start[:2])
    assert f"Measured: moved {moved:.2f} m" in told
    assert moved == pytest.approx(0.5, abs=0.1)
    assert bench.robot.velocities()[-1][1] == 0
    pose = await bench.good("subscribe_once", topic="/turtle1/pose", msg_type="turtlesim/msg/Pose")
    assert json.loads(pose)["msg"]["x"] == pytest.approx(bench.robot.pose[0], abs=1e-4)


async def test_a_spin_is_measured(bench: Bench):
    told = (await bench.publish(z=1.0, seconds=1.0)).text
    assert f"turned by {math.degrees(bench.robot.pose[2]):.1f} degrees" in told
    assert bench.robot.pose[2] == pytest.approx(1.0, abs=0.2)


async def test_a_service_that_is_allowed_is_called_and_another_is_denied_with_a_reason(bench: Bench):
    await bench.good("call_service", service_name="/clear", service_type="std_srvs/srv/Empty", request={})
    assert len(bench.robot.simulator.log.of("call_service", service="/clear")) == 1
    reset = {"service_name": "/reset", "service_type": "std_srvs/srv/Empty", "request": {}}
    denied = await bench.call("call_service", **reset)
    assert "calling '/reset' is not allowed" in denied.text
    assert (denied.artifact or {})["denied"] == "robot guard"
    assert bench.robot.simulator.log.of("call_service", service="/reset") == []


async def test_a_camera_image_comes_as_a_file(bench: Bench):
    kind = "sensor_msgs/msg/CompressedImage"
    result = await bench.call("subscribe_once", topic="/camera/image_raw/compressed", msg_type=kind)
    [image] = (result.artifact or {})["images"]
    assert Path(image["path"]).read_bytes().startswith(b"\xff\xd8\xff")
    assert "view_saved_image" not in result.text


async def test_an_action_runs_to_its_end_and_one_that_takes_too_long_is_cancelled(bench: Bench):
    assert '"status":4' in await bench.good("send_action_goal", **ROTATE, goal={"theta": 1.0})
    assert bench.robot.pose[2] == pytest.approx(1.0, abs=0.03)
    told = await bench.bad("send_action_goal", **ROTATE, goal={"theta": -2.0}, timeout=1)
    assert "timed out" in told
    assert "Guard: the goal was cancelled." in told
    await bench.robot.still()
    assert bench.robot.simulator.log.of("cancel_action_goal")
    assert bench.robot.pose[2] > -0.5


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"topic": "/turtle1/cmd_vell"}, "the topic may not be written to"),
        (
            {"msg_type": "geometry_msgs/msg/TwistStamped", "messages": [{"twist": {"linear": {"x": 0.5}}}]},
            "the message type is not the one of the topic",
        ),
        ({"messages": [{"linear": {"x": "fast"}}]}, "the velocity was not written as its type demands"),
        ({"messages": [{"speed": 1.0}]}, "the velocity was not written as its type demands"),
    ],
)
async def test_what_ros_mcp_calls_a_success_and_the_robot_never_got_is_an_error(bench: Bench, changes: Any, told: str):
    start = bench.robot.pose
    result = await bench.publish(x=0.5, seconds=0.5, **changes)
    assert '"success":true' in result.text
    assert result.status == "error"
    assert told in result.text
    assert bench.robot.pose == start


async def test_a_billion_metres_a_second_become_the_limit_and_the_result_says_so(bench: Bench):
    result = await bench.publish(x=1e9, seconds=1.0)
    assert "cut to the speed limit" in result.text
    assert max(speed for _, speed in bench.robot.velocities()) == 0.5


async def test_a_stop_by_another_ends_the_call_at_once_and_says_who_did_it(bench: Bench):
    moving = asyncio.create_task(bench.publish(x=0.5, seconds=6.0))
    await bench.robot.moving()
    pressed = bench.robot.now
    await bench.opened.control.estop("Ada at the button")
    result = await moving
    assert bench.robot.now - pressed < 4, "the result waited for ros-mcp"
    assert "Stopped before its end: the emergency stop was pressed (Ada at the button)" in result.text
    assert bench.robot.stopped_after(pressed) < 0.1
    again = await bench.publish(x=0.5, seconds=0.5)
    assert "only a person can do that" in again.text.lower()
    assert (again.artifact or {})["denied"] == "robot guard"


async def test_a_cancelled_call_holds_the_robot_although_ros_mcp_goes_on(bench: Bench):
    moving = asyncio.create_task(bench.publish(x=0.5, seconds=4.0))
    await bench.robot.moving()
    moment = bench.robot.now
    moving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await moving
    await bench.robot.still()
    assert bench.robot.stopped_after(moment) < 0.3
    at = bench.robot.pose
    told = await bench.good("drive", meters=0.2)
    assert number_in(told, r"moved ([\d.]+) m") == pytest.approx(0.2, abs=0.02), "its own command, not the old stream"
    assert math.dist(bench.robot.pose[:2], at[:2]) == pytest.approx(0.2, abs=0.02)


async def test_commands_wait_for_each_other_and_a_stop_for_none(bench: Bench):
    first = asyncio.create_task(bench.call("drive", meters=0.6))
    second = asyncio.create_task(bench.call("turn", degrees=30))
    await bench.robot.moving()
    stop = await bench.call("stop")
    assert stop.status == "error" or "stands still" in stop.text
    assert "moved 0." in (await first).text
    assert number_in((await second).text, r"turned ([\d.]+) degrees") == pytest.approx(30, abs=1)
    linear = [entry.at for entry in bench.robot.simulator.log.of("publish") if entry.frame["msg"]["linear"]["x"]]
    spins = [entry.at for entry in bench.robot.simulator.log.of("publish") if entry.frame["msg"]["angular"]["z"]]
    assert max(linear) < min(spins)


async def test_nothing_moves_without_a_call_that_has_leave(bench: Bench):
    assert (await bench.opened.control.status())["state"] == "held"
    start = bench.robot.pose
    hub = bench.toolset.inner
    arguments = {"topic": CMD_VEL, "msg_type": TWIST, "messages": [{"linear": {"x": 0.5}}], "durations": [0.5]}
    await hub.call("publish_for_durations", arguments | {"rate_hz": 10}, call_id="past the wrapper")
    assert bench.robot.pose == start


async def test_a_bridge_that_is_down_is_said_by_every_tool_and_comes_back(bench: Bench):
    simulator = bench.robot.simulator
    port = simulator.port
    await simulator.stop()
    for tool, arguments in (("get_topics", {}), ("has_parameter", {"name": "/turtlesim:background_b"})):
        assert f"nothing answers at ws://127.0.0.1:{port}" in await bench.bad(tool, **arguments)
    await _connected(bench, False)
    assert "no connection to the robot" in (await bench.publish(x=0.1, seconds=0.2)).text
    async with Simulator(SimulatorOptions(port=port)):
        await _connected(bench, True)
        assert CMD_VEL in await bench.good("get_topics")


async def _connected(bench: Bench, wanted: bool) -> None:
    """Wait until the guard has noticed."""
    async with asyncio.timeout(20):
        while (await bench.opened.control.status())["connected"] is not wanted:  # noqa: ASYNC110 -- asked of another process
            await asyncio.sleep(0.05)
