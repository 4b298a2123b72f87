"""The guard before a robot that really moves: what the rules mean in metres."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from robot.frames import encode, send_action_goal
from robot.guard.guard import Guard, GuardOptions, open_guard
from tests.robot.guard.conftest import client_of, stream
from tests.robot.guard.driving import move
from tests.robot.simulated import Simulated, eventually, simulated

pytestmark = pytest.mark.slow


def near_fence(content: dict[str, Any]) -> None:
    content["geofence"]["x"] = [5.0, 6.3]


@pytest.fixture
async def robot(tmp_path: Path) -> AsyncIterator[Simulated]:
    async with simulated(tmp_path, near_fence) as robot:
        yield robot


@pytest.fixture
async def guard(robot: Simulated, tmp_path: Path) -> AsyncIterator[Guard]:
    async with open_guard(robot.profile, GuardOptions(tmp_path / "guard")) as guard:
        await eventually(lambda: guard.status()["pose"])
        yield guard


async def test_a_client_that_never_stops_driving_does_not_leave_the_geofence(robot: Simulated, guard: Guard):
    async with client_of(guard) as client:
        driving = asyncio.create_task(stream(client, encode(move(1e9)), seconds=30))
        await eventually(lambda: guard.safety.counts["changed: geofence"] > 5, within=30)
        await robot.still()
        driving.cancel()
        with suppress(asyncio.CancelledError, ConnectionClosed):
            await driving
    assert 5.6 < robot.pose[0] <= 6.3
    assert max(speed for _, speed in robot.velocities()) <= 0.5


async def test_an_emergency_stop_ends_a_running_action(robot: Simulated, guard: Guard):
    goal = send_action_goal(
        "/turtle1/rotate_absolute", "turtlesim/action/RotateAbsolute", {"theta": 3.0}, identifier="goal_1"
    )
    async with client_of(guard) as client:
        await client.send(encode(goal))
        await eventually(lambda: robot.pose[2] > 0.1)
        await guard.estop("pressed")
        await eventually(lambda: robot.simulator.world.turtles["turtle1"].rotation is None)
        async for text in client:
            if "action_result" in str(text):
                break
        await eventually(lambda: not guard.safety.goals.running)
    assert robot.pose[2] < 2.5
