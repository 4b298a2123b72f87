"""The tools as a process, over stdio, through a real guard: what they claim is held against the robot itself."""

import asyncio
import base64
import math
import signal
from pathlib import Path
from typing import Any

import pytest
from mcp.types import ImageContent

from robot.guard.guard import GuardOptions, open_guard
from tests.robot.simulated import eventually, number_in, simulated
from tests.robot.tools.conftest import Tools, open_process, open_tools

pytestmark = pytest.mark.slow


def moved(tools: Tools, before: tuple[float, float, float]) -> float:
    return math.dist(tools.robot.pose[:2], before[:2])


async def test_a_drive_moves_as_far_as_it_says(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        before = tools.robot.pose
        told = await tools.call("drive", meters=0.5)
        assert number_in(told, r"Asked 0\.5 m, moved ([\d.]+) m\.") == pytest.approx(0.5, abs=0.02)
        assert moved(tools, before) == pytest.approx(0.5, abs=0.02)
        told = await tools.call("drive", meters=-0.2)
        assert number_in(told, r"Asked 0\.2 m backwards, moved ([\d.]+)") == pytest.approx(0.2, abs=0.02)
        assert tools.robot.pose[0] == pytest.approx(before[0] + 0.3, abs=0.03)
        assert tools.guard.safety.counts["changed"] == 0


async def test_a_turn_goes_left_and_right_and_more_than_round(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        told = await tools.call("turn", degrees=90)
        assert number_in(told, r"Asked 90 degrees to the left, turned ([\d.]+)") == pytest.approx(90, abs=1)
        assert tools.robot.pose[2] == pytest.approx(math.pi / 2, abs=0.02)
        assert "Asked 390 degrees to the right" in await tools.call("turn", degrees=-390)
        assert tools.robot.pose[2] == pytest.approx(math.pi / 3, abs=0.03)


async def test_the_pose_and_a_picture_are_read_and_stop_says_that_it_stands(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        assert await tools.call("read_pose") == "The robot is at x 5.54 m, y 5.54 m, heading 0.0 degrees."
        image, words = (await tools.raw("take_picture")).content
        assert isinstance(image, ImageContent)
        assert base64.b64decode(image.data).startswith(b"\x89PNG")
        assert words.model_dump()["text"].startswith("Picture of the camera overhead")
        assert "There are: overhead." in await tools.failure("take_picture", camera="rear")
        assert (await tools.call("stop")).startswith("The robot stands still")


async def test_a_raw_camera_is_shown_as_png(tmp_path: Path):
    def change(profile: dict[str, Any]) -> None:
        profile["cameras"] = {"overhead": "/camera/image_raw"}

    async with open_tools(tmp_path, change) as tools:
        image, _ = (await tools.raw("take_picture")).content
        assert isinstance(image, ImageContent)
        assert image.mimeType == "image/png"


async def test_each_tool_says_truly_what_it_does_to_the_world(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        found = {tool.name: tool.annotations for tool in (await tools.session.list_tools()).tools}
    reads = {name for name, hints in found.items() if hints and hints.readOnlyHint}
    moves = {name for name, hints in found.items() if hints and hints.destructiveHint}
    assert (reads, moves) == ({"read_pose", "take_picture"}, {"drive", "turn"})
    assert list(found) == ["drive", "turn", "read_pose", "take_picture", "stop"]


async def test_more_speed_than_allowed_is_cut_and_more_way_than_allowed_is_refused(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        told = await tools.call("drive", meters=0.3, speed=1e9)
        assert "Speed limited to 0.5 m/s" in told
        assert max(speed for _, speed in tools.robot.velocities()) <= 0.5
        before = tools.robot.pose
        assert "Ask for at most" in await tools.failure("drive", meters=1e9)
        assert "other than 0" in await tools.failure("drive", meters=0)
        assert "above 0" in await tools.failure("drive", meters=1, speed=-1)
        assert tools.robot.pose == before


async def test_a_robot_that_stops_moving_is_reported_with_how_far_it_came(tmp_path: Path):
    def change(profile: dict[str, Any]) -> None:
        profile["geofence"] = {"x": [5.0, 6.2], "y": [5.0, 6.2]}

    async with open_tools(tmp_path, change) as tools:
        told = await tools.failure("drive", meters=2)
        assert "Asked 2 m, moved 0." in told
        assert "the robot does not move although it was told to" in told
        assert tools.robot.pose[0] < 6.21


async def test_a_silent_pose_is_said_and_nothing_is_sent(tmp_path: Path):
    def change(profile: dict[str, Any]) -> None:
        profile["pose"] = {"topic": "/nowhere", "type": "turtlesim/msg/Pose"}
        profile["geofence"] = {"x": [0, 11], "y": [0, 11], "source": {"topic": "/turtle1/pose", "type": "a/msg/B"}}

    async with open_tools(tmp_path, change) as tools:
        assert "No pose came on /nowhere" in await tools.failure("drive", meters=1)
        assert all(speed == 0 for _, speed in tools.robot.velocities())


async def test_a_held_and_an_emergency_stopped_guard_are_named_as_the_cause(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        before = tools.robot.pose
        tools.guard.hold("a test")
        assert "held (a test)" in await tools.failure("drive", meters=1)
        await tools.guard.estop("a test")
        assert "only a person can reset it" in await tools.failure("turn", degrees=10)
        assert (await tools.call("stop")).startswith("The robot stands still")
        assert tools.robot.pose == before


async def test_an_emergency_stop_in_the_middle_ends_the_drive_with_what_was_moved(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        driving = asyncio.create_task(tools.failure("drive", meters=3))
        await tools.robot.moving()
        pressed = tools.robot.now
        await tools.guard.estop("a test")
        told = await driving
        assert "emergency stop" in told
        assert "moved 0." in told
        assert tools.robot.stopped_after(pressed) < 0.1


async def test_a_robot_that_cannot_be_reached_is_said_in_one_sentence(tmp_path: Path):
    async with open_tools(tmp_path) as tools:
        await tools.robot.simulator.stop()
        assert "unreachable" in await tools.failure("drive", meters=1)
    async with simulated(tmp_path) as robot, open_process(robot.path, 1) as process:
        await process.drive(1)
        answer = await process.answer()
        assert answer["result"]["isError"]
        assert "ws://127.0.0.1:1 does not answer" in answer["result"]["content"][0]["text"]


@pytest.mark.parametrize("end", ["cancelled", "hung up", "terminated", "killed"])
async def test_a_drive_that_nobody_waits_for_any_more_is_stopped_at_once(tmp_path: Path, end: str):
    async with (
        simulated(tmp_path) as robot,
        open_guard(robot.profile, GuardOptions(state_folder=tmp_path)) as guard,
        open_process(robot.path, guard.endpoint.port) as tools,
    ):
        await tools.drive(3)
        await robot.moving()
        moment = robot.now
        if end == "cancelled":
            await tools.send("notifications/cancelled", requestId=7)
        elif end == "hung up":
            tools.hang_up()
        else:
            tools.process.send_signal(signal.SIGTERM if end == "terminated" else signal.SIGKILL)
        await eventually(lambda: robot.speed == 0)
        within = 0.3 if end in ("cancelled", "hung up") else 0.6
        assert robot.stopped_after(moment) < within
        if end == "cancelled":
            await tools.send("ping", number=8)
            assert 8 in [(await tools.answer()).get("id"), (await tools.answer()).get("id")]
